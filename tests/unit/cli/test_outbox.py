"""What operators see of an entry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from gateway.application.ports.database import OutboxRow
from gateway.cli import outbox
from gateway.domain.handling.letters import LetterKind
from gateway.domain.ids import OutboxId
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxState
from tests.unit.cli.command import haochaping

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
        purpose="reminder",
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


@pytest.mark.parametrize("command", ["retry", "drop"])
@pytest.mark.parametrize("number", ["0", str(2**63), "99999999999999999999"])
def test_a_number_that_no_entry_has_is_refused__regression(
    capsys: pytest.CaptureFixture[str], command: str, number: str
) -> None:
    """In words, before any database is asked; it takes no number of that size."""
    told = haochaping(capsys, "outbox", command, number)

    assert told.exit_code == 2
    assert "Traceback" not in told.errors
    assert "ID..." in told.errors


def test_every_purpose_can_be_named() -> None:
    """What the column shows is what the option takes."""
    purposes = {kind.value for kind in (*MessageKind, *LetterKind)} | {"digest"}

    assert set(get_args(outbox.Purpose)) == purposes
