"""A desk from which texts are sent, and the handsets they arrive on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.application.carrier_health import CarrierHealth
from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.deliver_text import DeliverText
from gateway.application.essentials import Essentials
from gateway.application.ports.database import OutboxRow
from gateway.application.reconcile_text import REPEATED
from gateway.domain.ids import InvitationId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics

CITIZEN = PhoneNumber("+8613800138000")
OTHER = PhoneNumber("+8613900139000")
ZONE = "Asia/Shanghai"


@dataclass
class Desk:
    """Texts to send, and the handsets they arrive on."""

    deliver: DeliverOutbox
    carrier: DemoSmsCarrier
    database: SqlDatabase
    clock: MovableClock
    health: CarrierHealth
    essentials: Essentials

    async def queue(
        self,
        key: str,
        kind: MessageKind,
        to: PhoneNumber | None = CITIZEN,
        invitation: str | None = None,
        queued_at: datetime | None = None,
        kind_value: str = "",
        line: str = "",
    ) -> None:
        """A text that is due now."""
        now = self.clock.now()
        payload = {
            "kind": kind_value or kind.value,
            "body": key,
            "timezone": ZONE,
            "invitation_id": invitation,
            "line": line,
        }
        if queued_at is not None:
            payload["queued_at"] = queued_at.isoformat()
        entry = OutboxEntry(
            kind=OutboxKind.SMS, key=key, payload=payload, due_at=now, created_at=now, phone=to
        )
        async with self.database.transaction() as work:
            await work.outbox.add([entry])

    async def work(self) -> list[str]:
        """Send what may go; the bodies on the handsets."""
        for claimed in (await self.deliver.claim(10)).wanted:
            await self.deliver.deliver(claimed)
        return [text.body for text in self.carrier.sent]

    async def turn(self, ahead: timedelta = timedelta(0)) -> list[str]:
        """Let time pass, then send what may go."""
        self.clock.advance(ahead)
        return await self.work()

    async def row(self, state: OutboxState) -> OutboxRow:
        """The one entry in that state."""
        async with self.database.reading() as work:
            (row,) = await work.inspection.rows(state, None, 10)
        return row

    async def invite(self, invitation_id: str, rated_at: datetime | None) -> None:
        """An invitation that was reminded of."""
        now = self.clock.now()
        invitation = Invitation(
            invitation_id=InvitationId(invitation_id),
            occasion=f"service:{invitation_id}:1",
            phone=CITIZEN,
            language=Language.CHINESE,
            timezone=ZONE,
            item_name="",
            lead_service_id=ServiceId(invitation_id),
            lead_visit_no=1,
            created_at=now,
            completed_at=now,
            reminder=ReminderState.QUEUED,
            remind_at=None,
            rated_at=rated_at,
        )
        async with self.database.transaction() as work:
            await work.invitations.add(invitation)

    async def opt_out(self, phone: PhoneNumber) -> None:
        """Who wants no texts."""
        async with self.database.transaction() as work:
            assert await work.opt_outs.begin(phone, "退订", self.clock.now())


async def no_receipts(message_id: str, status: str) -> None:
    """Nobody waits for receipts."""
    del message_id, status


@asynccontextmanager
async def open_desk(
    database: SqlDatabase,
    clock: MovableClock,
    *,
    carriers: Sequence[DemoSmsCarrier] = (),
    repeat_unknown: Collection[MessageKind] = REPEATED,
) -> AsyncIterator[Desk]:
    """A desk; the first of the carriers, one of the demonstration's unless given, is `carrier`."""
    chain = list(carriers) or [DemoSmsCarrier(clock=clock, report=no_receipts)]
    essentials = Essentials(database, clock, Rules(), Metrics())
    health = CarrierHealth(chain, clock, essentials.metrics)
    deliverer = DeliverText(essentials, health, repeat_unknown)
    deliver = DeliverOutbox(essentials, OutboxKind.SMS, deliverer, lambda: 0.0)
    yield Desk(deliver, chain[0], database, clock, health, essentials)
    for carrier in chain:
        await carrier.aclose()
