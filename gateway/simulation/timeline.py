"""What happened in a simulated world, in order, told with masked numbers; and a digest to compare runs by.

A month of a town has millions of happenings, and they are read only when a promise breaks: they are kept
packed.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from gateway.simulation.surroundings import BEGINNING

_SHANGHAI: Final = timedelta(hours=8)
_PACKED_TOGETHER: Final = 2000
_FAST: Final = 1


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
        self._packs: list[bytes] = []
        self._packed_digest = b""
        self._latest: list[tuple[float, str, str]] = []
        self.counts: Counter[str] = Counter()

    def add(self, seconds: float, about: str, words: str, kind: str = "") -> None:
        """Note something; `kind` is counted for the table."""
        self._latest.append((seconds, about, words))
        if kind:
            self.counts[kind] += 1
        if len(self._latest) == _PACKED_TOGETHER:
            self._packed_digest = self._digested()
            self._packs.append(zlib.compress(json.dumps(self._latest).encode(), _FAST))
            self._latest = []

    @property
    def digest(self) -> str:
        """Of everything so far."""
        return self._digested().hex()

    def of(self, subjects: Iterable[str]) -> list[Happening]:
        """What concerns these, in order; crashes and stops concern everybody."""
        wanted = {*subjects, ""}
        return [Happening(*one) for one in self._all() if one[1] in wanted]

    def _all(self) -> Iterator[tuple[float, str, str]]:
        for packed in self._packs:
            yield from json.loads(zlib.decompress(packed))
        yield from self._latest

    def _digested(self) -> bytes:
        digest = blake2b(self._packed_digest, digest_size=8)
        for seconds, about, words in self._latest:
            digest.update(f"{seconds:.6f} {about} {words}\n".encode())
        return digest.digest()


def moment(seconds: float) -> str:
    """Virtual seconds as clocks in Shanghai show them."""
    return f"{BEGINNING + timedelta(seconds=seconds) + _SHANGHAI:%m-%d %H:%M:%S.%f}"[:-3]
