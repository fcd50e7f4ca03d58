"""The rules of rating: once, once more, for a whole batch, for a whole theme (R-3 … R-6, R-9).

`plan_rating` is the one judge of every rating: given what was said and what is recorded already, it
returns what to write. It never invents a level (R-16).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from itertools import chain
from typing import Final

from gateway.domain.channels import Channel
from gateway.domain.evaluations import ADDITIONAL, FIRST, Evaluation, Origin, evaluation_id
from gateway.domain.ids import CallId, EvaluationId, InvitationId, ServiceId
from gateway.domain.levels import Level
from gateway.domain.services import Service
from gateway.domain.subjects import Scope, Subject, SubjectKind

_KINDS: Final = tuple(SubjectKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven:
    """A rating as it was given, before any rule has judged it."""

    event_key: str
    """Natural key of the event: the same key never records twice."""
    service_id: ServiceId
    visit_no: int
    invitation_id: InvitationId
    subject: SubjectKind
    scope: Scope
    level: Level | None
    """None only from elsewhere, when we were not told it."""
    channel: Channel
    comment: str
    raw_input: str
    given_at: datetime
    origin: Origin = Origin.GATEWAY
    call_id: CallId | None = None


class Refusal(Enum):
    """Why a rating was not recorded; the citizen gets a polite answer."""

    RATED_TWICE = "rated_twice"
    """First and additional evaluation exist already (R-9)."""
    PERIOD_OVER = "period_over"
    """The period for the additional evaluation is over (R-9)."""
    NOT_RATEABLE = "not_rateable"
    """The subject cannot be rated on this visit (R-3, R-4)."""


@dataclass(frozen=True, slots=True)
class RatingPlan:
    """What a rating leads to."""

    evaluation_id: EvaluationId | None = None
    """The evaluation of the subject that was rated; None when refused."""
    sequence: int = 0
    refusal: Refusal | None = None
    repeated: bool = False
    """The same event was recorded before; nothing to write."""
    added: tuple[Evaluation, ...] = ()
    """New evaluations: the rated one first, then its copies."""
    replaced: tuple[tuple[Evaluation, Evaluation], ...] = ()
    """Copies that a separate rating replaces (R-6): as they were, and their next revision."""


Recorded = Mapping[tuple[str, int], Evaluation]
"""What is recorded already, by (slot, sequence)."""


def plan_rating(
    given: RatingGiven, members: Sequence[Service], recorded: Recorded, additional_period: timedelta
) -> RatingPlan:
    """Judge one rating.

    `members` are all services of the invitation (one, a batch's, or a theme's), the rated one among
    them; `recorded` holds at least every evaluation of their slots.
    """
    before = _recorded_before(given, members, recorded)
    if before is not None:
        return RatingPlan(before.evaluation_id, before.sequence, repeated=True)
    lead = _rated_member(given, members, recorded)
    subject = lead.subject(given.subject)
    if subject is None or given.subject not in lead.rateable_subjects:
        return RatingPlan(refusal=Refusal.NOT_RATEABLE)
    slot = lead.slot(given.subject)
    copy = _copy_to_replace(given, lead, recorded)
    if copy is not None:
        return _replace_copy(given, lead, copy)
    sequence = next_sequence(slot, recorded, given.given_at, additional_period)
    if isinstance(sequence, Refusal):
        return RatingPlan(refusal=sequence)
    rated = _evaluation(given, lead, subject, sequence)
    copies = fan_out(rated, members, recorded)
    return RatingPlan(rated.evaluation_id, sequence, added=(rated, *copies))


def _recorded_before(given: RatingGiven, members: Sequence[Service], recorded: Recorded) -> Evaluation | None:
    """What this very event led to, looked for where it could: `recorded` may hold what concerns others."""
    for member in members:
        for kind in _KINDS:
            slot = member.slot(kind)
            for sequence in (FIRST, ADDITIONAL):
                known = recorded.get((slot, sequence))
                if known is not None and known.event_key == given.event_key:
                    return known
    return None


def next_sequence(
    slot: str, recorded: Recorded, given_at: datetime, additional_period: timedelta
) -> int | Refusal:
    """The sequence a rating of the slot would get, or why it is refused (R-9)."""
    first = recorded.get((slot, FIRST))
    if first is None:
        return FIRST
    if (slot, ADDITIONAL) in recorded:
        return Refusal.RATED_TWICE
    if given_at - first.evaluated_at > additional_period:
        return Refusal.PERIOD_OVER
    return ADDITIONAL


def fan_out(rated: Evaluation, members: Iterable[Service], recorded: Recorded) -> tuple[Evaluation, ...]:
    """The copies of an item rating for every other filing of the batch or item of the theme (R-5, R-6).

    A linked item that was rated separately keeps its own rating. Staff ratings are never copied: the
    person was met once.
    """
    if rated.subject.kind is not SubjectKind.ITEM or rated.applied_from is not None:
        return ()
    copies: dict[str, Evaluation] = {}
    for member in members:
        slot = member.slot(SubjectKind.ITEM)
        if slot == rated.slot or member.completed_at is None or not _takes_copy(rated, member, recorded):
            continue
        sequence = _sequence_of_copy(rated, slot, recorded)
        if sequence is not None:
            copies[slot] = _copy(rated, member, sequence, recorded)
    return tuple(copies.values())


def copies_for_late_member(
    member: Service, ratings: Iterable[Evaluation], recorded: Recorded
) -> tuple[Evaluation, ...]:
    """The copies for a filing or linked item that is reported after the batch or theme was rated."""
    if member.batch_id is None and member.theme_id is None:
        return ()
    known = dict(recorded)
    copies: list[Evaluation] = []
    for rated in sorted(ratings, key=lambda e: e.sequence):
        for copy in fan_out(rated, [member], known):
            known[copy.slot, copy.sequence] = copy
            copies.append(copy)
    return tuple(copies)


def _rated_member(given: RatingGiven, members: Sequence[Service], recorded: Recorded) -> Service:
    """The member whose evaluation the rating becomes; the others get copies.

    An overall rating of a theme must not land on an item that was rated separately, so it becomes the
    evaluation of one that was not, or of the one the first overall rating became (R-6).
    """
    named = next(m for m in members if (m.service_id, m.visit_no) == (given.service_id, given.visit_no))
    if named.theme_id is None or given.scope is not Scope.WHOLE or given.subject is not SubjectKind.ITEM:
        return named

    def rank(member: Service) -> tuple[bool, bool]:
        first = recorded.get((member.slot(SubjectKind.ITEM), FIRST))
        overall = first is not None and first.applied_from is None and first.scope is Scope.WHOLE
        return (overall, first is None)

    finished = [m for m in (named, *members) if m.completed_at is not None]
    return max(finished, key=rank, default=named)


def _takes_copy(rated: Evaluation, member: Service, recorded: Recorded) -> bool:
    if member.theme_id is None:
        return True
    # A theme is one thing only when the citizen was asked about the whole.
    if rated.scope is not Scope.WHOLE:
        return False
    first = recorded.get((member.slot(SubjectKind.ITEM), FIRST))
    return first is None or first.applied_from is not None or first.scope is Scope.WHOLE


def _sequence_of_copy(rated: Evaluation, slot: str, recorded: Recorded) -> int | None:
    """Which rating of its own slot a copy is; None where there is no room, or it is there already.

    An additional rating of the whole is the first of an item that had none: the item before may have been
    rated by itself.
    """
    own = [recorded[slot, n] for n in (FIRST, ADDITIONAL) if (slot, n) in recorded]
    if any(e.applied_from == rated.evaluation_id for e in own):
        return None
    if not own:
        return FIRST
    return None if (slot, rated.sequence) in recorded else rated.sequence


def _copy_to_replace(given: RatingGiven, lead: Service, recorded: Recorded) -> Evaluation | None:
    """The copy that a separate rating of a theme's item takes the place of, its latest one (R-6)."""
    if lead.theme_id is None or given.scope is Scope.WHOLE or given.subject is not SubjectKind.ITEM:
        return None
    slot = lead.slot(SubjectKind.ITEM)
    latest = recorded.get((slot, ADDITIONAL)) or recorded.get((slot, FIRST))
    return latest if latest is not None and latest.applied_from is not None else None


def _replace_copy(given: RatingGiven, lead: Service, copy: Evaluation) -> RatingPlan:
    """The separate rating under the copy's id; nothing said with the overall rating stays with it."""
    separate = replace(_evaluation(given, lead, copy.subject, copy.sequence), revision=copy.revision + 1)
    return RatingPlan(copy.evaluation_id, copy.sequence, replaced=((copy, separate),))


def _evaluation(given: RatingGiven, service: Service, subject: Subject, sequence: int) -> Evaluation:
    slot = service.slot(subject.kind)
    return Evaluation(
        evaluation_id=evaluation_id(slot, sequence),
        revision=1,
        slot=slot,
        sequence=sequence,
        service_id=service.service_id,
        visit_no=service.visit_no,
        invitation_id=given.invitation_id,
        subject=subject,
        scope=given.scope,
        agency_code=service.agency_code,
        region_code=service.region_code,
        level=given.level,
        channel=given.channel,
        comment=given.comment,
        raw_input=given.raw_input,
        evaluated_at=given.given_at,
        applied_from=None,
        origin=given.origin,
        event_key=given.event_key,
        call_id=given.call_id,
    )


def _copy(rated: Evaluation, member: Service, sequence: int, recorded: Recorded) -> Evaluation:
    slot = member.slot(SubjectKind.ITEM)
    return replace(
        rated,
        evaluation_id=evaluation_id(slot, sequence),
        revision=1,
        slot=slot,
        sequence=sequence,
        service_id=member.service_id,
        visit_no=member.visit_no,
        subject=member.item,
        agency_code=member.agency_code,
        region_code=member.region_code,
        applied_from=rated.evaluation_id,
        adopted=_is_adopted_at(member.agency_code, rated, recorded),
        event_key=None,
    )


def _is_adopted_at(agency_code: str, rated: Evaluation, recorded: Recorded) -> bool:
    """Whether a rating counts at an agency: as its own verdict says, until which it does (R-12)."""
    there = (
        e.adopted
        for e in chain((rated,), recorded.values())
        if e.agency_code == agency_code and rated.evaluation_id in (e.evaluation_id, e.applied_from)
    )
    return next(there, True)
