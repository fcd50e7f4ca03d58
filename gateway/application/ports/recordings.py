"""Spoken messages of citizens, where those who carried the calls keep them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Recording:
    """A message as it sounds."""

    media_type: str
    content: bytes


class Recordings(Protocol):
    """Fetches them; neither their address nor the login it takes leaves the gateway."""

    def holds(self, reference: str) -> bool:
        """Whether this reference, as it was kept with the rating, is one of its own."""
        ...

    async def fetch(self, reference: str) -> Recording | None:
        """The recording; None where it is kept no more.

        Raises:
            Unavailable: whoever keeps it does not answer now, or refuses us.

        """
        ...
