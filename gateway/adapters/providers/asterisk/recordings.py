"""Spoken messages in Asterisk's own store: named for their day, so that those of a day can be deleted (R-18).

That goes by names alone, and so finds a message, too, whose call broke off before anybody was told of it.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from datetime import date
from typing import Final

from gateway.adapters.providers.asterisk.transport import AriClient, NotThereError

_OURS: Final = re.compile(r"haochaping-(\d{8})-[0-9a-f]{16}")


def name_for(today: date) -> str:
    """The name of a new recording; nobody guesses it."""
    return f"haochaping-{today:%Y%m%d}-{secrets.token_hex(8)}"


async def recorded_before(ari: AriClient, day: date) -> list[str]:
    """Messages of days before that one; raises AriError."""
    stored = await ari.ask("GET", "recordings", "stored")
    names = [str(each.get("name", "")) for each in stored]
    return [name for name in names if (own := _OURS.fullmatch(name)) and own[1] < f"{day:%Y%m%d}"]


async def delete_recording(ari: AriClient, name: str) -> None:
    """Delete one, unless somebody has; raises AriError."""
    with suppress(NotThereError):
        await ari.ask("DELETE", "recordings", "stored", name)
