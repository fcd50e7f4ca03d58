"""Profiles: the form in which a core store wants its evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from gateway.adapters.core_store.fields import Field
from gateway.domain.documents import Document
from gateway.domain.redaction import redact

ENVELOPE: Final[Mapping[str, str]] = {
    "evaluation_id": "evaluation_id",
    "revision": "revision",
    "adopted": "adopted",
    "applied_from": "applied_from",
    "subject_kind": "subject.kind",
}
"""Fields that every record carries under these names, whatever its profile, with their sources: the store
deduplicates on the first two, corrects by the third, counts copies by the fourth, and tells the rating
of an item from that of a person by the fifth. A copy of the native document has the fifth in `subject`."""

_OWN_WORDS: Final = ("comment", "raw_input")
"""What a citizen wrote: the only free text of strangers in the document."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A checked profile; `profile_files.load_profile` makes it from its file."""

    name: str
    zone: ZoneInfo
    """Where the dates of its fields are local."""
    copies_all: bool
    """Whether the record begins as the whole native document."""
    fields: tuple[Field, ...]

    def render(self, document: Document) -> Document:
        """The record for a native document.

        The citizen's words lose every phone number here once more: this is the last place before they
        leave the gateway (R-18).

        Raises:
            DeliveryFailed: a value does not fit its field (not retryable).

        """
        document = document | {
            name: redact(words) for name in _OWN_WORDS if isinstance(words := document.get(name), str)
        }
        record: Document = dict(document) if self.copies_all else {}
        record.update((field.target, field.value(document, self.zone)) for field in self.fields)
        return record
