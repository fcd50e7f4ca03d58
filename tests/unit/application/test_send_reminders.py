"""What a reminder goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.application.send_reminders import reminder_key
from gateway.domain.ids import InvitationId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language

SHANGHAI = ZoneInfo("Asia/Shanghai")
MADE = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
INVITATION = Invitation(
    invitation_id=InvitationId("3b1f"),
    occasion="visit:44150020:1",
    phone=None,
    language=Language.CHINESE,
    timezone="Asia/Shanghai",
    item_name="居民身份证换领",
    lead_service_id=ServiceId("44150020"),
    lead_visit_no=1,
    created_at=MADE,
    completed_at=MADE,
    reminder=ReminderState.WAITING,
    remind_at=MADE + timedelta(days=1),
)


def test_keys_of_a_day_lie_together() -> None:
    """The day comes first, and the rest tells two of a day apart."""
    assert reminder_key(INVITATION) == "reminder:20261126:3b1f"


@pytest.mark.requirement("R-8")
def test_an_invitation_has_one_key_also_when_a_restored_backup_has_it_made_anew() -> None:
    """Else what the carrier has taken would not be known by it."""
    postponed = replace(INVITATION, remind_at=MADE + timedelta(days=2))
    anew = replace(INVITATION, created_at=MADE + timedelta(days=3), completed_at=MADE.astimezone(SHANGHAI))
    assert reminder_key(postponed) == reminder_key(anew) == reminder_key(INVITATION)
