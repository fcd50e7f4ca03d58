"""Which reply is about the handling of a rating, and which is a rating."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import matching
from gateway.domain.handling.acts import Act, Comment, Judge, Overrule, Verdict
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.result_texts import (
    LETTERS,
    ResultText,
    ResultTextState,
    answered_text,
    is_in_doubt,
    is_told,
    letter_for_result,
    standing_result,
    told_step,
)
from gateway.domain.ids import FollowUpId, InvitationId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.reply import Outcome, read_reply, take_letter
from tests.unit.domain.handling.follow_up import AGENCY, JUDGED_TRUE, RECTIFIED, RETURNED, TOLD

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
PHONE = PhoneNumber("+8613800138000")
TEXT = ResultText(
    follow_up_id=FollowUpId("GD-20261123-ABCDEFGH"),
    step=4,
    phone=PHONE,
    invitation_id=InvitationId("i1"),
    letter="R",
    queued_at=NOW,
    state=ResultTextState.SENT,
    settled_at=NOW,
)


def steps_of(acts: list[Act]) -> list[FollowUpStep]:
    """A history of these."""
    return [FollowUpStep(number=n, at=NOW, actor=AGENCY, act=act) for n, act in enumerate(acts, 1)]


def asked(hours: float, *, rated: bool = False) -> Invitation:
    """An invitation whose reminder went out so many hours after the text about the result."""
    at = NOW + timedelta(hours=hours)
    return Invitation(
        invitation_id=InvitationId("i2"),
        occasion="service:s2",
        phone=PHONE,
        language=Language.CHINESE,
        timezone="Asia/Shanghai",
        item_name="社保卡申领",
        lead_service_id=ServiceId("s2"),
        lead_visit_no=1,
        created_at=at,
        completed_at=at,
        reminder=ReminderState.QUEUED,
        remind_at=None,
        texted_at=at,
        rated_at=at if rated else None,
    )


def test_no_reminder_names_a_letter_of_ours() -> None:
    """Nor does an opt-out begin with one: a slip here would record ratings that nobody gave."""
    assert not set(LETTERS) & set(matching.LETTERS)
    for letter in LETTERS:
        assert read_reply(letter).outcome is not Outcome.OPT_OUT
        assert take_letter(f"{letter}5 没解决", frozenset({letter})) == (letter, "5 没解决")


@pytest.mark.parametrize(
    ("letter", "invitations", "found"),
    [
        ("R", [asked(1)], True),
        ("A", [], False),
        (None, [], True),
        (None, [asked(-1)], True),
        (None, [asked(1)], False),
        (None, [asked(1, rated=True)], True),
    ],
)
def test_a_letter_decides_else_what_was_asked_last(
    letter: str | None, invitations: list[Invitation], found: bool
) -> None:
    """A reminder that came later and is not answered yet goes before."""
    assert (answered_text([TEXT], letter, invitations) is not None) is found


@pytest.mark.parametrize(
    ("text", "letter", "found"),
    [
        (replace(TEXT, answered_at=NOW), None, False),
        (replace(TEXT, answered_at=NOW), "R", True),
        (replace(TEXT, state=ResultTextState.WAITING, settled_at=None), None, False),
        (replace(TEXT, state=ResultTextState.WAITING, settled_at=None), "R", True),
        (replace(TEXT, state=ResultTextState.WAITING, settled_at=None, tried_at=NOW), None, True),
        (replace(TEXT, state=ResultTextState.UNSENT), "R", True),
        (replace(TEXT, state=ResultTextState.UNSENT), None, False),
    ],
)
def test_only_what_was_asked_can_be_answered(text: ResultText, letter: str | None, found: bool) -> None:
    """An answer may be changed by its letter; it may come before it is written down that its text left.

    Or after the text was given up, for nobody knew that it had arrived: its letter proves it.
    """
    assert (answered_text([text], letter, []) is not None) is found


@pytest.mark.parametrize(
    ("text", "letter", "in_doubt"),
    [
        (TEXT, None, False),
        (replace(TEXT, state=ResultTextState.WAITING, tried_at=NOW), None, True),
        (replace(TEXT, state=ResultTextState.WAITING, tried_at=NOW), "R", False),
        (replace(TEXT, state=ResultTextState.WAITING, tried_at=NOW, clarified_at=NOW), None, False),
    ],
)
def test_while_nobody_knows_whether_it_arrived_a_reply_is_asked_about(
    text: ResultText, letter: str | None, in_doubt: bool
) -> None:
    """Unless it names the letter, or was asked before."""
    assert is_in_doubt(text, letter) is in_doubt


def test_of_two_by_the_same_letter_the_one_that_left_is_answered() -> None:
    """There are fewer letters than texts there may be."""
    given_up = replace(TEXT, step=9, state=ResultTextState.UNSENT, settled_at=NOW + timedelta(hours=1))

    assert answered_text([TEXT, given_up], "R", []) == TEXT


@given(st.integers(0, 12))
def test_every_text_has_a_letter_and_open_ones_differ_while_there_are_enough(count: int) -> None:
    """With more open ones than letters the newest is meant by the last letter."""
    texts: list[ResultText] = []
    for number in range(count):
        at = NOW + timedelta(hours=number)
        texts.append(replace(TEXT, step=number, letter=letter_for_result(texts), settled_at=at))

    assert len({text.letter for text in texts}) == min(count, len(LETTERS))
    if count:
        assert answered_text(texts, texts[-1].letter, []) == texts[-1]


MISTAKEN = Judge(Verdict.MISTAKEN, "按错了键")
MALICIOUS = Overrule(Verdict.MALICIOUS, "多次无故差评", NOW)


@pytest.mark.requirement("R-12")
@pytest.mark.parametrize(
    ("acts", "stands"),
    [
        ([], 0),
        ([JUDGED_TRUE], 0),
        ([JUDGED_TRUE, RECTIFIED], 2),
        ([JUDGED_TRUE, RECTIFIED, RETURNED], 0),
        ([JUDGED_TRUE, RECTIFIED, RETURNED, RECTIFIED], 4),
        ([MISTAKEN], 1),
        ([MISTAKEN, Comment("好")], 1),
        ([MISTAKEN, MALICIOUS], 1),
        ([MISTAKEN, Overrule(Verdict.TRUE, "录音证实", NOW)], 0),
        ([JUDGED_TRUE, RECTIFIED, MALICIOUS], 3),
    ],
)
def test_the_result_that_stands_is_what_the_citizen_is_to_learn(acts: list[Act], stands: int) -> None:
    """Sent back or overruled there is none; mistaken or malicious is the same to whoever rated."""
    assert standing_result(steps_of(acts)) == stands


@pytest.mark.parametrize(
    ("acts", "told"),
    [
        ([JUDGED_TRUE, RECTIFIED], False),
        ([JUDGED_TRUE, RECTIFIED, TOLD], True),
        ([MISTAKEN, TOLD, Comment("好")], True),
        ([JUDGED_TRUE, RECTIFIED, TOLD, RETURNED], False),
        ([JUDGED_TRUE, RECTIFIED, TOLD, RETURNED, RECTIFIED], False),
    ],
)
def test_who_knows_an_earlier_result_does_not_know_the_new_one(acts: list[Act], told: bool) -> None:
    """Only what was told since it stands counts."""
    assert is_told(steps_of(acts)) is told


def test_a_texts_key_tells_the_step() -> None:
    """And no other key does."""
    assert told_step(TEXT.key) == TEXT.step
    assert told_step("reminder:7") == 0
    assert told_step("result:GD-1:x") == 0
