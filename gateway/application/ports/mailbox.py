"""The mailbox to which replies and bounces come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.domain.mail.incoming import IncomingMail


class Mailbox(Protocol):
    """Hands out what has come."""

    async def read(self, take: Callable[[IncomingMail], Awaitable[object]]) -> int:
        """Let `take` have each email that nobody took; how many there were.

        One whose taking raises stays for the next time.

        Raises:
            Unavailable: the mailbox cannot be read now; names what to look at.

        """
        ...
