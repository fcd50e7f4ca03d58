"""Where files that go with follow-ups are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.domain.ids import FollowUpId


class Attachments(Protocol):
    """Contents of files; what they are called and who attached them is a step of the follow-up."""

    async def add(self, follow_up_id: FollowUpId, step: int, content: bytes, now: datetime) -> None:
        """The file of a step."""
        ...

    async def content(self, follow_up_id: FollowUpId, step: int) -> bytes | None:
        """The file of a step; None where it has none, or its time is over."""
        ...
