"""`haochaping sms`: how replies are read, for whoever words a text or doubts a rating."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.options import JsonOption
from gateway.cli.terminal import print_json, print_table
from gateway.domain.errors import InvalidInput
from gateway.domain.reply import Reading, read_reply

app = typer.Typer(help="See how replies are read.")

_COLUMNS: Final = ("text", "outcome", "level", "comment", "rule")
_FILE: Final = typer.Option(
    "--file", metavar="FILE.tsv", help="Read the column `text` of a tab-separated file; - is standard input."
)


@app.callback()
def sms() -> None:
    """See how replies are read."""


@app.command("parse")
def parse(
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT...", help="Replies.")] = None,
    file: Annotated[Path | None, _FILE] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how each reply would be read: outcome, level (1 best to 5 worst), comment, deciding rule."""
    if not texts and file is None:
        raise typer.BadParameter("give replies, or a file with --file")
    replies = chain(map(_printable, texts or ()), _column(file) if file else ())
    if as_json:
        for reply in replies:
            print_json(dict(zip(_COLUMNS, _row(reply, read_reply(reply)), strict=True)))
    else:
        rows = (_row(reply, read_reply(reply)) for reply in replies)
        print_table(_COLUMNS, (["" if cell is None else cell for cell in row] for row in rows))


def _row(reply: str, reading: Reading) -> tuple[str, str, int | None, str, str]:
    level = None if reading.level is None else reading.level.digit
    return reply, reading.outcome.value, level, reading.comment, str(reading.rule)


def _printable(argument: str) -> str:
    """An argument without the surrogates that stand for bytes which are no UTF-8."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _column(file: Path) -> Iterator[str]:
    """The column `text`, row by row; a file of any length takes no room.

    Raises:
        InvalidInput: there is no such file or column, a row is too short, or a line is not UTF-8.

    """
    name = "standard input" if file == Path("-") else str(file)
    with _lines(file) as lines:
        read = _decoded(lines, name)
        header = next(read, "").removeprefix("\ufeff").split("\t")
        if "text" not in header:
            raise InvalidInput(
                "there is no column text; name the columns in the first line", pointer=f"{name}:1"
            )
        place = header.index("text")
        for number, line in enumerate(read, start=2):
            cells = line.split("\t")
            if len(cells) <= place:
                fault = f"has {len(cells)} of {len(header)} columns; separate them by tabs"
                raise InvalidInput(fault, pointer=f"{name}:{number}")
            yield cells[place].replace("\\n", "\n")


@contextmanager
def _lines(file: Path) -> Iterator[Iterable[bytes]]:
    if file == Path("-"):
        yield sys.stdin.buffer
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        fault = f"cannot be read ({error.strerror}); name a file that is there"
        raise InvalidInput(fault, pointer=str(file)) from None
    with opened:
        yield opened


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise InvalidInput("is not UTF-8; save the file as UTF-8", pointer=f"{name}:{number}") from None
