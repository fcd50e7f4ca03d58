"""`haochaping prompts`: the voice prompts as audio."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption, JsonOption
from gateway.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from gateway.bootstrap.prompts import Inventory, Item

app = typer.Typer(help="The voice prompts as audio: made for a PBX, or recorded by a studio.")

_COLUMNS: Final = ("flow", "prompt", "language", "voice", "seconds", "text", "file")


@app.command()
def build(
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete audio of a day ago or older that no prompt has any more.")
    ] = False,
    config: ConfigOption = NO_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Make the audio that is missing, then tell of all; exit 1 when something cannot be used."""
    from gateway.bootstrap.prompts import prune_audio

    taken = _tell(config, build=True, as_json=as_json)
    if prune:
        print(f"{prune_audio(config, taken)} files deleted", file=sys.stderr)
    _end(taken)


@app.command()
def check(config: ConfigOption = NO_CONFIG, as_json: JsonOption = False) -> None:
    """Tell what audio there is, what is only synthetic, and what is wrong; makes nothing."""
    _end(_tell(config, build=False, as_json=as_json))


def _tell(config: Path | None, *, build: bool, as_json: bool) -> list[Inventory]:
    from gateway.bootstrap.prompts import take_inventories

    inventories = asyncio.run(take_inventories(config, build=build))
    rows = [_cells(each, item) for each in inventories for item in each.items]
    if as_json:
        for row in rows:
            print_json(dict(zip(_COLUMNS, row, strict=True)))
    else:
        print_table(_COLUMNS[:-1], [row[:-1] for row in rows])
    print(_summary(inventories, build=build), file=sys.stderr)
    return inventories


def _end(inventories: list[Inventory]) -> None:
    findings = [finding for each in inventories for finding in each.findings]
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        raise typer.Exit(1)


def _cells(inventory: Inventory, item: Item) -> tuple[str, ...]:
    said = item.utterance
    return (
        inventory.flow.name,
        said.name,
        said.language.value,
        item.origin.value,
        f"{item.length.total_seconds():.1f}" if item.length else "",
        said.prompt.text if said.prompt else inventory.flow.wordings[said.name].speeches[said.language].text,
        str(item.file or ""),
    )


def _summary(inventories: list[Inventory], *, build: bool) -> str:
    items = [item for each in inventories for item in each.items]
    voices = Counter(item.origin.value for item in items)
    told = "; ".join(f"{count} {voice}" for voice, count in sorted(voices.items()))
    made = f"; {sum(item.new for item in items)} made now" if build else ""
    return f"{len(items)} prompts: {told}{made}"
