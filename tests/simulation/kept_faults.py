"""Faults that simulated worlds found, how to plant each again, and a world in which it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from sqlalchemy import RowMapping

from gateway.adapters.database.outbox import SqlOutbox
from gateway.application import deliver_outbox, receive_message, register_service
from gateway.application.ports.database import UnitOfWork
from gateway.application.register_service import RegisterService
from gateway.domain import rating_rules
from gateway.domain.evaluations import Evaluation
from gateway.domain.handling.result_texts import ResultText, ResultTextState, answered_text
from gateway.domain.invitations import Invitation
from gateway.domain.outbox import CarrierTry, ClaimedEntry
from gateway.domain.rating_rules import Recorded
from gateway.domain.services import Service
from gateway.simulation.ledger import Violation
from gateway.simulation.world import WorldPlan, live
from tests.simulation import coincidences


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFault:
    """A fault that was mended, and the world that keeps it from coming back."""

    plant: Callable[[pytest.MonkeyPatch], None]
    """Put it back into the product."""
    breaks: str
    """The promise that it breaks."""
    words: str = ""
    """What the violation says of it, where other faults break the same promise."""
    world: WorldPlan
    likely: Callable[[WorldPlan], bool] = lambda _: True
    """Which worlds to look into for another seed."""

    def shown_in(self, plan: WorldPlan) -> Violation | None:
        """What breaks in a world with the fault; None when nothing, or something else does."""
        with pytest.MonkeyPatch.context() as planted:
            self.plant(planted)
            violation = live(plan).violation
        is_it = violation is not None and violation.promise == self.breaks and self.words in violation.what
        return violation if is_it else None


def _copies_for_who_is_reported_alone(planted: pytest.MonkeyPatch) -> None:
    reported: ContextVar[Service | None] = ContextVar("reported", default=None)
    settle, right = RegisterService._settle_invitation, rating_rules.copies_for_late_member

    async def noting(
        self: RegisterService, work: UnitOfWork, service: Service, invitation: Invitation, now: datetime
    ) -> None:
        reported.set(service)
        await settle(self, work, service, invitation, now)

    def wrong(member: Service, ratings: Iterable[Evaluation], recorded: Recorded) -> tuple[Evaluation, ...]:
        late = reported.get()
        is_it = late is not None and late.service_id == member.service_id
        return right(member, ratings, recorded) if is_it else ()

    planted.setattr(RegisterService, "_settle_invitation", noting)
    planted.setattr("gateway.application.record_evaluation.copies_for_late_member", wrong)


def _slots_of_before_the_batch(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(register_service, "_present_slot", lambda rated, *_: rated.slot)


def _tries_timed_by_own_clocks(planted: pytest.MonkeyPatch) -> None:
    right = SqlOutbox._claimed
    begun: dict[int, datetime] = {}
    begin = SqlOutbox.begin

    async def noting(self: SqlOutbox, tries: list[tuple[ClaimedEntry, CarrierTry]]) -> int:
        begun.update({claimed.outbox_id: tried.begun_at for claimed, tried in tries})
        return await begin(self, tries)

    def wrong(self: SqlOutbox, row: RowMapping, lease: str, now: datetime) -> ClaimedEntry:
        claimed = right(self, row, lease, now)
        if claimed.doubt is None:
            return claimed
        return replace(claimed, doubt=replace(claimed.doubt, begun_at=begun[claimed.outbox_id]))

    planted.setattr(SqlOutbox, "begin", noting)
    planted.setattr(SqlOutbox, "_claimed", wrong)


def _dead_when_too_late(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(deliver_outbox, "TOO_LATE", "")


def _same_sequence_for_all(planted: pytest.MonkeyPatch) -> None:
    def wrong(rated: Evaluation, slot: str, recorded: Recorded) -> int | None:
        return None if (slot, rated.sequence) in recorded else rated.sequence

    planted.setattr(rating_rules, "_sequence_of_copy", wrong)


def _letters_of_given_up_texts_unknown(planted: pytest.MonkeyPatch) -> None:
    def wrong(
        texts: Sequence[ResultText], letter: str | None, invitations: Sequence[Invitation]
    ) -> ResultText | None:
        gone = [text for text in texts if letter is None or text.state is not ResultTextState.UNSENT]
        return answered_text(gone, letter, invitations)

    planted.setattr(receive_message, "answered_text", wrong)


KEPT = {
    "a filing rated before its batch was known was reminded of": KeptFault(
        plant=_copies_for_who_is_reported_alone,
        breaks="no reminder after a rating",
        world=WorldPlan(seed=2, days=2.0, citizens=8, faults="none"),
    ),
    "staff rated before their batch was known could be rated first once more": KeptFault(
        plant=_slots_of_before_the_batch,
        breaks="a batch is one visit",
        world=WorldPlan(seed=27, days=2.0, citizens=8, faults="none"),
    ),
    "a text in doubt was sent again too soon, its try noted by a clock that was behind": KeptFault(
        plant=_tries_timed_by_own_clocks,
        breaks="no text that the carrier tells of is sent again",
        world=WorldPlan(seed=140, days=2.0, citizens=12, faults="extreme"),
        likely=coincidences.a_carrier_that_shows_late,
    ),
    "a text whose time was over when its turn came became a dead letter": KeptFault(
        plant=_dead_when_too_late,
        breaks="nothing waits forever",
        words="too late to send",
        world=WorldPlan(seed=3948, days=2.0, citizens=12, processes=1, faults="extreme"),
        likely=coincidences.a_reminder_due_at_nightfall,
    ),
    "an item known late got the additional rating of the whole, and no first one": KeptFault(
        plant=_same_sequence_for_all,
        breaks="each given rating is recorded once, with the level meant",
        words="has the sequences [2]",
        world=WorldPlan(seed=94075, days=1.0, citizens=4, faults="none"),
        likely=coincidences.a_theme_rated_in_part_then_as_a_whole,
    ),
    "who answered a result by its letter, its text given up, rated another service": KeptFault(
        plant=_letters_of_given_up_texts_unknown,
        breaks="nothing is recorded that was not given",
        world=WorldPlan(seed=136, days=2.0, citizens=16, faults="extreme"),
    ),
}
