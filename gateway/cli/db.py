"""`haochaping db`: the schema of the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(help="The schema of the database.")


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


async def _upgrade(config: Path | None) -> tuple[str | None, str]:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        return await operations.upgrade_schema()


async def _check(config: Path | None) -> str:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        await operations.require_schema()
        _, needed = await operations.schema()
        return needed
