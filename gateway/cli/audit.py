"""`haochaping audit`: whether anything in the histories of follow-ups was tampered with (R-13)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table
from gateway.domain.errors import InvalidInput
from gateway.domain.ids import FollowUpId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.application.audit_follow_ups import Audited, Head

app = typer.Typer(help="Whether anything in the histories of follow-ups was tampered with.")

_NO_FILE: Final = None
Against = Annotated[
    Path | None,
    typer.Option(help="What an earlier run wrote: shows also histories that were cut short or taken out."),
]
Write = Annotated[
    Path | None,
    typer.Option(
        help="Write how far each history has come; keep the file where the database's keepers are not."
    ),
]


@app.callback()
def _general() -> None:
    """Keeps `verify` a command of its own."""


@app.command()
def verify(against: Against = _NO_FILE, write: Write = _NO_FILE, config: ConfigOption = NO_CONFIG) -> None:
    """Go through every history; one line for each fault, exit code 1 when there is any."""
    found = asyncio.run(_audit(config, {} if against is None else read_heads(against)))
    faults = [(each.follow_up_id, fault) for each in found for fault in each.faults]
    if faults:
        print_table(("follow-up", "what is wrong"), faults)
    if write is not None:
        write.write_text("".join(f"{_line(each)}\n" for each in found), encoding="utf-8")
    steps = sum(each.head.steps for each in found)
    print(f"{len(found)} follow-ups with {steps} steps verified, {len(faults)} faults")
    if faults:
        raise typer.Exit(1)


def read_heads(path: Path) -> dict[FollowUpId, Head]:
    """The heads in a file that an earlier run wrote.

    Raises:
        InvalidInput: it cannot be read, or holds something else; names the line.

    """
    from gateway.application.audit_follow_ups import Head

    heads: dict[FollowUpId, Head] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidInput(f"cannot be read: {reason}; name a file of --write", pointer=str(path)) from None
    for number, line in enumerate(lines, start=1):
        try:
            row: Mapping[str, object] = json.loads(line)
            heads[FollowUpId(str(row["follow_up_id"]))] = Head(int(str(row["steps"])), str(row["head"]))
        except (ValueError, KeyError, TypeError):
            problem = "is not a line that --write makes; take the file as it was written"
            raise InvalidInput(problem, pointer=f"{path}:{number}") from None
    return heads


async def _audit(config: Path | None, known: Mapping[FollowUpId, Head]) -> list[Audited]:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        return [audited async for audited in operations.audit(known)]


def _line(audited: Audited) -> str:
    head = audited.head
    return json.dumps({"follow_up_id": audited.follow_up_id, "steps": head.steps, "head": head.digest})
