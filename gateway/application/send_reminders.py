"""A finished service has waited 24 hours for its rating: remind the citizen, once (R-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from gateway.application.essentials import Essentials
from gateway.application.ports.database import UnitOfWork
from gateway.application.queue_text import QueueText, TextOrder
from gateway.application.rated_by_now import rated_by_now
from gateway.application.record_evaluation import after_last_rating
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.matching import letter_for_reminder
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxEntry
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.reminders import ReminderVerdict, has_misfired, judge_reminder, next_allowed, zone_of

log = structlog.get_logger()

_TOLD: Final = 5
_AGAIN_IN: Final = timedelta(hours=1)
"""When a number that cannot be read is tried again: somebody may put its key back."""
BATCH: Final = 200
"""Reminders judged in one transaction; bounds memory however many are waiting."""
_UNREADABLE: Final = "no key of privacy.keys opens their numbers, or they are damaged"


class SendReminders:
    """Queues due reminders in batches."""

    def __init__(self, essentials: Essentials, queue_text: QueueText) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._metrics = essentials.metrics
        self._queue_text = queue_text

    async def __call__(self) -> int:
        """Judge one batch of due reminders; the number judged, less than BATCH when no more are due."""
        async with self._database.transaction() as work:
            now = self._clock.now()
            due = await work.invitations.due_reminders(now, BATCH)
            if not due:
                return 0
            unrated, rated = await self._sort(work, due)
            reachable = [(i, i.phone) for i in unrated if i.phone is not None]
            phones = {phone for _, phone in reachable}
            opted_out = await work.opt_outs.are_out(phones)
            since = now - self._rules.additional_period
            texted = _by_phone(await work.invitations.texted_and_unrated(phones, since))
            asked_else = await work.result_texts.unanswered(phones, since)
            entries, changed = self._judge(reachable, opted_out, texted, asked_else, now)
            await work.outbox.add(entries)
            numberless = self._numberless([i for i in unrated if i.phone is None], now)
            await work.invitations.update(
                [*changed, *numberless, *(after_last_rating(i, now) for i in rated)]
            )
        self._metrics.reminder_judged(verdict=ReminderState.CANCELLED.value, count=len(rated))
        log.info("reminders_judged", judged=len(due), queued=len(entries))
        return len(due)

    async def next_due_at(self) -> datetime | None:
        """When the next reminder falls due."""
        async with self._database.reading() as work:
            return await work.invitations.next_reminder_at()

    async def _sort(
        self, work: UnitOfWork, due: Sequence[Invitation]
    ) -> tuple[list[Invitation], list[Invitation]]:
        """What is unrated, and what was rated by another way than its own (another visit of the service)."""
        done = await rated_by_now(work, due)
        unrated = [i for i in due if i.invitation_id not in done]
        return unrated, [i for i in due if i.invitation_id in done]

    def _judge(
        self,
        due: Sequence[tuple[Invitation, PhoneNumber]],
        opted_out: frozenset[PhoneNumber],
        texted: dict[PhoneNumber, list[Invitation]],
        asked_else: frozenset[PhoneNumber],
        now: datetime,
    ) -> tuple[list[OutboxEntry], list[Invitation]]:
        entries: list[OutboxEntry] = []
        changed: list[Invitation] = []
        for invitation, phone in due:
            due_at = invitation.remind_at or now
            zone = zone_of(invitation.timezone, self._rules)
            verdict = judge_reminder(due_at, now, self._rules, zone, opted_out=phone in opted_out)
            self._metrics.reminder_judged(verdict=verdict.value)
            if verdict is ReminderVerdict.SEND:
                letter = letter_for_reminder(
                    texted[phone], now, self._rules.additional_period, asked_else=phone in asked_else
                )
                reminded = _reminded(invitation, letter, now)
                texted[phone].append(reminded)
                entries.append(self._entry(reminded, phone, now, due_at))
                changed.append(reminded)
            else:
                changed.append(self._unsent(invitation, verdict, now, zone))
        return entries, changed

    def _numberless(self, due: Sequence[Invitation], now: datetime) -> list[Invitation]:
        """What becomes of those whose number cannot be read: they must not stand before all others."""
        if not due:
            return []
        which = [invitation.invitation_id for invitation in due[:_TOLD]]
        log.warning("reminders_without_number", count=len(due), invitations=which, why=_UNREADABLE)
        self._metrics.reminder_judged(verdict=ReminderVerdict.NO_NUMBER.value, count=len(due))
        later: list[Invitation] = []
        for invitation in due:
            # Its own date moves each time, and would never have misfired.
            was_due = (invitation.completed_at or invitation.created_at) + self._rules.reminder_after
            if has_misfired(was_due, now, self._rules):
                self._metrics.reminder_judged(verdict=ReminderVerdict.MISFIRED.value)
                later.append(replace(invitation, reminder=ReminderState.MISFIRED, remind_at=None))
            else:
                later.append(replace(invitation, remind_at=now + _AGAIN_IN))
        return later

    def _entry(
        self, invitation: Invitation, phone: PhoneNumber, now: datetime, due_at: datetime
    ) -> OutboxEntry:
        order = TextOrder(
            key=reminder_key(invitation),
            kind=MessageKind.REMINDER,
            to=phone,
            language=invitation.language,
            timezone=invitation.timezone,
            variables={"item_name": invitation.item_name, "letter": invitation.letter or ""},
            invitation_id=invitation.invitation_id,
        )
        return self._queue_text(order, now, expires_at=due_at + self._rules.reminder_misfire)

    def _unsent(
        self, invitation: Invitation, verdict: ReminderVerdict, now: datetime, zone: ZoneInfo
    ) -> Invitation:
        if verdict is ReminderVerdict.POSTPONE:
            return replace(invitation, remind_at=next_allowed(now, self._rules.quiet_hours, zone))
        state = ReminderState.OPTED_OUT if verdict is ReminderVerdict.OPTED_OUT else ReminderState.MISFIRED
        return replace(invitation, reminder=state, remind_at=None)


def reminder_key(invitation: Invitation) -> str:
    """The key of an invitation's one reminder, the same also where a restored backup has it made anew.

    The day of the service comes first, so that the keys of a day lie together: in no order, each amid
    millions has a page of the index to itself, to be read and written.
    """
    day = (invitation.completed_at or invitation.created_at).astimezone(UTC)
    return f"reminder:{day:%Y%m%d}:{invitation.invitation_id}"


def _reminded(invitation: Invitation, letter: str | None, now: datetime) -> Invitation:
    return replace(invitation, reminder=ReminderState.QUEUED, remind_at=None, letter=letter, texted_at=now)


def _by_phone(invitations: Sequence[Invitation]) -> defaultdict[PhoneNumber, list[Invitation]]:
    grouped: defaultdict[PhoneNumber, list[Invitation]] = defaultdict(list)
    for invitation in invitations:
        if invitation.phone is not None:
            grouped[invitation.phone].append(invitation)
    return grouped
