"""`haochaping agencies`: who is told of bad ratings, as file and bureau say together."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.written_files import write_file

app = typer.Typer(help="Who is told of bad ratings.")

_TO_TERMINAL: Final = None


@app.callback()
def _general() -> None:
    """Keeps `export` a command of its own."""


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead of standard output.")
    ] = _TO_TERMINAL,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """What holds now, changes by the bureau included, as a file of agencies."""
    text = asyncio.run(_export(config))
    if output is None:
        sys.stdout.write(text)
        return
    write_file(output, text)
    print(f"wrote {output}")


async def _export(config: Path | None) -> str:
    from gateway.bootstrap.agencies import export_agencies

    return await export_agencies(config)
