"""The delivered flow is what the engine and the proof are tried on: it has every kind of node."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.flow_files import load_flow
from gateway.domain.flow.definition import Flow

DELIVERED = Path(__file__).parents[4] / "ivr_flows" / "hotline_rating.yaml"


@pytest.fixture(scope="session")
def flow() -> Flow:
    """The delivered flow."""
    return load_flow(DELIVERED)
