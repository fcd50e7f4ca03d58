"""Where it is kept which citizens were told the result of a follow-up by text, and how far that got."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.domain.handling.result_texts import ResultText
from gateway.domain.ids import FollowUpId
from gateway.domain.phone_numbers import PhoneNumber


class ResultTexts(Protocol):
    """Texts about the results of follow-ups."""

    async def add(self, text: ResultText) -> None:
        """A new text; the same again is left as it is."""
        ...

    async def update(self, text: ResultText, later: ResultText) -> None:
        """The same text, later: what differs is written, and nothing that another learnt of it meanwhile."""
        ...

    async def last_of(self, follow_up_id: FollowUpId) -> ResultText | None:
        """The newest text of a follow-up."""
        ...

    async def of_step(self, follow_up_id: FollowUpId, step: int) -> ResultText | None:
        """The text that tells of this step."""
        ...

    async def of_phone(self, phone: PhoneNumber, since: datetime) -> list[ResultText]:
        """A person's texts since then, oldest first; of very many the newest."""
        ...

    async def unanswered(self, phones: Collection[PhoneNumber], since: datetime) -> frozenset[PhoneNumber]:
        """Who of these was sent such a text since then and has not answered it."""
        ...
