"""Spot checks: a random sample that can be drawn again, and what came of it (R-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.application.bureau.manage_people import Doer
from gateway.application.essentials import Essentials
from gateway.application.ports.database import Repeat, RepeatKind, UnitOfWork
from gateway.domain.bureau.sampling import Sample, digest_of_population, draw
from gateway.domain.figures.month import Month
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import SpotCheck
from gateway.domain.ids import FollowUpId

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Drawn:
    """One follow-up of a sample, and what the check of it found."""

    follow_up: FollowUp | None
    """None when it is not there any more."""
    follow_up_id: FollowUpId
    checked_at: datetime | None
    passed: bool | None
    """None until it is checked with this sample."""


class SpotChecks:
    """Draws samples, and tells how far they are checked."""

    def __init__(self, essentials: Essentials, make_token: Callable[[], str]) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._zone = essentials.rules.timezone
        self._make_token = make_token

    async def draw(self, doer: Doer, month: Month, agency_code: str, size: int) -> Sample | None:
        """A sample of what was opened in a month and has a verdict; None where there is nothing to draw."""
        since, until = month.span(self._zone)
        seed, now = self._make_token(), self._clock.now()
        async with self._database.transaction() as work:
            population = await work.oversight.judged(since, until, agency_code)
            if not population:
                return None
            sample = Sample(
                sample_id=f"CC-{now.astimezone(self._zone):%Y%m%d}-{seed[:6]}",
                drawn_at=now,
                drawn_by=doer.login,
                seed=seed,
                month=month,
                agency_code=agency_code,
                population=len(population),
                population_digest=digest_of_population(population),
                follow_up_ids=draw(seed, population, size),
            )
            await work.oversight.add_sample(sample)
        log.info("sample_drawn", sample_id=sample.sample_id, population=sample.population, size=size)
        return sample

    async def samples(self, limit: int) -> list[Sample]:
        """The newest."""
        async with self._database.reading() as work:
            return await work.oversight.samples(limit)

    async def look(self, sample_id: str) -> tuple[Sample, list[Drawn]] | None:
        """A sample and how far it is checked; None when there is no such sample."""
        async with self._database.reading() as work:
            sample = await work.oversight.sample(sample_id)
            if sample is None:
                return None
            return sample, [await _drawn(work, sample_id, number) for number in sample.follow_up_ids]

    async def repeats(self, since: datetime, at_least: int) -> dict[RepeatKind, tuple[Repeat, ...]]:
        """Agencies, items and staff that were rated badly at least so often since then (R-15)."""
        now = self._clock.now()
        async with self._database.reading() as work:
            return {
                kind: tuple(await work.oversight.repeats(kind, since, at_least, now)) for kind in RepeatKind
            }


async def _drawn(work: UnitOfWork, sample_id: str, follow_up_id: FollowUpId) -> Drawn:
    follow_up = await work.follow_ups.get(follow_up_id)
    checked_at, passed = None, None
    try:
        history = await work.follow_ups.history(follow_up_id)
    except LookupError:
        # Damaged: its own page says so, and the rest of the sample is still to be seen.
        history = []
    for kept in history:
        if isinstance(kept.step.act, SpotCheck) and kept.step.act.sample == sample_id:
            checked_at, passed = kept.step.at, kept.step.act.passed
    return Drawn(follow_up, follow_up_id, checked_at, passed)
