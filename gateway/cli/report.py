"""`haochaping report`: the figures of a month (R-14)."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table
from gateway.domain.errors import InvalidInput
from gateway.domain.figures.month import Month

if TYPE_CHECKING:
    from gateway.bootstrap.reporting import Report

SMALLEST: Final = 5
_TO_TERMINAL: Final = None
Form = Literal["table", "csv", "html"]


def report(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month, such as 2026-11.")],
    form: Annotated[
        Form, typer.Option("--format", help="As a table, a CSV file, or a page with charts.")
    ] = "table",
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead of standard output.")
    ] = _TO_TERMINAL,
    smallest: Annotated[
        int, typer.Option(min=1, help="Groups of fewer ratings are told only together.")
    ] = SMALLEST,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Figures of a month by county, agency, item, staff and channel; of adopted ratings only."""
    try:
        wanted = Month.read(month)
    except ValueError:
        raise InvalidInput("is no month; write it as 2026-11", pointer="--month") from None
    drawn = asyncio.run(_draw(config, wanted, smallest))
    if form == "table" and output is None:
        print_table(*drawn.table())
    else:
        _write(drawn.html() if form == "html" else drawn.csv(), output)


async def _draw(config: Path | None, month: Month, smallest: int) -> Report:
    from gateway.bootstrap.reporting import draw_report

    return await draw_report(config, month, smallest)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", pointer=str(output)) from None
    print(f"wrote {output}")
