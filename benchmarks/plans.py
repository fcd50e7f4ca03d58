"""How an engine goes about the very statements that the gateway sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

Statement = tuple[str, Any]


@contextmanager
def noted() -> Iterator[list[Statement]]:
    """The statements that this process sends meanwhile, with their parameters."""
    sent: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def plan(engine: AsyncEngine, statement: Statement) -> list[str]:
    """The engine's plan, line by line."""
    text, parameters = statement
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF) "
    async with engine.connect() as connection:
        rows = (await connection.exec_driver_sql(explain + text, parameters)).all()
    return [str(row[-1]) for row in rows]
