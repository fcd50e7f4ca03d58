"""Signs that somebody presses or plays with ratings, of one month (R-16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.application.essentials import Essentials
from gateway.domain.bureau.signals import OFTEN, Burst, Offers, OneNumber, bursts, withheld
from gateway.domain.figures.month import Month
from gateway.domain.phone_numbers import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlySignals:
    """What a person is to look at."""

    withheld: tuple[Offers, ...] | None
    """Whose hotline calls lead to the offer to rate too seldom; None for a month whose calls are erased."""
    from_staff: tuple[OneNumber, ...]
    """Ratings that came from numbers of staff."""
    from_one_number: tuple[OneNumber, ...]
    bursts: tuple[Burst, ...]


class FindSignals:
    """Counts, and leaves the judging to people."""

    def __init__(
        self, essentials: Essentials, staff_numbers: Sequence[PhoneNumber], calls_kept: timedelta
    ) -> None:
        """`staff_numbers`: telephones on which staff might rate themselves; the operator lists them.

        After `calls_kept` nobody can tell any more which calls led to the offer.
        """
        self._database = essentials.database
        self._zone = essentials.rules.timezone
        self._clock = essentials.clock
        self._staff_numbers = staff_numbers
        self._calls_kept = calls_kept

    async def __call__(self, month: Month) -> MonthlySignals:
        """The signs of a month.

        Raises:
            Unavailable: the database does not answer.

        """
        since, until = month.span(self._zone)
        is_known = since >= self._clock.now() - self._calls_kept
        async with self._database.reading() as work:
            signals = work.signals
            numbers = self._staff_numbers
            return MonthlySignals(
                withheld=tuple(withheld(await signals.offers(since, until))) if is_known else None,
                from_staff=tuple(await signals.from_numbers(since, until, numbers) if numbers else ()),
                from_one_number=tuple(await signals.from_one_number(since, until, OFTEN)),
                bursts=tuple(bursts([each async for each in signals.good_ratings(since, until)])),
            )
