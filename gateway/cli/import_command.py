"""`haochaping import`: loads finished services from a file, and goes on where it was interrupted."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table

if TYPE_CHECKING:
    from gateway.application.ports.service_files import ImportCounts
    from gateway.bootstrap.importing import OpenServiceFile

FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="CSV (columns as in the service document, nested ones as item_code, staff_name …) or NDJSON.",
    ),
]
RestartOption = Annotated[bool, typer.Option("--restart", help="Begin afresh after an interruption.")]
EncodingOption = Annotated[
    Literal["utf-8", "gb18030"] | None, typer.Option(help="Else found out from the file.")
]
_WORDS: Final = {
    "new": "new",
    "completed": "completed (known before as an open visit, a call or a rating)",
    "repeated": "known already, unchanged",
    "rejected": "rejected",
    "unknown_agencies": "of those kept: agency unknown, the bureau hears of bad ratings",
    "unusable_numbers": "of those kept: no usable phone number, nobody is reminded",
}


def import_services(
    file: FileArgument,
    restart: RestartOption = False,
    encoding: EncodingOption = None,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Load finished services; faulty rows go to FILE.rejected.* with the reason (exit 1)."""
    from gateway.bootstrap.importing import open_service_file

    with open_service_file(file, encoding=encoding, restart=restart) as opened:
        if opened.counts.rows:
            print(f"going on after row {opened.counts.rows}", file=sys.stderr)
        try:
            counts = asyncio.run(_load(opened, config))
        finally:
            _sum_up(opened)
    if counts.rejected:
        raise typer.Exit(1)


async def _load(file: OpenServiceFile, config: Path | None) -> ImportCounts:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from gateway.bootstrap.importing import open_import

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} rows, {task.fields[rejected]} rejected"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    async with open_import(config) as load:
        with bar:
            task = bar.add_task("importing", total=file.size, rows=0, rejected=0)

            def tell(position: int, counts: ImportCounts) -> None:
                bar.update(task, completed=position, rows=counts.rows, rejected=counts.rejected)

            return await load(file, tell)


def _sum_up(file: OpenServiceFile) -> None:
    counts = file.counts
    print_table(("rows", "what became of them"), [(getattr(counts, n), w) for n, w in _WORDS.items()])
    if counts.rejected:
        print(f"rejected rows, with their reasons: {file.rejected_path}", file=sys.stderr)
    if not file.is_finished:
        print("not everything was read; run the same command again to go on", file=sys.stderr)
