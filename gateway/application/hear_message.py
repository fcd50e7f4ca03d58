"""Listening to a citizen's spoken message: by whoever has just been written down for it (R-18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.recordings import Recording, Recordings
from gateway.domain.handling.acts import Actor, PlayRecording
from gateway.domain.ids import FollowUpId

_OPEN_FOR: Final = timedelta(minutes=30)
"""How long a message that was opened can be listened to; then it is opened, and written down, anew."""


class HearMessage:
    """Fetches messages from whoever keeps them."""

    def __init__(self, essentials: Essentials, recordings: Sequence[Recordings]) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._recordings = tuple(recordings)

    async def __call__(self, follow_up_id: FollowUpId, step: int, listener: str) -> Recording | None:
        """The message that this step opened to this listener; None where it did not, or not any more.

        `listener` is the end of the name that the step was signed with: one desk's, or one officer's.

        Raises:
            Unavailable: the database, or whoever keeps the message, does not answer.
            LookupError: the history is damaged.

        """
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(follow_up_id)
            history = await work.follow_ups.history(follow_up_id)
            evaluation = await work.evaluations.get(follow_up.evaluation_id) if follow_up else None
        opening = next((kept.step for kept in history if kept.step.number == step), None)
        if opening is None or not isinstance(opening.act, PlayRecording) or evaluation is None:
            return None
        in_time = self._clock.now() - opening.at <= _OPEN_FOR
        if not in_time or not _is_by(opening.actor, listener):
            return None
        reference = evaluation.recording_url
        keeper = next((each for each in self._recordings if each.holds(reference)), None)
        return await keeper.fetch(reference) if keeper else None


def _is_by(actor: Actor, listener: str) -> bool:
    return actor.name == listener or actor.name.endswith(f"（{listener}）")
