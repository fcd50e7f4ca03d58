"""The ledger's entries chained by their digests: what was changed or taken out of it shows (see ADR 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.chaining import as_number, digest_of_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.domain.bureau.ledger import LedgerEntry


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it is kept."""

    number: int
    entry: LedgerEntry
    previous: str | None
    """The digest that it builds on; empty for the first of all."""
    digest: str | None
    """None: a version before the chain wrote it."""


def digest_of_entry(previous: str, entry: LedgerEntry) -> str:
    """The digest of an entry that follows the one with the digest `previous`."""
    return digest_of_parts(
        "ledger",
        previous,
        as_number(entry.at),
        entry.event.value,
        entry.actor,
        entry.subject,
        dict(entry.detail),
        entry.address,
    )


class LedgerProof:
    """Goes along the entries in their order, and tells what is not as it was written.

    The oldest go when their time is over (R-18), so the first that is left is taken at its word.
    """

    def __init__(self) -> None:
        self._head: str | None = None

    def faults_of(self, entries: Iterable[KeptEntry]) -> Iterator[str]:
        """Of the next entries."""
        for kept in entries:
            if kept.previous is None or kept.digest is None:
                if self._head is not None:
                    yield f"entry {kept.number} stands outside the chain"
                continue
            if self._head is not None and kept.previous != self._head:
                yield f"something before entry {kept.number} was changed or taken out"
            if kept.digest != digest_of_entry(kept.previous, kept.entry):
                yield f"entry {kept.number} was changed"
            self._head = kept.digest
