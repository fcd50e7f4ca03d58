"""Rows whose key is one of many: one statement and one parameter, however many keys there are.

SQLAlchemy's own `IN` writes the statement anew for each number of keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class KeySet(TypeDecorator[Collection[str]]):
    """Keys as one value: JSON on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the engine knows."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[str] | None], Any]:
        """The keys in that type."""
        if dialect.name == "sqlite":
            return lambda keys: json.dumps(list(keys or ()))
        return lambda keys: list(keys or ())


class among(FunctionElement[Any]):  # noqa: N801 - reads as an operator
    """Whether a column's value is among the keys of a parameter.

    Without a type: of a boolean SQLAlchemy asks SQLite whether it equals 1, and no index answers that.
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=KeySet()))


@compiles(among, "sqlite")
def _among_json(element: among, compiler: SQLCompiler, **options: object) -> str:
    column, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - compiled clauses, no values


@compiles(among, "postgresql")
def _among_array(element: among, compiler: SQLCompiler, **options: object) -> str:
    column, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({keys})"
