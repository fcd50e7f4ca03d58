"""What operators see of an entry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.application.ports.database import OutboxRow
from gateway.cli import outbox
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import OutboxState

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("carrier", "in_doubt", "shown"),
    [("twilio", True, "twilio?"), ("twilio", False, "twilio"), (None, False, "")],
)
def test_the_carrier_of_the_last_try_is_shown(carrier: str | None, shown: str, *, in_doubt: bool) -> None:
    """With a question mark where nobody knows whether it took the text."""
    row = OutboxRow(
        outbox_id=OutboxId(1),
        kind="sms",
        key="reminder:1",
        state=OutboxState.PENDING,
        due_at=NOW,
        created_at=NOW,
        attempts=1,
        carrier=carrier,
        in_doubt=in_doubt,
        last_error="",
    )

    cells = dict(zip(outbox._COLUMNS, outbox._cells(row), strict=True))

    assert cells["carrier"] == shown
