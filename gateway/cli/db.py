"""`haochaping db`: the database's schema, its backup and restoration."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption, LostAtOption, kept_in_words, moment

if TYPE_CHECKING:
    from gateway.bootstrap.backups import BackedUp, Restored

app = typer.Typer(help="The database: schema, backup, restoration.")


@app.command()
def upgrade(config: ConfigOption = NO_CONFIG) -> None:
    """Bring the schema to this version; safe to repeat, and beside a running gateway."""
    before, now = asyncio.run(_upgrade(config))
    if before == now:
        print(f"OK: the schema is at {now} already")
    else:
        print(f"upgraded from {before or 'an empty database'} to {now}")


@app.command()
def check(config: ConfigOption = NO_CONFIG) -> None:
    """Say whether the database answers and its schema is this version's; exit 1 if not."""
    print(f"OK: the database answers, its schema is at {asyncio.run(_check(config))}")


@app.command()
def backup(
    file: Annotated[
        Path,
        typer.Argument(help="A new file, or a folder, in which the time names it; none is overwritten."),
    ],
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Write the database as it is now to a file, while the gateway runs; the copy is proved."""
    made = asyncio.run(_backup(config, file))
    print(f"{made.file}: {made.size} bytes, schema {made.schema}")
    print("keep it apart from the keys (privacy.keys, var/keys): without them its numbers cannot be read")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `db backup` or pg_dump wrote.")],
    lost_at: LostAtOption = None,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Fill an empty database from a backup; what may have been sent since is put aside, not sent again."""
    done = asyncio.run(_restore(config, file, lost_at))
    print(f"restored, schema {done.schema}; deliveries to the core store go on when the gateway starts")
    print(f"put aside, due by {done.lost_at.isoformat(timespec='seconds')}: {kept_in_words(done.kept)}")


async def _backup(config: Path | None, file: Path) -> BackedUp:
    from gateway.bootstrap.backups import back_up

    return await back_up(config, file)


async def _restore(config: Path | None, file: Path, lost_at: str | None) -> Restored:
    from gateway.bootstrap.backups import restore as restore_from
    from gateway.settings import load_settings

    zone = load_settings(config).rules.timezone
    return await restore_from(config, file, None if lost_at is None else moment(lost_at, zone))


async def _upgrade(config: Path | None) -> tuple[str | None, str]:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config, makes=True) as operations:
        return await operations.upgrade_schema()


async def _check(config: Path | None) -> str:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        await operations.require_schema()
        _, needed = await operations.schema()
        return needed
