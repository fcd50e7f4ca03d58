"""Taking turns at what may only go so fast, over all processes that share the line."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.pace import Rate, Turns


class Pace(Protocol):
    """Hands out turns; a line is whatever has a rate of its own: a carrier, a caller of the API.

    Never waits for long and never fails: where the others cannot be asked, a safe part is granted.
    """

    async def take(self, line: str, rate: Rate, wanted: int, *, spare: int = 0) -> Turns:
        """Take up to `wanted` turns now, leaving `spare` to those who go before; 0 only looks."""
        ...

    async def use(self, line: str, rate: Rate, turns: int) -> None:
        """Count what was used beyond one's turns, to be paid for later; below 0, give turns back."""
        ...
