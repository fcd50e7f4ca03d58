"""Digests that chain what is only ever added, so that a change to any of it shows."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def digest_of_parts(*parts: object) -> str:
    """SHA-256 over canonical JSON, which keeps the parts apart: no other parts are written alike."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256(text.encode()).hexdigest()


def as_number(moment: datetime) -> int:
    """Microseconds since the epoch: the same whatever zone a database gives back."""
    return round(moment.timestamp() * 1_000_000)
