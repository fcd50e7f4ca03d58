"""Reading and proving profile files (`config/core_store_profiles/*.toml`; manual: docs/core-store.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Setting

from gateway.adapters.core_store.code_tables import (
    Best,
    Code,
    Coded,
    CodeTable,
    UnsafeCodes,
    checked_table,
)
from gateway.adapters.core_store.fields import NUMBERS_WITHOUT_DIRECTION, SOURCES, Field, Scalar, TooLong
from gateway.adapters.core_store.profiles import ENVELOPE, Profile
from gateway.adapters.toml_text import MalformedToml, TomlText
from gateway.domain.errors import ConfigurationError
from gateway.domain.redaction import redact

_NAME: Final = re.compile(r"[a-z0-9_]+")
_SAMPLES: Final = (datetime(2026, 11, 23, 10, 4, 5, tzinfo=UTC), datetime(2027, 1, 2, 3, 6, 7, tzinfo=UTC))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _CodesEntry(_Strict):
    of: Coded
    best: Best | None = None
    values: dict[str, Code]


class _FieldEntry(_Strict):
    target: Annotated[str, Setting(min_length=1)]
    source: str | list[str] | None = None
    constant: Scalar = None
    codes: str | None = None
    date_format: str | None = None
    only_for: Literal["item", "staff"] | None = None
    otherwise: Scalar = None
    as_text: bool = False
    max_length: Annotated[int, Setting(ge=1)] | None = None
    too_long: TooLong = "refuse"

    @property
    def sources(self) -> tuple[str, ...]:
        if self.source is None:
            return ()
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


class _ProfileEntry(_Strict):
    name: Annotated[str, Setting(pattern=rf"^{_NAME.pattern}$")]
    timezone: str = "Asia/Shanghai"
    copy_all: bool = False
    field: list[_FieldEntry] = []
    codes: dict[str, _CodesEntry] = {}


def find_profile(name: str, *folders: Path) -> Path:
    """The file of the profile of that name; the first folder that has it counts.

    Raises:
        ConfigurationError: none has; lists the names that there are.

    """
    if _NAME.fullmatch(name):
        for folder in folders:
            path = folder / f"{name}.toml"
            if path.is_file():
                return path
    names = {file.stem for folder in folders for file in folder.glob("*.toml")}
    known = ", ".join(sorted(names)) or f"none in {', '.join(map(str, folders))}"
    raise ConfigurationError(
        f"there is no profile {name!r}; known are {known}; docs/core-store.md tells how to add one",
        place="core_store.profile",
    )


def load_profile(path: Path) -> Profile:
    """The profile of a file, once all of it is proved.

    Raises:
        ConfigurationError: names `file:line`, the fault and what to do.

    """
    try:
        file = TomlText.read(path)
    except MalformedToml as error:
        raise ConfigurationError(str(error), place=error.pointer) from None
    try:
        entry = _ProfileEntry.model_validate(file.content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"{key}: {first['msg']}; docs/core-store.md lists the keys of a profile",
            place=file.place(*first["loc"]),
        ) from None
    return _Reading(file, entry).profile()


class _Reading:
    """One file on its way to a profile."""

    def __init__(self, file: TomlText, entry: _ProfileEntry) -> None:
        self._file = file
        self._entry = entry

    def profile(self) -> Profile:
        zone = self._zone()
        tables = {name: self._table(name, entry) for name, entry in self._entry.codes.items()}
        fields = tuple(self._field(number, tables, zone) for number in range(len(self._entry.field)))
        self._check_whole(fields)
        return Profile(self._entry.name, zone, self._entry.copy_all, fields)

    def _error(self, message: str, *path: str | int) -> ConfigurationError:
        return ConfigurationError(message, place=self._file.place(*path))

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self._entry.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            message = f"{self._entry.timezone!r} is no time zone, such as Asia/Shanghai"
            raise self._error(message, "timezone") from None

    def _table(self, name: str, entry: _CodesEntry) -> CodeTable:
        try:
            return checked_table(entry.of, entry.values, entry.best)
        except UnsafeCodes as error:
            path = ("codes", name, "values", error.word) if error.word else ("codes", name)
            raise self._error(f"code table {name}: {error}", *path) from None

    def _field(self, number: int, tables: Mapping[str, CodeTable], zone: ZoneInfo) -> Field:
        entry = self._entry.field[number]
        self._check_sources(number, entry)
        self._check_constants(number, entry)
        if entry.date_format is not None:
            self._check_date_format(number, entry.date_format, zone)
        return Field(
            target=entry.target,
            place=self._file.place("field", number),
            sources=entry.sources,
            constant=entry.constant,
            codes=self._codes_of(number, entry, tables),
            date_format=entry.date_format,
            only_for=entry.only_for,
            otherwise=entry.otherwise,
            as_text=entry.as_text,
            max_length=entry.max_length,
            too_long=entry.too_long,
        )

    def _check_sources(self, number: int, entry: _FieldEntry) -> None:
        if bool(entry.sources) == ("constant" in entry.model_fields_set):
            raise self._error(f"{entry.target}: give either source or constant", "field", number)
        for source in entry.sources:
            word = NUMBERS_WITHOUT_DIRECTION.get(source)
            if word:
                message = (
                    f"{source} does not say which end is the best; use source {word!r} with a code table"
                )
                raise self._error(f"{entry.target}: {message}", "field", number, "source")
            if source not in SOURCES:
                message = f"unknown source {source!r}; known are {', '.join(SOURCES)}"
                raise self._error(f"{entry.target}: {message}", "field", number, "source")
        kinds = {SOURCES[source] for source in entry.sources}
        if len(entry.sources) > 1 and kinds != {"text"}:
            message = "only texts can stand in for one another"
            raise self._error(f"{entry.target}: {message}", "field", number, "source")
        if entry.date_format is not None and kinds != {"moment"}:
            message = "date_format belongs to evaluated_at only"
            raise self._error(f"{entry.target}: {message}", "field", number, "date_format")

    def _check_constants(self, number: int, entry: _FieldEntry) -> None:
        for key, value in (("constant", entry.constant), ("otherwise", entry.otherwise)):
            if isinstance(value, str) and redact(value) != value:
                message = f"{key} looks like somebody's number, which may not leave the gateway; take it out"
                raise self._error(f"{entry.target}: {message}", "field", number, key)

    def _check_date_format(self, number: int, date_format: str, zone: ZoneInfo) -> None:
        one, other = (sample.astimezone(zone).strftime(date_format) for sample in _SAMPLES)
        if one == other or "%" in one:
            message = (
                f"date_format {date_format!r} shows no date; write it as strftime does, such as %Y%m%dT%H%M%S"
            )
            raise self._error(message, "field", number, "date_format")

    def _codes_of(self, number: int, entry: _FieldEntry, tables: Mapping[str, CodeTable]) -> CodeTable | None:
        if entry.codes is None:
            return None
        table = tables.get(entry.codes)
        if table is None:
            known = ", ".join(tables) or "none"
            message = f"unknown code table {entry.codes!r}; this file has {known}"
            raise self._error(f"{entry.target}: {message}", "field", number, "codes")
        if {SOURCES[source] for source in entry.sources} != {table.of}:
            message = f"code table {entry.codes} is made for the {table.of}, not for {entry.source}"
            raise self._error(f"{entry.target}: {message}", "field", number, "codes")
        return table

    def _check_whole(self, fields: tuple[Field, ...]) -> None:
        seen: set[str] = set()
        for number, field in enumerate(fields):
            if field.target in seen:
                raise self._error(f"{field.target} stands there twice; remove one", "field", number, "target")
            seen.add(field.target)
        self._check_envelope({field.target: field for field in fields})
        if not self._entry.copy_all and not any("level" in field.sources for field in fields):
            raise self._error("no field takes the level, so no rating would arrive; add one")

    def _check_envelope(self, by_target: Mapping[str, Field]) -> None:
        for target, source in ENVELOPE.items():
            field = by_target.get(target)
            if field is None and self._entry.copy_all:
                continue
            plain = Field(target=target, place=field.place if field else "", sources=(source,))
            if field != plain:
                raise self._error(
                    f"every profile carries {target} as it is; write a field with target {target!r},"
                    f" source {source!r} and nothing else",
                    *(("field", list(by_target).index(target)) if field else ()),
                )
