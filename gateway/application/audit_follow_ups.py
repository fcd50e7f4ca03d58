"""Going through the histories of all follow-ups for anything that is not as it was written (R-12, R-13).

A chain shows what was changed within it. That its end was cut off, or all of it taken out, shows only against
something kept elsewhere: the heads of an earlier run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.application.ports.database import Database, UnitOfWork
from gateway.domain.errors import ConfigurationError, InvalidInput
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.chain import faults_of, genesis, head_of
from gateway.domain.handling.record import KeptStep
from gateway.domain.ids import FollowUpId

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Head:
    """How far a history had come, and the digest of its last step."""

    steps: int
    digest: str


@dataclass(frozen=True, slots=True)
class Audited:
    """What was found of one follow-up."""

    follow_up_id: FollowUpId
    head: Head
    faults: tuple[str, ...]


class AuditFollowUps:
    """Verifies every history, page by page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, known: Mapping[FollowUpId, Head] | None = None) -> AsyncIterator[Audited]:
        """What was found of each, in the order of their numbers; `known` are heads of an earlier run.

        Raises:
            Unavailable: the database does not answer.

        """
        missing = dict(known or {})
        after = ""
        while True:
            async with self._database.reading() as work:
                page = await work.follow_ups.page(after, _PAGE)
                audited = [await _audited(work, f, missing.pop(f.follow_up_id, None)) for f in page]
            for found in audited:
                yield found
            if len(page) < _PAGE:
                break
            after = page[-1].follow_up_id
        for follow_up_id, head in missing.items():
            yield Audited(follow_up_id, head, ("the whole follow-up is missing",))


async def _audited(work: UnitOfWork, follow_up: FollowUp, known: Head | None) -> Audited:
    head = Head(follow_up.steps, head_of(follow_up))
    try:
        history = await work.follow_ups.history(follow_up.follow_up_id)
    except (LookupError, InvalidInput, ConfigurationError) as error:
        return Audited(follow_up.follow_up_id, head, (str(error),))
    faults = [*faults_of(follow_up, history), *_departures(follow_up, history, known)]
    return Audited(follow_up.follow_up_id, head, tuple(faults))


def _departures(follow_up: FollowUp, history: Sequence[KeptStep], known: Head | None) -> Iterator[str]:
    """Where it departs from what an earlier run saw."""
    if known is None:
        return
    digests = [genesis(follow_up), *(kept.digest for kept in history)]
    if known.steps >= len(digests):
        yield f"of {known.steps} steps that an earlier run saw, {len(history)} are left"
    elif digests[known.steps] != known.digest:
        yield f"its first {known.steps} steps are not those that an earlier run saw"
