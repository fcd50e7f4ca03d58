"""Which invitation a text answers, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.ids import InvitationId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language
from gateway.domain.matching import LETTERS, is_open, letter_for_reminder, match_reply, open_letters

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PERIOD = timedelta(days=30)
DAY = timedelta(days=1)
LINE = "+8675512345678"


def invitation(name: str, **changes: object) -> Invitation:
    plain = Invitation(
        invitation_id=InvitationId(name),
        occasion=f"visit:{name}:1",
        phone=None,
        language=Language.CHINESE,
        timezone="Asia/Shanghai",
        item_name="居民身份证换领",
        lead_service_id=ServiceId(name),
        lead_visit_no=1,
        created_at=NOW - 2 * DAY,
        completed_at=NOW - 2 * DAY,
        reminder=ReminderState.QUEUED,
        remind_at=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test's shorthand


TEXTED = invitation("texted", texted_at=NOW - DAY, line=LINE)
NEWER = invitation("newer", created_at=NOW - DAY, completed_at=NOW - DAY)
RATED = invitation("rated", texted_at=NOW - DAY, rated_at=NOW - DAY)
OLD = invitation("old", completed_at=NOW - PERIOD - DAY)
UNFINISHED = invitation("unfinished", completed_at=None)
OTHER_LINE = invitation("other", texted_at=NOW - DAY / 2, line="+8675599999999")
LETTERED = invitation("lettered", texted_at=NOW - 2 * DAY, letter="B")
THANKED = invitation("thanked", rated_at=NOW - DAY / 4, line=LINE)
THANKED_BEFORE = invitation("thanked before", texted_at=NOW - DAY, rated_at=NOW - DAY / 2, line=LINE)
CALLED = invitation("called", texted_at=NOW - DAY / 8, rated_at=NOW)


@pytest.mark.requirement("R-7")
@pytest.mark.parametrize(
    ("invitations", "letter", "chosen", "reason"),
    [
        ([], None, None, "no_open_invitation"),
        ([OLD, UNFINISHED], None, None, "no_open_invitation"),
        ([TEXTED], None, TEXTED, "only_open"),
        ([NEWER, TEXTED], None, TEXTED, "newest_open"),
        ([OTHER_LINE, TEXTED], None, TEXTED, "newest_open"),
        ([TEXTED, RATED], None, TEXTED, "only_open"),
        ([RATED], None, RATED, "rated_before"),
        ([TEXTED, LETTERED], "B", LETTERED, "letter"),
        ([TEXTED, LETTERED], "C", TEXTED, "newest_open"),
        ([replace(LETTERED, rated_at=NOW), TEXTED], "B", replace(LETTERED, rated_at=NOW), "letter"),
        ([RATED, NEWER], None, NEWER, "only_open"),
        ([THANKED, NEWER], None, THANKED, "rated_before"),
        ([THANKED, NEWER, TEXTED], None, TEXTED, "only_open"),
        ([THANKED_BEFORE, THANKED], None, THANKED, "rated_before"),
        ([THANKED, CALLED], None, THANKED, "rated_before"),
    ],
)
def test_the_letter_then_the_unrated_then_the_line_then_the_latest(
    invitations: list[Invitation], letter: str | None, chosen: Invitation | None, reason: str
) -> None:
    """Each row is one reason; the candidates are always kept.

    Whoever was texted about a service that they rated means that one, unless they were asked about another.
    """
    match = match_reply(invitations, letter=letter, line=LINE, now=NOW, period=PERIOD)

    assert (match.invitation, match.reason) == (chosen, reason)
    assert set(match.candidates) == {i for i in invitations if is_open(i, NOW, PERIOD)}


@pytest.mark.requirement("R-9")
def test_a_letter_that_was_given_again_means_the_one_not_rated_yet() -> None:
    """A rated invitation's letter is free for the next reminder; whoever answers has that one in hand."""
    before = invitation("before", texted_at=NOW - DAY, rated_at=NOW - DAY, letter="A", line=LINE)
    again = invitation("again", texted_at=NOW - DAY / 2, letter="A")

    match = match_reply([before, again], letter="A", line=LINE, now=NOW, period=PERIOD)

    assert match.invitation is again


def test_a_reminder_whose_line_is_not_known_yet_counts_as_asked_by_it() -> None:
    """The reply may come before the carrier's answer is written down."""
    just_texted = invitation("just", texted_at=NOW - DAY / 2)

    match = match_reply([TEXTED, just_texted], letter=None, line=LINE, now=NOW, period=PERIOD)

    assert match.invitation is just_texted


def test_a_reminder_that_has_not_left_asks_nothing__regression() -> None:
    """Its text is queued, held up or dead: the reply is to the one that arrived, or to the thanks."""
    held_up = invitation("held up", texted_at=NOW - DAY / 2, letter="A")

    def matched(other: Invitation, letter: str | None = None) -> Invitation | None:
        waiting = {held_up.invitation_id}
        return match_reply(
            [held_up, other], letter=letter, line=LINE, now=NOW, period=PERIOD, not_asked_yet=waiting
        ).invitation

    assert matched(TEXTED) is TEXTED
    assert matched(THANKED) is THANKED
    assert matched(TEXTED, "A") is held_up, "whoever names its letter has it"


def test_a_late_reply_counts_within_the_period_after_the_reminder() -> None:
    """The period starts again with the last text, so that who is reminded can answer."""
    late = invitation("late", completed_at=NOW - PERIOD - DAY, texted_at=NOW - PERIOD + DAY)

    assert is_open(late, NOW, PERIOD)
    assert not is_open(late, NOW + 2 * DAY, PERIOD)


def test_a_reminder_names_a_letter_only_beside_another_open_one() -> None:
    """Alone no letter; beside open ones the first letter that is free."""
    assert letter_for_reminder([], NOW, PERIOD) is None
    assert letter_for_reminder([RATED, NEWER, OLD], NOW, PERIOD) is None
    assert letter_for_reminder([TEXTED], NOW, PERIOD) == "A"
    assert letter_for_reminder([TEXTED, replace(TEXTED, letter="A")], NOW, PERIOD) == "B"


@given(st.integers(0, 20))
def test_open_invitations_never_share_a_letter(count: int) -> None:
    """However many there are, letters in use are distinct and none begins an opt-out."""
    reminded: list[Invitation] = [TEXTED]
    for number in range(count):
        letter = letter_for_reminder(reminded, NOW, PERIOD)
        reminded.append(invitation(f"n{number}", texted_at=NOW, letter=letter))

    letters = [i.letter for i in reminded if i.letter]
    assert len(set(letters)) == len(letters) == min(count, len(LETTERS))
    assert open_letters(reminded, NOW, PERIOD) == set(letters)
    assert not set(LETTERS) & set("TNDSQIO")
