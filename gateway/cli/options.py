"""Options that several commands share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.domain.errors import InvalidInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.application.put_aside import Kept

NO_CONFIG: Final = None
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Settings (TOML); else $HAOCHAPING_CONFIG, else config/gateway.toml."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")]
LostAtOption = Annotated[
    str | None,
    typer.Option(
        "--lost-at", metavar="TIME", help="When the lost database last worked, as 2026-11-23T09:30; else now."
    ),
]


def moment(words: str, zone: ZoneInfo) -> datetime:
    """The moment that somebody typed, in `zone` unless they wrote another; InvalidInput for anything else."""
    try:
        given = datetime.fromisoformat(words)
    except ValueError:
        raise InvalidInput(f"{words} is no time; write 2026-11-23T09:30 or 2026-11-23T09:30+08:00") from None
    return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)


def kept_in_words(kept: Kept) -> str:
    """What was put aside, and what to do with it."""
    return (
        f"{kept.texts} texts, {kept.emails} emails, {kept.calls} calls; see: haochaping outbox dead; "
        "send with: outbox retry, or let rest with: outbox drop"
    )
