"""What a newer release wrote beside us is passed on as it is, and breaks no list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gateway.adapters.database.calls import _call, _columns
from gateway.application.ports.database import StoredCall
from gateway.domain.handling.letters import LetterKind, letter_kind
from gateway.domain.ids import CallId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.subjects import SubjectKind


def test_a_call_keeps_what_a_newer_release_asked() -> None:
    """It is read with all other calls that have not ended, and written when it ends."""
    stored = StoredCall(
        call_id=CallId("twilio:CA1"),
        service_id=ServiceId("s"),
        visit_no=1,
        flow="hotline_rating",
        language=Language.CHINESE,
        variables={},
        asked=frozenset({SubjectKind.ITEM}),
        started_at=datetime(2026, 11, 27, tzinfo=UTC),
    )
    row: Any = {**_columns(stored), "asked": ["item", "mood"]}

    read = _call(row)

    assert SubjectKind.ITEM in read.asked
    assert _columns(read)["asked"] == ["item", "mood"]


def test_a_letter_about_a_deadline_of_a_newer_release_is_not_ours_to_write() -> None:
    """It would tell of no deadline at all."""
    assert letter_kind({"letter": "reminder", "duty": "call_back"}) is LetterKind.REMINDER
    assert letter_kind({"letter": "reminder", "duty": "visit_the_citizen"}) is None
    assert letter_kind({"letter": "reminder", "duty": None}) is LetterKind.REMINDER
    assert letter_kind({"letter": "song", "duty": None}) is None
