"""`haochaping keys`: making and changing the keys that seal phone numbers (R-18)."""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from gateway.adapters.database.rotation import Rotated
    from gateway.bootstrap.operations import KnownKey

app = typer.Typer(help="The keys that seal phone numbers.")

_KEY_BYTES: Final = 32
_STEPS: Final = """\
# This is a new key. Keep it as safe as the database's backups, and apart from them. To change to it:
# 1. Add it to privacy.keys behind the present key; restart every process. Now all can read what it seals.
#    (Without privacy.keys the present key is in var/keys/privacy.key: list that one too.)
# 2. Put it first; restart every process, workers too, before step 3. Now everything new is sealed with it.
# 3. haochaping keys rotate: everything old is sealed afresh, while the gateway runs.
# 4. When that says that nothing is left, take the old key out; restart every process."""


@app.command()
def new() -> None:
    """Print a fresh key; what to do with it goes to standard error."""
    print(b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
    print(_STEPS, file=sys.stderr)


@app.command()
def rotate(config: ConfigOption = NO_CONFIG) -> None:
    """Seal and index everything with the newest key, while the gateway runs; safe to repeat."""
    done, sealing = asyncio.run(_rotate(config))
    print_table(
        ("table", "sealed afresh", "in use", "unreadable"),
        [(each.table, each.rewritten, each.left, each.unreadable) for each in done],
    )
    for reason in (reason for each in done for reason in each.reasons):
        print(reason, file=sys.stderr)
    if not _is_whole(done):
        print("keep the older keys and run it again: not everything has the newest key", file=sys.stderr)
        raise typer.Exit(1)
    if sealing:
        print(
            f"keep the older keys: a process seals with {', '.join(sorted(sealing))} still; restart every"
            " process, workers too, with the newest key first in privacy.keys, then run this again",
            file=sys.stderr,
        )
        raise typer.Exit(1)
    print("everything has the newest key; the older keys can be taken out of privacy.keys")


@app.command("list")
def list_keys(config: ConfigOption = NO_CONFIG) -> None:
    """Show which keys the database's numbers need, by the names in their seals; never the keys."""
    keys = asyncio.run(_known(config))
    print_table(
        ("key", "in privacy.keys", "in the database since", "given up for lost"),
        [
            (each.key_id, "yes" if each.listed else "no", _day(each.since), _day(each.forgotten_at))
            for each in keys
        ],
    )


@app.command()
def forget(
    key: Annotated[str, typer.Argument(help="Its name, as the refused start and `keys list` tell it.")],
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Start without a key that is lost for good: its numbers stay unreadable until it is listed again."""
    if not re.fullmatch("[0-9a-f]{8}", key):
        raise typer.BadParameter("a key's name has 8 digits and letters, as `keys list` shows it")
    asyncio.run(_forget(config, key))
    print(f"{key} is given up for lost; what it sealed cannot be read, everything else goes on")


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


async def _known(config: Path | None) -> list[KnownKey]:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        return await operations.known_keys()


async def _forget(config: Path | None, key: str) -> None:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        await operations.forget_key(key)


async def _rotate(config: Path | None) -> tuple[list[Rotated], set[str]]:
    """What was done to each table, and the older keys that somebody sealed with meanwhile."""
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        done = [each async for each in operations.rotate_keys()]
        return done, await operations.let_older_keys_go() if _is_whole(done) else set()


def _is_whole(done: list[Rotated]) -> bool:
    return not any(each.left or each.unreadable for each in done)
