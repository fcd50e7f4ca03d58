"""A service was finished that is rated by a call of ours: owe the call, within what the plan allows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateway.application.ports.database import UnitOfWork
from gateway.domain.call_plan import CallPlan, next_opening
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.outbox import OutboxEntry, OutboxKind
from gateway.domain.reminders import zone_of
from gateway.domain.rules import Rules
from gateway.domain.services import Service

_PERSON: Final = "outgoing calls"
"""In the place of an occasion: one key for a person, whatever was finished."""


class PlanCalls:
    """Queues at most one series of calls for each person and occasion."""

    def __init__(self, rules: Rules, plan: CallPlan) -> None:
        self._rules = rules
        self._plan = plan

    async def __call__(
        self, work: UnitOfWork, service: Service, invitation: Invitation, now: datetime
    ) -> None:
        """Owe the calls about a service that has just begun to wait for its rating.

        They end where the reminder begins: who is texted is not called any more. Several occasions of one
        person wait for each other.
        """
        remind_at = invitation.remind_at
        waits = invitation.reminder is ReminderState.WAITING and service.kind in self._plan.kinds
        if not waits or remind_at is None or invitation.phone is None or service.completed_at is None:
            return
        earliest = max(service.completed_at + self._plan.after, now)
        zone = zone_of(invitation.timezone, self._rules)
        at = next_opening(earliest, self._plan, self._rules.quiet_hours, zone)
        if at is None or at >= remind_at:
            return
        person = await work.invitations.id_for(_PERSON, invitation.phone)
        entry = OutboxEntry(
            kind=OutboxKind.CALL,
            key=f"call:{invitation.invitation_id}",
            payload={
                "invitation_id": invitation.invitation_id,
                "service_id": service.service_id,
                "visit_no": service.visit_no,
                "timezone": invitation.timezone,
            },
            due_at=at,
            created_at=now,
            order_key=f"call:{person}",
            expires_at=remind_at,
            phone=invitation.phone,
        )
        await work.outbox.add([entry])
