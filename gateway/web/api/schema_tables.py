"""JSON Schemas as rows that people read: one line per field, nested fields with their path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_DEEPEST: Final = 4
"""Levels of nesting shown; deeper ones are named by their type."""
_UNTOLD: Final = 2**31 - 1
"""A bound of the machine's, which no reader needs."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field."""

    path: str
    kind: str
    required: bool
    description: str
    depth: int


class SchemaTables:
    """Makes rows of the schemas of one description."""

    def __init__(self, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        self._schemas = schemas

    def rows(self, schema: Mapping[str, Any]) -> list[FieldRow]:
        """The fields of an object, or of whatever an array or choice of objects holds."""
        return list(self._rows(schema, "", 0))

    def _rows(self, schema: Mapping[str, Any], prefix: str, depth: int) -> Iterator[FieldRow]:
        if depth == _DEEPEST:
            return
        resolved = self._resolve(schema)
        for choice in resolved.get("anyOf", ()):
            yield from self._rows(choice, prefix, depth)
        if "items" in resolved:
            yield from self._rows(resolved["items"], f"{prefix}[]", depth)
        required = resolved.get("required", ())
        for name, field in resolved.get("properties", {}).items():
            path = f"{prefix}.{name}".lstrip(".")
            words = field.get("description") or self._resolve(field).get("description", "")
            yield FieldRow(path, self.kind(field), name in required, words, depth)
            yield from self._rows(field, path, depth + 1)

    def kind(self, schema: Mapping[str, Any]) -> str:
        """What a value looks like, in a few words."""
        resolved = self._resolve(schema)
        if "anyOf" in resolved:
            return " | ".join(dict.fromkeys(self.kind(choice) for choice in resolved["anyOf"]))
        if "enum" in resolved:
            return " | ".join(str(value) for value in resolved["enum"])
        if "const" in resolved:
            return str(resolved["const"])
        kind = resolved.get("type", "any")
        if kind == "array":
            return f"array of {self.kind(resolved.get('items', {}))}"
        words = " | ".join(kind) if isinstance(kind, list) else str(kind)
        return str(resolved.get("format", words)) + _bounds(resolved)

    def _resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self._schemas[name] if name else schema


def _bounds(schema: Mapping[str, Any]) -> str:
    if "maxLength" in schema:
        return f" ≤ {schema['maxLength']}"
    if "minimum" in schema and schema.get("maximum", _UNTOLD) < _UNTOLD:
        return f" {schema['minimum']}-{schema['maximum']}"
    return f" ≥ {schema['minimum']}" if "minimum" in schema else ""
