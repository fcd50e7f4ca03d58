"""All follow-ups before the bureau, and each of them as a whole; looking changes nothing (R-13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.application.essentials import Essentials
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.history import FollowUpStep, fold
from gateway.domain.handling.listing import FollowUpFilter, ListedFollowUp, Place
from gateway.domain.handling.progress import Deadline, Progress, deadline_of
from gateway.domain.ids import FollowUpId
from gateway.domain.notices import BadRatingNotice


@dataclass(frozen=True, slots=True)
class FollowUpPage:
    """One page of the list."""

    rows: tuple[ListedFollowUp, ...]
    further: Place | None
    """Behind which the next page begins; None on the last one."""
    is_cut: bool
    """It is no full page: so much was looked through for it that the rest is left to whoever wants it."""
    counts: Mapping[FollowUpState, int]
    """Of all that are not closed, whatever the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFollowUp:
    """A follow-up as the bureau sees it: everything but who rated."""

    follow_up: FollowUp
    notice: BadRatingNotice | None
    """None when the rating it tells of was purged."""
    progress: Progress
    history: tuple[FollowUpStep, ...]
    deadline: Deadline | None


class WatchFollowUps:
    """Lists follow-ups and opens them."""

    def __init__(self, essentials: Essentials, directory: AgencyDirectory) -> None:
        self._database = essentials.database
        self._directory = directory

    async def page(self, wanted: FollowUpFilter, after: Place | None, size: int) -> FollowUpPage:
        """A page of the list, what is owed first.

        Raises:
            Unavailable: the database does not answer.

        """
        async with self._database.reading() as work:
            found = await work.follow_up_lists.page(wanted, after, size + 1)
            counts = await work.follow_up_lists.open_counts()
        rows = found.rows[:size]
        further = rows[-1].place if len(found.rows) > size else found.looked_to
        return FollowUpPage(rows, further, found.looked_to is not None, counts)

    async def whole(self, follow_up_id: FollowUpId) -> WholeFollowUp | None:
        """One follow-up with its history; None when there is none of this number.

        Raises:
            Unavailable: the database does not answer.
            LookupError: its history is damaged; `haochaping audit verify` tells more.

        """
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(follow_up_id)
            if follow_up is None:
                return None
            notice = await notice_of(work, follow_up, self._directory)
            history = tuple(kept.step for kept in await work.follow_ups.history(follow_up_id))
        progress = fold(follow_up, history)
        return WholeFollowUp(
            follow_up=follow_up,
            notice=notice,
            progress=progress,
            history=history,
            deadline=deadline_of(progress),
        )
