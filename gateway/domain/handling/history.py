"""The history of a follow-up: its steps in order, and what they amount to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.handling.acts import ActKind, ActorKind, UnknownAct
from gateway.domain.handling.moves import target_of
from gateway.domain.handling.progress import Progress, after, opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.follow_ups import FollowUp
    from gateway.domain.handling.acts import Act, Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpStep:
    """One act, as it is kept for good."""

    number: int
    """1 is the first after the opening, of which the follow-up itself tells."""
    at: datetime
    actor: Actor
    act: Act


def visible_to(kind: ActorKind, steps: Sequence[FollowUpStep]) -> tuple[FollowUpStep, ...]:
    """The steps that somebody of this kind may know of: what was referred is not for the agency (R-20)."""
    if kind is ActorKind.AGENCY:
        return tuple(step for step in steps if step.act.kind is not ActKind.REFERRED)
    return tuple(steps)


def is_known(steps: Sequence[FollowUpStep]) -> bool:
    """Whether this release knows every act of a history; else it may show it, and must not add to it."""
    return not any(isinstance(step.act, UnknownAct) for step in steps)


def fold(follow_up: FollowUp, steps: Sequence[FollowUpStep]) -> Progress:
    """The progress after a whole history.

    Where a newer release took steps that this one does not know, the follow-up itself says where they led.

    Raises:
        LookupError: a step does not follow from those before it; names its number.

    """
    progress, known = opened(follow_up), is_known(steps)
    for step in steps:
        target = target_of(progress, step.act)
        if target is None and not known:
            target = progress.state
        if target is None:
            raise LookupError(
                f"step {step.number}: {step.act.kind.value} is not open in {progress.state.value}"
            )
        progress = after(progress, step.act, target)
    return progress if known else replace(progress, state=follow_up.state)
