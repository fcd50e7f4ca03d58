"""`haochaping mail`: emails that come back, handed in by a mail server or looked at by an operator."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Final

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.domain.errors import GatewayError

app = typer.Typer(help="Emails that come back: replies of agencies, and bounces.")

_TEMPORARY: Final = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the email and tries again."""


@app.command()
def receive(config: ConfigOption = NO_CONFIG) -> None:
    """Take one email from standard input, as mail servers pipe it; exit code 75 = try again later."""
    content = sys.stdin.buffer.read()
    if not content.strip():
        print("there is nothing on standard input; pipe an email into it", file=sys.stderr)
        raise typer.Exit(2)

    async def run() -> str:
        from gateway.bootstrap.returning_mail import open_mail_desk

        async with open_mail_desk(config) as desk:
            outcome = await desk.take(content)
            return "taken before" if outcome is None else outcome.value

    try:
        print(asyncio.run(run()))
    except Exception as fault:  # noqa: BLE001 - any other exit code makes mail servers send the email back
        why = str(fault) if isinstance(fault, GatewayError) else type(fault).__name__
        print(f"not taken, try again later: {why}", file=sys.stderr)
        raise typer.Exit(_TEMPORARY) from None


@app.command()
def aside(
    config: ConfigOption = NO_CONFIG,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
) -> None:
    """Show the newest emails that could not be told to be a contact's, and why."""

    async def run() -> list[str]:
        from gateway.bootstrap.returning_mail import open_mail_desk
        from gateway.domain.redaction import redact

        async with open_mail_desk(config) as desk:
            return [
                f"{mail.received_at:%Y-%m-%d %H:%M}  {mail.why}\n{redact(mail.words).strip()}\n"
                for mail in await desk.aside(limit)
            ]

    found = asyncio.run(run())
    print("\n".join(found) if found else "nothing is kept aside")
