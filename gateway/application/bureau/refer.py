"""A suspected violation goes to the department that is competent for it, and not to the agency (R-20)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gateway.application.deliverer import Delivered, Deliverer, Dropped, Result
from gateway.application.email_readers import may_succeed, reader_of, send_to_each
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


def referral_entry(follow_up_id: FollowUpId, step: int, now: datetime, reader: str = "") -> OutboxEntry:
    """What is owed to the department that this step names, or to one of its readers alone."""
    of_one = {"reader": reader} if reader else {}
    return OutboxEntry(
        kind=OutboxKind.REFERRAL,
        key=f"referral:{follow_up_id}:{step}" + (f":{reader}" if reader else ""),
        payload={"follow_up_id": follow_up_id, "step": step, **of_one},
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
        self._clock = essentials.clock
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
        if department is None or not department.contacts:
            problem = f"nobody to write to at {step.act.department}: put them back into the agencies' file"
            raise DeliveryFailed(problem, FailureFacts("no-department", retryable=True))
        emails = self._emails(follow_up_id, step, department, notice)
        only = claimed.entry.payload.get("reader")
        if only is not None:
            # The copy of one who could not be reached when the others were.
            emails = {reader: email for reader, email in emails.items() if reader == only}
            if not emails:
                return Dropped("its reader is not on the list any more")
        failures = await send_to_each(self._mailer, emails)
        waiting = [reader for reader, failure in failures.items() if may_succeed(failure)]
        if len(failures) < len(emails):
            now = self._clock.now()
            return Delivered(owes=[referral_entry(follow_up_id, number, now, reader) for reader in waiting])
        raise failures[waiting[0] if waiting else next(iter(failures))]

    def _emails(
        self, follow_up_id: FollowUpId, step: FollowUpStep, department: Department, notice: BadRatingNotice
    ) -> dict[str, OutgoingEmail]:
        rendered = self._texts.referral(notice, department.name, step)
        emails = {}
        for contact in department.contacts:
            reader = reader_of(contact)
            emails[reader] = OutgoingEmail(
                message_id=f"<{follow_up_id}.referral{step.number}.{reader}@{self._domain}>",
                subject=rendered.subject,
                to=(contact.email,),
                text=rendered.text,
                html=rendered.html,
            )
        return emails
