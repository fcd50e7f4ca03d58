"""Many rows in one statement: what the requests that come by the thousand write.

SQLAlchemy binds every value of every row by its name, which costs more than all the engine does with it.
Here a statement is made once for each engine and values are converted column by column, with the table's own
types; the driver then gets all rows at once, which PostgreSQL's sends in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Dialect, Table

if TYPE_CHECKING:
    from gateway.adapters.database.writing import SqlConnection

_Made: TypeAlias = tuple[str, Sequence[Callable[[Any], Any] | None]]


class ManyRows:
    """An insert of these columns of a table; with `or_ignore`, rows stay out whose unique key is there."""

    def __init__(self, table: Table, columns: Sequence[str], *, or_ignore: bool = False) -> None:
        self._table = table
        self._columns = [table.c[name] for name in columns]
        self._ending = " ON CONFLICT DO NOTHING" if or_ignore else ""
        self._made: dict[str, _Made] = {}

    async def insert(self, connection: SqlConnection, rows: Sequence[Sequence[object]]) -> None:
        """Each row has its values in the order of the columns."""
        if not rows:
            return
        engine = connection.dialect.name
        statement, conversions = self._made.get(engine) or self._make(connection.dialect)
        columns = [
            values if convert is None else list(map(convert, values))
            for convert, values in zip(conversions, zip(*rows, strict=True), strict=True)
        ]
        await connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))

    def _make(self, dialect: Dialect) -> _Made:
        quoted = dialect.identifier_preparer
        names = ", ".join(quoted.format_column(column) for column in self._columns)
        numbers = range(1, len(self._columns) + 1)
        values = ", ".join("?" if dialect.name == "sqlite" else f"${number}" for number in numbers)
        table = quoted.format_table(self._table)
        statement = f"INSERT INTO {table} ({names}) VALUES ({values}){self._ending}"  # noqa: S608 - places, no values
        # Only now: a conversion may depend on the dialect as it is once connected.
        made = (
            statement,
            [column.type.dialect_impl(dialect).bind_processor(dialect) for column in self._columns],
        )
        self._made[dialect.name] = made
        return made
