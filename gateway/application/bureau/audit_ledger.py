"""Going through the bureau's ledger for anything that is not as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.application.ports.database import Database
from gateway.domain.bureau.ledger_chain import LedgerProof

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """How far the ledger had come."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class AuditedLedger:
    """What was found."""

    entries: int
    head: LedgerHead | None
    """None while nothing is chained."""
    faults: tuple[str, ...]


async def audit_ledger(database: Database, known: LedgerHead | None = None) -> AuditedLedger:
    """Verify every entry that is left; `known` is the head of an earlier run.

    Raises:
        Unavailable: the database does not answer.

    """
    proof, faults, head, count, after = LedgerProof(), list[str](), None, 0, 0
    missing = known
    while True:
        async with database.reading() as work:
            page = await work.ledger.page(after, _PAGE)
        faults += proof.faults_of(page)
        for kept in page:
            if known is not None and kept.number >= known.number:
                if kept.number == known.number and kept.digest != known.digest:
                    faults.append(f"entry {kept.number} is not the one that an earlier run saw")
                missing = None
            head = LedgerHead(kept.number, kept.digest) if kept.digest else head
        count += len(page)
        if len(page) < _PAGE:
            break
        after = page[-1].number
    if missing is not None:
        faults.append(f"entries up to {missing.number} that an earlier run saw are missing")
    return AuditedLedger(count, head, tuple(faults))
