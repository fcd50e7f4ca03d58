"""A suspected violation goes to the department that is competent for it, and not to the agency (R-20)."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from gateway.application.deliver_outbox import Delivered, Deliverer, Dropped, Result
from gateway.application.essentials import Essentials
from gateway.application.ports.mailer import Mailer, OutgoingEmail, ReferralTexts
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import AgencyDirectory, Department
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.handling.acts import Refer
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.ids import FollowUpId
from gateway.domain.notices import BadRatingNotice
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind
from gateway.domain.retry import RetryPolicy

_PERSISTENT: Final = RetryPolicy(
    first_wait=timedelta(seconds=15),
    longest_wait=timedelta(minutes=30),
    give_up_after=timedelta(days=5),
    repeat_unknown=True,
)
_READER_DIGITS: Final = 12


def referral_entry(follow_up_id: FollowUpId, step: int, now: datetime) -> OutboxEntry:
    """What is owed to the department that this step names."""
    return OutboxEntry(
        kind=OutboxKind.REFERRAL,
        key=f"referral:{follow_up_id}:{step}",
        payload={"follow_up_id": follow_up_id, "step": step},
        due_at=now,
        created_at=now,
    )


class DeliverReferral(Deliverer):
    """Writes to every contact of a department; see `Deliverer`."""

    kind = OutboxKind.REFERRAL

    def __init__(
        self,
        essentials: Essentials,
        mailer: Mailer,
        texts: ReferralTexts,
        directory: AgencyDirectory,
        domain: str,
    ) -> None:
        """`domain` is the right side of Message-IDs."""
        self._database = essentials.database
        self._mailer = mailer
        self._texts = texts
        self._directory = directory
        self._domain = domain

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:  # noqa: ARG002 - one policy for all of them
        """Repeat for days."""
        return _PERSISTENT

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Render from the step, and write to each contact by themselves."""
        follow_up_id = FollowUpId(str(claimed.entry.payload["follow_up_id"]))
        number = int(str(claimed.entry.payload["step"]))
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(follow_up_id)
            notice = None if follow_up is None else await notice_of(work, follow_up, self._directory)
            steps = [kept.step for kept in await work.follow_ups.history(follow_up_id)]
        step = next((each for each in steps if each.number == number), None)
        if notice is None or step is None or not isinstance(step.act, Refer):
            return Dropped("what it tells of was purged")
        department = self._directory.departments.get(step.act.department)
        if department is None:
            problem = f"no department {step.act.department}: put it back into the agencies' file"
            raise DeliveryFailed(problem, FailureFacts("no-department", retryable=True))
        emails = self._emails(follow_up_id, step, department, notice)
        failures = [failed for email in emails if (failed := await self._failure_of(email))]
        if len(failures) < len(emails):
            return Delivered()
        raise failures[0]

    def _emails(
        self, follow_up_id: FollowUpId, step: FollowUpStep, department: Department, notice: BadRatingNotice
    ) -> list[OutgoingEmail]:
        rendered = self._texts.referral(notice, department.name, step)
        emails = []
        for contact in department.contacts:
            reader = sha256(contact.email.casefold().encode()).hexdigest()[:_READER_DIGITS]
            emails.append(
                OutgoingEmail(
                    message_id=f"<{follow_up_id}.referral{step.number}.{reader}@{self._domain}>",
                    subject=rendered.subject,
                    to=(contact.email,),
                    text=rendered.text,
                    html=rendered.html,
                )
            )
        return emails

    async def _failure_of(self, email: OutgoingEmail) -> DeliveryFailed | None:
        """Why it did not get there; None when it did."""
        try:
            await self._mailer.send(email)
        except DeliveryFailed as failed:
            return failed
        return None
