"""`haochaping audit`: whether histories of follow-ups or the bureau's ledger were tampered with (R-13)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table
from gateway.cli.written_files import write_file
from gateway.domain.errors import InvalidInput
from gateway.domain.ids import FollowUpId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.application.audit_follow_ups import Audited, Head
    from gateway.application.bureau.audit_ledger import AuditedLedger, LedgerHead

app = typer.Typer(help="Whether histories of follow-ups or the bureau's ledger were tampered with.")

_NO_FILE: Final = None
_ENTRY: Final = "ledger_entry"
T = TypeVar("T")
Against = Annotated[
    Path | None,
    typer.Option(help="What an earlier run wrote: shows also what was cut short or taken out."),
]
Write = Annotated[
    Path | None,
    typer.Option(
        help="Write how far histories and ledger have come; keep it where the database's keepers are not."
    ),
]


@app.callback()
def _general() -> None:
    """Keeps `verify` a command of its own."""


@app.command()
def verify(against: Against = _NO_FILE, write: Write = _NO_FILE, config: ConfigOption = NO_CONFIG) -> None:
    """Go through every history and the ledger; one line for each fault, exit code 1 when there is any."""
    known, head = ({}, None) if against is None else (read_heads(against), read_ledger_head(against))
    found, ledger = asyncio.run(_audit(config, known, head))
    faults = [(str(each.follow_up_id), fault) for each in found for fault in each.faults]
    faults += [("ledger", fault) for fault in ledger.faults]
    if faults:
        print_table(("where", "what is wrong"), faults)
    steps = sum(each.head.steps for each in found)
    print(
        f"{len(found)} follow-ups with {steps} steps and {ledger.entries} entries of the ledger verified, "
        f"{len(faults)} faults"
    )
    if write is not None:
        lines = [*map(_line, found), *([_ledger_line(ledger.head)] if ledger.head else [])]
        write_file(write, "".join(f"{line}\n" for line in lines))
    if faults:
        raise typer.Exit(1)


def read_heads(path: Path) -> dict[FollowUpId, Head]:
    """How far each history had come, from a file that an earlier run wrote.

    Raises:
        InvalidInput: it cannot be read, or holds something else; names the line.

    """
    from gateway.application.audit_follow_ups import Head

    def head_of(row: Mapping[str, object]) -> tuple[FollowUpId, Head]:
        return FollowUpId(str(row["follow_up_id"])), Head(int(str(row["steps"])), str(row["head"]))

    return dict(_read(path, head_of, of_ledger=False))


def read_ledger_head(path: Path) -> LedgerHead | None:
    """How far the ledger had come; None where an older version wrote the file; raises as `read_heads`."""
    from gateway.application.bureau.audit_ledger import LedgerHead

    def head_of(row: Mapping[str, object]) -> LedgerHead:
        return LedgerHead(int(str(row[_ENTRY])), str(row["head"]))

    return next(iter(_read(path, head_of, of_ledger=True)), None)


def _read(path: Path, head_of: Callable[[Mapping[str, object]], T], *, of_ledger: bool) -> list[T]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidInput(f"cannot be read: {reason}; name a file of --write", pointer=str(path)) from None
    heads = []
    for number, line in enumerate(lines, start=1):
        try:
            row: Mapping[str, object] = json.loads(line)
            if (_ENTRY in row) is of_ledger:
                heads.append(head_of(row))
        except (ValueError, KeyError, TypeError):
            problem = "is not a line that --write makes; take the file as it was written"
            raise InvalidInput(problem, pointer=f"{path}:{number}") from None
    return heads


async def _audit(
    config: Path | None, known: Mapping[FollowUpId, Head], head: LedgerHead | None
) -> tuple[list[Audited], AuditedLedger]:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        found = [audited async for audited in operations.audit(known)]
        return found, await operations.audit_ledger(head)


def _line(audited: Audited) -> str:
    head = audited.head
    return json.dumps({"follow_up_id": audited.follow_up_id, "steps": head.steps, "head": head.digest})


def _ledger_line(head: LedgerHead) -> str:
    return json.dumps({_ENTRY: head.number, "head": head.digest})
