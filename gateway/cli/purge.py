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
    done: list[tuple[str, int]] = []
    try:
        asyncio.run(_purge(config, done, dry_run=dry_run))
    finally:
        # Also what went before something was in the way.
        if done:
            print_table(("what", "would go" if dry_run else "gone"), done)


async def _purge(config: Path | None, done: list[tuple[str, int]], *, dry_run: bool) -> None:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        async for each in operations.purge(dry_run=dry_run):
            done.append(each)  # noqa: PERF401 - what went is told though the next fails
