"""`haochaping opt-out`: for citizens who ask by telephone. Numbers are shown masked (R-18)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption

if TYPE_CHECKING:
    from gateway.application.opt_out import OptOut
    from gateway.domain.phone_numbers import PhoneNumber

T = TypeVar("T")

app = typer.Typer(help="Who wants no texts, by what they said on the telephone.")

_ASKED_FOR: Final = None
Number = Annotated[
    str | None,
    typer.Argument(
        metavar="NUMBER",
        help="As 138 1234 5678, or with + and country code; left out, it is asked for.",
    ),
]


@app.command()
def add(number: Number = _ASKED_FOR, config: ConfigOption = NO_CONFIG) -> None:
    """No more texts to this number; reminders that wait are cancelled. Nothing is texted to confirm it."""
    phone, begun = _work(config, number, lambda ledger, phone: ledger.begin(phone))
    print(f"{phone} gets no texts from now on" if begun else f"{phone} gets no texts already")


@app.command()
def end(number: Number = _ASKED_FOR, config: ConfigOption = NO_CONFIG) -> None:
    """Texts to this number again; reminders that were cancelled do not come back."""
    phone, ended = _work(config, number, lambda ledger, phone: ledger.end(phone))
    print(f"{phone} gets texts again" if ended else f"{phone} gets texts already")


@app.command()
def show(number: Number = _ASKED_FOR, config: ConfigOption = NO_CONFIG) -> None:
    """Tell whether this number gets texts."""
    phone, since = _work(config, number, lambda ledger, phone: ledger.since(phone))
    print(
        f"{phone} gets no texts since {since.isoformat(timespec='seconds')}"
        if since
        else f"{phone} gets texts"
    )


def _work(
    config: Path | None, number: str | None, act: Callable[[OptOut, PhoneNumber], Awaitable[T]]
) -> tuple[PhoneNumber, T]:
    """Do it in the ledger; the number, which prints as its mask, and what came of it."""
    given = _asked() if number is None else number

    async def run() -> tuple[PhoneNumber, T]:
        from gateway.bootstrap.operations import open_operations

        async with open_operations(config) as operations:
            phone = operations.phone(given)
            return phone, await act(await operations.opt_outs(), phone)

    return asyncio.run(run())


def _asked() -> str:
    """One line from the terminal or a pipe: no shell keeps it, and standard output holds the answer alone."""
    print("Number: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()
