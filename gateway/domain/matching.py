"""Which invitation a text message answers, and why (R-7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.ids import InvitationId
from gateway.domain.invitations import Invitation

LETTERS = "ABCEFGHJKLMP"
"""Letters a reminder may name: no T, N, D, S or Q (opt-outs begin with them), no I or O (read as 1 and 0)."""


@dataclass(frozen=True, slots=True)
class Match:
    """The invitation chosen, with what else could have been meant: kept with every message."""

    invitation: Invitation | None
    reason: str
    candidates: tuple[Invitation, ...]


def match_reply(
    invitations: Sequence[Invitation],
    *,
    letter: str | None,
    line: str,
    now: datetime,
    period: timedelta,
    not_asked_yet: Collection[InvitationId] = (),
) -> Match:
    """Choose among a person's invitations.

    A letter that a reminder named decides. Otherwise what is unrated goes before what may only be rated
    additionally, what was asked by the line that the reply answers before the rest, and then the one
    texted (or else invited) last. But whoever was texted about a service that they rated, as thanks do, means
    that one, unless they were asked about another. Nothing older than the additional period is open (R-9).

    `not_asked_yet`: a text about these is queued, but has not left.
    """
    still_open = [i for i in invitations if is_open(i, now, period)]
    asked = {i.invitation_id for i in still_open if i.texted_at is not None}.difference(not_asked_yet)
    candidates = tuple(sorted(still_open, key=lambda i: _recency(i, line, asked), reverse=True))
    if not candidates:
        return Match(None, "no_open_invitation", ())
    if letter is not None:
        named = [i for i in candidates if i.letter == letter]
        if named:
            # A letter is given again once what it meant is rated.
            return Match(max(named, key=_newest_to_rate), "letter", candidates)
    rated = [i for i in candidates if i.rated_at is not None]
    is_told = any(i.line is not None for i in rated)
    unrated = [i for i in candidates if i.rated_at is None and (i.invitation_id in asked or not is_told)]
    if unrated:
        return Match(unrated[0], "only_open" if len(unrated) == 1 else "newest_open", candidates)
    return Match(max(rated, key=lambda i: _told_last(i, line)), "rated_before", candidates)


def is_open(invitation: Invitation, now: datetime, period: timedelta) -> bool:
    """Whether a reply can still count: the service is finished, and not longer ago than the period.

    The period runs from the completion, or from the last text or rating when that came later.
    """
    if invitation.completed_at is None:
        return False
    marks = (invitation.completed_at, invitation.texted_at, invitation.rated_at)
    return now - max(mark for mark in marks if mark is not None) <= period


def open_letters(invitations: Sequence[Invitation], now: datetime, period: timedelta) -> frozenset[str]:
    """The letters that reminders of open invitations named."""
    return frozenset(i.letter for i in invitations if i.letter and is_open(i, now, period))


def letter_for_reminder(
    others: Sequence[Invitation], now: datetime, period: timedelta, *, asked_else: bool = False
) -> str | None:
    """The letter the next reminder names: None when nothing else of the person is open and unrated.

    `asked_else`: they were asked something else, such as whether they are satisfied with a follow-up.
    """
    rivals = [i for i in others if i.rated_at is None and i.texted_at is not None and is_open(i, now, period)]
    if not rivals and not asked_else:
        return None
    taken = open_letters(others, now, period)
    return next((letter for letter in LETTERS if letter not in taken), None)


def _newest_to_rate(invitation: Invitation) -> tuple[bool, datetime]:
    return invitation.rated_at is None, invitation.texted_at or invitation.created_at


def _recency(
    invitation: Invitation, line: str, asked: Collection[InvitationId]
) -> tuple[bool, bool, datetime]:
    is_asked = invitation.invitation_id in asked
    return (
        # A reply may come before the line that the question went out by is written down.
        is_asked and invitation.line in (None, line),
        is_asked,
        (invitation.texted_at if is_asked else None) or invitation.created_at,
    )


def _told_last(invitation: Invitation, line: str) -> tuple[bool, bool, datetime]:
    marks = (invitation.created_at, invitation.texted_at, invitation.rated_at)
    return invitation.line == line, invitation.line is not None, max(at for at in marks if at is not None)
