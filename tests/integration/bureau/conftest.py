"""The bureau's pages on SQLite; what differs between engines is in the contract of the ports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock
from tests.integration.conftest import Rig, open_rig


@pytest.fixture
async def rig(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Rig]:
    """A gateway between its peers."""
    async with open_rig(f"sqlite:///{tmp_path}/gateway.db", tmp_path, clock) as opened:
        yield opened
