"""What happened in a simulated world, in order, told with masked numbers; and a digest to compare runs by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from gateway.simulation.surroundings import BEGINNING

_SHANGHAI = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline."""

    seconds: float
    about: str
    """A citizen, a process, or empty for the world as a whole."""
    words: str

    def __str__(self) -> str:
        return f"{moment(self.seconds)}  {self.about:<12} {self.words}"


class Timeline:
    """Keeps what happened; the digest is the same for the same run."""

    def __init__(self) -> None:
        self._happenings: list[Happening] = []
        self.counts: Counter[str] = Counter()

    def add(self, seconds: float, about: str, words: str, kind: str = "") -> None:
        """Note something; `kind` is counted for the table."""
        self._happenings.append(Happening(seconds, about, words))
        if kind:
            self.counts[kind] += 1

    @property
    def digest(self) -> str:
        """Of everything so far."""
        digest = blake2b(digest_size=8)
        for one in self._happenings:
            digest.update(f"{one.seconds:.6f} {one.about} {one.words}\n".encode())
        return digest.hexdigest()

    def of(self, subjects: Iterable[str]) -> list[Happening]:
        """What concerns these, in order; crashes and stops concern everybody."""
        wanted = {*subjects, ""}
        return [happening for happening in self._happenings if happening.about in wanted]


def moment(seconds: float) -> str:
    """Virtual seconds as clocks in Shanghai show them."""
    return f"{BEGINNING + timedelta(seconds=seconds) + _SHANGHAI:%m-%d %H:%M:%S.%f}"[:-3]
