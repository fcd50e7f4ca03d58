"""What was recorded, page by page, for those who keep their own books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.application.ports.database import Database
from gateway.domain.evaluations import Evaluation


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """Some evaluations in the order of recording."""

    evaluations: tuple[Evaluation, ...]
    next_after: int | None
    """Where the next page begins; None at the end of what there is now."""
    last: int | None = None
    """The place of the last of these; None where there are none."""


class ListEvaluations:
    """Reads evaluations in the order of recording."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, since: datetime, after: int, limit: int) -> EvaluationPage:
        """At most `limit` evaluations recorded since then, after the place where a page ended (0 = start).

        Raises:
            Unavailable: the database does not answer.

        """
        async with self._database.reading() as work:
            rows = await work.evaluations.page(since, after, limit + 1)
        page = rows[:limit]
        next_after = page[-1][0] if len(rows) > limit else None
        last = page[-1][0] if page else None
        return EvaluationPage(tuple(evaluation for _, evaluation in page), next_after, last)
