"""`haochaping outbox`: what is owed to the outside, and what was given up. Shows no number and no payload."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption, JsonOption, LostAtOption, kept_in_words, moment
from gateway.cli.terminal import print_json, print_table
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import OutboxKind, OutboxState
from gateway.domain.redaction import redact

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.application.ports.database import Chosen, OutboxLevel, OutboxRow
    from gateway.application.put_aside import Kept

app = typer.Typer(help="What waits to be delivered, and what was given up.")

_COLUMNS: Final = (
    "id",
    "kind",
    "purpose",
    "key",
    "state",
    "due_at",
    "created_at",
    "attempts",
    "carrier",
    "last_error",
)
State = Literal["pending", "done", "dead", "dropped"]
Kind = Literal["core_store", "sms", "reminder", "email", "referral", "call"]
KindOption = Annotated[Kind | None, typer.Option(help="Only this kind.")]
Purpose = Literal[
    "reminder",
    "thanks",
    "thanks_bad",
    "additional_thanks",
    "clarification",
    "already_rated",
    "opt_out_confirmation",
    "restart_confirmation",
    "unknown_number",
    "handled",
    "not_adopted",
    "handling_noted",
    "handling_clarification",
    "opened",
    "escalation",
    "tell_by_phone",
    "unreachable",
    "returned",
    "digest",
]
"""What texts and emails say; a reminder is to a citizen or to an agency, as its kind tells."""
PurposeOption = Annotated[
    Purpose | None,
    typer.Option(
        metavar="PURPOSE",
        help="Only what says this, as the column of that name has it: reminder, handled, not_adopted, ...",
    ),
]
_LARGEST_ID: Final = 2**63 - 1
"""More is no number of a row on either database."""
EntriesArgument = Annotated[
    list[int] | None, typer.Argument(min=1, max=_LARGEST_ID, metavar="ID...", help="Dead entries.")
]
AllOption = Annotated[bool, typer.Option("--all", help="All dead entries.")]
LimitOption = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the oldest.")]


@app.command("list")
def list_entries(
    state: Annotated[State, typer.Option(help="Which entries.")] = "pending",
    kind: KindOption = None,
    purpose: PurposeOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Show entries, and how many there are of each kind."""
    rows, levels = asyncio.run(_look(config, state, kind, limit, purpose))
    _show(rows, levels, as_json=as_json)


@app.command()
def dead(
    kind: KindOption = None,
    purpose: PurposeOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Show what was given up, and why; `retry` takes it up again."""
    rows, levels = asyncio.run(_look(config, "dead", kind, limit, purpose))
    _show(rows, levels, as_json=as_json)


@app.command()
def retry(
    entries: EntriesArgument = None,
    every: AllOption = False,
    kind: KindOption = None,
    purpose: PurposeOption = None,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Try dead entries again, as if they were new. Mend first what made them fail."""
    asked = _asked(entries, every=every)
    _tell(asyncio.run(_retry(config, _chosen(asked, kind, purpose))), asked, "pending again")


@app.command()
def drop(
    entries: EntriesArgument = None,
    every: AllOption = False,
    kind: Annotated[
        Literal["sms", "reminder", "email", "referral", "call"] | None, typer.Option(help="Only this kind.")
    ] = None,
    purpose: PurposeOption = None,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Let dead texts, emails and calls rest for good: they were sent, or nobody needs them.

    Never ratings, nor what the bureau is to be told of ratings that are not adopted. Whom a text was to tell
    a result, the agency is asked to call; nor is the email dropped that asks for it.
    """
    asked = _asked(entries, every=every)
    _tell(asyncio.run(_drop(config, _chosen(asked, kind, purpose))), asked, "dropped")


@app.command()
def hold(lost_at: LostAtOption = None, config: ConfigOption = NO_CONFIG) -> None:
    """Put aside what a lost database may have sent to people; `db restore` does it by itself."""
    print(f"put aside: {kept_in_words(asyncio.run(_hold(config, lost_at)))}")


async def _look(
    config: Path | None, state: State, kind: Kind | None, limit: int, purpose: Purpose | None
) -> tuple[list[OutboxRow], list[OutboxLevel]]:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        rows = await operations.outbox_rows(OutboxState(state), kind, limit, purpose)
        return rows, await operations.outbox_levels()


async def _retry(config: Path | None, chosen: Chosen) -> int:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config, wakes=True) as operations:
        return await operations.retry(chosen)


async def _drop(config: Path | None, chosen: Chosen) -> int:
    from gateway.bootstrap.operations import open_operations

    async with open_operations(config) as operations:
        return await operations.drop(chosen)


async def _hold(config: Path | None, lost_at: str | None) -> Kept:
    from gateway.bootstrap.backups import put_aside
    from gateway.settings import load_settings

    zone = load_settings(config).rules.timezone
    return await put_aside(config, None if lost_at is None else moment(lost_at, zone))


def _asked(entries: list[int] | None, *, every: bool) -> list[int] | None:
    """The ids that were named; None for all."""
    if bool(entries) == every:
        raise typer.BadParameter("name entries by their id, or all of them by --all")
    return sorted(set(entries or ())) or None


def _chosen(entries: list[int] | None, kind: str | None, purpose: Purpose | None) -> Chosen:
    from gateway.application.ports.database import Chosen

    return Chosen(
        outbox_ids=None if entries is None else [OutboxId(entry) for entry in entries],
        kinds=None if kind is None else [kind],
        purposes=None if purpose is None else [purpose],
    )


def _tell(done: int, asked: list[int] | None, what: str) -> None:
    print(f"{done} {what}" if asked is None else f"{done} of {len(asked)} {what}")
    if asked is not None and done < len(asked):
        print(
            "the others are not dead, of another kind or purpose, or owed until they arrive; "
            "see: haochaping outbox dead",
            file=sys.stderr,
        )
        raise typer.Exit(1)


def _show(rows: list[OutboxRow], levels: Iterable[OutboxLevel], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json(dict(zip(_COLUMNS, _cells(row), strict=True)))
        return
    print_table(_COLUMNS, map(_cells, rows))
    counts = {(level.kind, level.state): level.count for level in levels}
    kinds = dict.fromkeys([*(kind.value for kind in OutboxKind), *(kind for kind, _ in counts)])
    told = (
        f"{kind} {counts.get((kind, OutboxState.PENDING), 0)} pending, "
        f"{counts.get((kind, OutboxState.DEAD), 0)} dead"
        for kind in kinds
    )
    print("; ".join(told), file=sys.stderr)


def _cells(row: OutboxRow) -> tuple[object, ...]:
    return (
        row.outbox_id,
        row.kind,
        row.purpose,
        row.key,
        row.state.value,
        row.due_at.isoformat(timespec="seconds"),
        row.created_at.isoformat(timespec="seconds"),
        row.attempts,
        f"{row.carrier or ''}{'?' if row.in_doubt else ''}",
        # A peer's own words may repeat the number that it refused.
        redact(row.last_error),
    )
