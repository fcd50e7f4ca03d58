"""Faults planted in the handling of follow-ups break the promise that is about them."""

from __future__ import annotations

import pytest

from gateway.adapters.database import follow_ups
from gateway.adapters.mailer import letter_wording, texts
from gateway.application import deliver_text, handle_follow_up, receive_message, take_step
from gateway.application.deliver_text import DeliverText
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.tell_citizen import TellOfResult
from gateway.application.watch_deadlines import WatchDeadlines
from gateway.domain.handling import alarms, judgement
from gateway.domain.handling.acts import Act
from gateway.domain.handling.progress import DeadlineKind
from gateway.domain.handling.record import words_of
from gateway.simulation import filled_forms, offices
from gateway.simulation.offices import Temper
from tests.simulation.worlds import broken_promises


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """All agencies work at once, so that the first world tells."""
    monkeypatch.setattr(offices, "_AT_WORK", 1.0)
    monkeypatch.setattr(offices, "_LEFT_ALONE", 0.0)
    monkeypatch.setattr(offices, "_TEMPERS", {Temper.PROMPT: 1.0})


def work(monkeypatch: pytest.MonkeyPatch, temper: Temper) -> None:
    """All of them work like this."""
    monkeypatch.setattr(offices, "_TEMPERS", {temper: 1.0})


async def nothing(*_: object, **__: object) -> None:
    """Stands in for what is left out."""


def test_forms_that_are_sent_back_for_a_mere_look_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody had the number shown, and another one's act is refused because of it."""
    work(monkeypatch, Temper.TWICE)
    monkeypatch.setattr(take_step, "_QUIET", frozenset())

    assert broken_promises("none") == {"no act is refused that may be done"}


def test_verdicts_before_the_citizen_was_heard_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway believes whoever says so."""
    monkeypatch.setattr(filled_forms, "_FORBIDDEN", 0.5)
    monkeypatch.setattr(judgement, "may_judge", lambda *_: True)

    assert broken_promises("none") == {"nothing is done that may not be done"}


def test_a_remark_that_is_noted_twice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer was lost, and it came again."""
    work(monkeypatch, Temper.TWICE)
    monkeypatch.setattr(filled_forms, "_REMARKS", 0.5)
    monkeypatch.setattr(handle_follow_up, "_said_before", nothing)

    assert broken_promises("none") == {"each act that was acknowledged is in the history once"}


def test_deadlines_that_nobody_watches_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reminder, and no head is told."""
    work(monkeypatch, Temper.NEVER)
    monkeypatch.setattr(WatchDeadlines, "__call__", nothing)

    assert broken_promises("none") == {"what is owed is reminded of, what is late is told"}


def test_reminders_that_come_too_soon_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each a working day before the day that it is for."""
    work(monkeypatch, Temper.NEVER)
    monkeypatch.setattr(alarms, "_DAYS_BEFORE", dict.fromkeys(DeadlineKind, 3))

    found = broken_promises("none")

    assert found
    assert found <= {
        "nobody is reminded of what is not owed",
        "what is owed is reminded of, what is late is told",
    }


def test_answers_that_are_taken_for_ratings_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether a text was about a result."""
    monkeypatch.setattr(receive_message, "answered_text", lambda *_: None)

    found = broken_promises("none")

    assert found
    assert found <= {
        "each answer to a result is recorded once, and is no rating",
        "nothing is recorded that was not given",
    }


def test_ratings_that_count_though_they_were_mistaken_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict stays in the history alone."""
    monkeypatch.setattr(RecordEvaluation, "adopt", nothing)

    assert broken_promises("none") == {"a rating counts unless it was found mistaken or malicious"}


def test_numbers_in_emails_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The citizen's words, and the agency's, go out as they were written."""
    monkeypatch.setattr(texts, "redact", str)
    monkeypatch.setattr(letter_wording, "redact", str)
    monkeypatch.setattr(receive_message, "redact", str)

    assert broken_promises("none") == {"no email holds a citizen's number"}


def test_results_at_night_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result goes to the citizen the moment that it is approved."""
    monkeypatch.setattr(deliver_text, "text_expires_at", lambda *_: None)
    monkeypatch.setattr(DeliverText, "_allowed_at", lambda _self, _claimed, now: now)

    assert broken_promises("none") == {"no result by text in quiet hours"}


def test_results_of_which_no_history_tells_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text has left, and the follow-up waits for ever."""
    monkeypatch.setattr(TellOfResult, "settled", nothing)

    assert broken_promises("none") == {"the citizen learns the result, once"}


def test_a_history_that_is_written_anew_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody said reads otherwise than it was chained."""

    def wrong(act: Act) -> dict[str, str]:
        return {name: f"{said}。" for name, said in words_of(act).items()}

    monkeypatch.setattr(follow_ups, "words_of", wrong)

    assert broken_promises("none") == {"histories are as they were written"}
