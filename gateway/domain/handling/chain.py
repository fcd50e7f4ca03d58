"""Digests that chain the steps of a history, so that a change to any of them shows.

Words are digested apart, with salt, and only their digest is chained: they can be erased after their time
(R-18), and the chain still holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.chaining import as_number, digest_of_parts
from gateway.domain.handling.record import KeptStep, facts_of, name_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.domain.follow_ups import FollowUp
    from gateway.domain.handling.history import FollowUpStep
    from gateway.domain.ids import FollowUpId


def genesis(follow_up: FollowUp) -> str:
    """The digest that the first step builds on: what the follow-up was opened with."""
    return digest_of_parts(
        "follow-up",
        follow_up.follow_up_id,
        follow_up.evaluation_id,
        follow_up.agency_code,
        as_number(follow_up.opened_at),
        as_number(follow_up.acknowledge_by),
        as_number(follow_up.call_back_by),
        as_number(follow_up.rectify_by),
        follow_up.applies_to,
    )


def link(previous: str, follow_up_id: FollowUpId, step: FollowUpStep, salt: bytes) -> KeptStep:
    """The step as it is kept, chained to the digest before it; by `salt`, short words cannot be guessed."""
    words_digest = _words_digest(salt, step)
    digest = _step_digest(previous, follow_up_id, step, words_digest)
    return KeptStep(step=step, salt=salt, words_digest=words_digest, digest=digest)


def head_of(follow_up: FollowUp) -> str:
    """The digest that the next step builds on."""
    return follow_up.head or genesis(follow_up)


def faults_of(follow_up: FollowUp, history: Sequence[KeptStep]) -> Iterator[str]:
    """What in a history, or in what the follow-up says of it, is not as it was written."""
    previous = genesis(follow_up)
    for place, kept in enumerate(history, start=1):
        step = kept.step
        if step.number != place:
            yield f"step {place} is missing"
            return
        if not kept.erased and kept.words_digest != _words_digest(kept.salt, step):
            yield f"step {place}: its words were changed"
        if kept.digest != _step_digest(previous, follow_up.follow_up_id, step, kept.words_digest):
            yield f"step {place}, or what it builds on, was changed"
        previous = kept.digest
    if (len(history), previous) != (follow_up.steps, head_of(follow_up)):
        yield f"there should be {follow_up.steps} steps, and the last is not what the follow-up names"


def _words_digest(salt: bytes, step: FollowUpStep) -> str:
    return digest_of_parts("words", salt.hex(), words_of(step.act))


def _step_digest(previous: str, follow_up_id: FollowUpId, step: FollowUpStep, words_digest: str) -> str:
    actor, act = step.actor, step.act
    return digest_of_parts(
        "step",
        previous,
        follow_up_id,
        step.number,
        as_number(step.at),
        actor.kind.value,
        actor.name,
        name_of(act),
        facts_of(act),
        words_digest,
    )
