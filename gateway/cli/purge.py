"""`haochaping purge`: erases what is older than the retention (R-18)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table

if TYPE_CHECKING:
    from pathlib import Path


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Erase numbers and spoken messages after privacy.retention, settled deliveries after 90 days."""
    done = asyncio.run(_purge(config, dry_run=dry_run))
    print_table(("what", "would go" if dry_run else "gone"), done)


async def _purge(config: Path | None, *, dry_run: bool) -> list[tuple[str, int]]:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        return [done async for done in operations.purge(dry_run=dry_run)]
