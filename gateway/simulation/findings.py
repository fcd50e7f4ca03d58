"""What stands in the database of a simulated world when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gateway.application.ports.database import OutboxRow, UnitOfWork
from gateway.domain.evaluations import Evaluation
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.record import KeptStep
from gateway.domain.ids import FollowUpId
from gateway.domain.outbox import OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import Rules
from gateway.simulation.scene import Scene
from gateway.simulation.surroundings import BEGINNING

_PAGE: Final = 500
_ALL: Final = 1_000_000
_LONG: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything the judges look at."""

    evaluations: Sequence[Evaluation]
    follow_ups: Sequence[FollowUp]
    pending: Sequence[OutboxRow]
    dead: Sequence[OutboxRow]
    unended_calls: int
    reminder_waits: bool
    opted_out: frozenset[str]
    """Who wants no texts, of those who came back."""
    histories: Mapping[FollowUpId, Sequence[KeptStep]]
    """By follow-up."""
    faults_of_histories: Sequence[str]
    """What is not as it was written, or as an earlier look saw it."""
    rules: Rules


async def find(scene: Scene, work: UnitOfWork, faults: Sequence[str], rules: Rules) -> Findings:
    """Read it all, page by page."""
    evaluations: list[Evaluation] = []
    after = 0
    while page := await work.evaluations.page(BEGINNING - _LONG, after, _PAGE):
        evaluations += [evaluation for _, evaluation in page]
        after = page[-1][0]
    follow_ups: list[FollowUp] = []
    for start in range(0, len(evaluations), _PAGE):
        ids = [e.evaluation_id for e in evaluations[start : start + _PAGE]]
        follow_ups += await work.follow_ups.of_evaluations(ids)
    histories = {each.follow_up_id: await work.follow_ups.history(each.follow_up_id) for each in follow_ups}
    back = {PhoneNumber(phone): name for name, phone in scene.ledger.came_back.items()}
    out = await work.opt_outs.are_out(set(back))
    next_reminder = await work.invitations.next_reminder_at()
    return Findings(
        evaluations=evaluations,
        follow_ups=follow_ups,
        pending=await work.inspection.rows(OutboxState.PENDING, None, _ALL),
        dead=await work.inspection.rows(OutboxState.DEAD, None, _ALL),
        unended_calls=len(await work.calls.unended(scene.moment - timedelta(hours=3), _ALL)),
        reminder_waits=next_reminder is not None and next_reminder < scene.moment,
        opted_out=frozenset(back[phone] for phone in out),
        histories=histories,
        faults_of_histories=faults,
        rules=rules,
    )
