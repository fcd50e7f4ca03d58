"""One field of a profile: where its value comes from and what form it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from gateway.adapters.core_store.code_tables import CodeTable
from gateway.domain.documents import Document
from gateway.domain.errors import DeliveryFailed, FailureFacts

Scalar = str | int | bool | None
TooLong = Literal["refuse", "cut", "ellipsis"]
SourceKind = Literal["text", "integer", "boolean", "moment", "level", "channel", "subject_kind"]

SOURCES: Final[Mapping[str, SourceKind]] = {
    "evaluation_id": "text",
    "revision": "integer",
    "service_id": "text",
    "sequence": "integer",
    "subject.kind": "subject_kind",
    "subject.code": "text",
    "subject.name": "text",
    "agency_code": "text",
    "region_code": "text",
    "level": "level",
    "channel": "channel",
    "comment": "text",
    "raw_input": "text",
    "evaluated_at": "moment",
    "applied_from": "text",
    "adopted": "boolean",
}
"""What a field can be taken from: places in the native document."""
NUMBERS_WITHOUT_DIRECTION: Final = {"level_code": "level", "points": "level", "channel_code": "channel"}
"""Places that no field may be taken from: a bare number does not say which end of the scale is the best,
so codes are made from the word beside it by a table that does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How one field of the store's record is filled; made and checked by `profile_files`."""

    target: str
    place: str
    """`file:line` of the field in its profile, for errors."""
    sources: tuple[str, ...] = ()
    """The first that is not empty counts; none = `constant`."""
    constant: Scalar = None
    codes: CodeTable | None = None
    date_format: str | None = None
    """As `strftime`, in the profile's time zone; None = ISO 8601 as in the native document."""
    only_for: str | None = None
    """`item` or `staff`: for evaluations of the other kind the field is `otherwise`."""
    otherwise: Scalar = None
    as_text: bool = False
    max_length: int | None = None
    """In characters."""
    too_long: TooLong = "refuse"

    def value(self, document: Document, zone: ZoneInfo) -> Scalar:
        """The field's value for a native document.

        Raises:
            DeliveryFailed: the value does not fit (not retryable); the value itself is not repeated.

        """
        if self.only_for is not None and self._read(document, "subject.kind") != self.only_for:
            return self.otherwise
        if not self.sources:
            return self.constant
        values = [self._read(document, source) for source in self.sources]
        value = self._converted(next((v for v in values if v not in ("", None)), values[-1]), zone)
        if self.as_text and value is not None:
            value = str(value)
        return self._fitted(value) if isinstance(value, str) else value

    def _read(self, document: Document, source: str) -> Scalar:
        value: object = document
        for name in source.split("."):
            if not isinstance(value, dict) or name not in value:
                raise self._failure(f"the evaluation has no {source}; it was queued by another version")
            value = value[name]
        if value is not None and not isinstance(value, str | int):
            raise self._failure(f"{source} is no plain value; it was queued by another version")
        return value

    def _converted(self, value: Scalar, zone: ZoneInfo) -> Scalar:
        if self.codes is not None:
            try:
                return self.codes.encode(str(value))
            except KeyError:
                raise self._failure(f"the code table has nothing for this {self.codes.of}") from None
        if self.date_format is not None:
            return self._moment(value).astimezone(zone).strftime(self.date_format)
        return value

    def _moment(self, value: Scalar) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise self._failure(f"{self.sources[0]} is no time in ISO 8601 with its offset")
        return moment

    def _fitted(self, value: str) -> str:
        limit = self.max_length
        if limit is None or len(value) <= limit:
            return value
        if self.too_long == "refuse":
            raise self._failure(
                f"takes {limit} characters and {self.sources[0]} has {len(value)};"
                " mend it in the business system, or change max_length or too_long, then retry the entry"
            )
        return value[:limit] if self.too_long == "cut" else value[: limit - 1] + "…"

    def _failure(self, fault: str) -> DeliveryFailed:
        return DeliveryFailed(
            f"{self.place}: field {self.target}: {fault}", FailureFacts(code="profile", retryable=False)
        )
