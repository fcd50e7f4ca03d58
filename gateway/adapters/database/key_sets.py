"""Rows whose key is one of many: one statement and one parameter, however many keys there are.

SQLAlchemy's own `IN` writes the statement anew for each number of keys: PostgreSQL plans each of them, and
every connection keeps them, here and there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Dialect, Integer, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class KeySet(TypeDecorator[Collection[str] | Collection[int]]):
    """Keys as one value, texts or `whole` numbers: JSON on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.whole = whole

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the engine knows."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(ARRAY(BigInteger() if self.whole else Text()))

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[str] | Collection[int] | None], Any]:
        """The keys in that type."""
        if dialect.name == "sqlite":
            return lambda keys: json.dumps(list(keys or ()))
        return lambda keys: list(keys or ())


def among(column: ColumnElement[Any], parameter: str) -> ColumnElement[Any]:
    """Whether a column's value is among the keys of a parameter."""
    return _Among(column, bindparam(parameter, type_=_keys_of(column)))


def among_these(column: ColumnElement[Any], keys: Collection[str] | Collection[int]) -> ColumnElement[Any]:
    """Whether a column's value is among these keys."""
    return _Among(column, bindparam(None, keys, type_=_keys_of(column)))


def _keys_of(column: ColumnElement[Any]) -> KeySet:
    return KeySet(whole=isinstance(column.type, Integer))


class _Among(FunctionElement[Any]):
    """Without a type: of a boolean SQLAlchemy asks SQLite whether it equals 1, and no index answers that."""

    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: SQLCompiler, **options: object) -> str:
    column, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - compiled clauses, no values


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: SQLCompiler, **options: object) -> str:
    column, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({keys})"
