"""Telling the agency of a bad rating (R-10), or the bureau where there is no agency to tell (R-19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final

import structlog

from gateway.application.deliver_outbox import Delivered, Deliverer, Dropped, Redirected, Result
from gateway.application.essentials import Essentials
from gateway.application.ports.mailer import EmailTexts, Mailer, OutgoingEmail
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import AgencyDirectory, Contact
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.follow_ups import FollowUp
from gateway.domain.ids import FollowUpId
from gateway.domain.notices import BadRatingNotice
from gateway.domain.outbox import ClaimedEntry
from gateway.domain.retry import RetryPolicy

log = structlog.get_logger()

_READER_DIGITS: Final = 12
"""Of a digest of the address: tells the emails of one step apart, and tells nobody the address."""
_PERSISTENT: Final = RetryPolicy(
    first_wait=timedelta(seconds=15),
    longest_wait=timedelta(minutes=30),
    give_up_after=timedelta(days=5),
    repeat_unknown=True,
)
"""A mail server may be away for a weekend; the stable Message-ID lets receivers drop a second copy."""


class DeliverEmail(Deliverer):
    """Writes to the agency's contacts, tier by tier."""

    def __init__(
        self,
        essentials: Essentials,
        mailer: Mailer,
        texts: EmailTexts,
        directory: AgencyDirectory,
        domain: str,
        page_of: Callable[[FollowUp, Contact], str],
    ) -> None:
        """`page_of` gives the address of a contact's own page of a follow-up."""
        self._database = essentials.database
        self._mailer = mailer
        self._texts = texts
        self._directory = directory
        self._domain = domain
        self._page_of = page_of

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:  # noqa: ARG002 - one policy for all emails
        """Repeat for days."""
        return _PERSISTENT

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Render with what is known now, and write to everybody of the present tier."""
        payload = claimed.entry.payload
        follow_up_id = FollowUpId(str(payload["follow_up_id"]))
        tier = int(str(payload["tier"]))
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(follow_up_id)
            notice = None if follow_up is None else await notice_of(work, follow_up, self._directory)
        if follow_up is None or notice is None:
            return Dropped("the follow-up was purged")
        tiers = self._directory.tiers(follow_up.agency_code)
        contacts = tiers[tier] if tier < len(tiers) else ()
        emails = [self._email(notice, str(payload["step"]), follow_up, contact) for contact in contacts]
        failures = await self._send(follow_up_id, emails)
        if len(failures) < len(emails):
            return Delivered()
        # Whoever may still take it is worth waiting for; only refusals for good lead to the next tier.
        failure = next(
            (f for f in failures if _may_succeed(f)), failures[0] if failures else _nobody(follow_up_id)
        )
        if _may_succeed(failure) or tier + 1 >= len(tiers):
            raise failure
        return Redirected({**payload, "tier": tier + 1}, f"refused for good: {failure.facts.code}")

    async def _send(self, follow_up_id: FollowUpId, emails: Sequence[OutgoingEmail]) -> list[DeliveryFailed]:
        """Write to each; why it failed for those who did not get it."""
        failures: list[DeliveryFailed] = []
        for email in emails:
            try:
                await self._mailer.send(email)
            except DeliveryFailed as failure:
                failures.append(failure)
        if len(failures) < len(emails):
            for code in [failed.facts.code for failed in failures]:
                # Somebody at the agency has it, so the duty is done; the bad address is for the operator.
                log.warning("email_recipient_refused", follow_up_id=follow_up_id, code=code)
        return failures

    def _email(
        self, notice: BadRatingNotice, step: str, follow_up: FollowUp, contact: Contact
    ) -> OutgoingEmail:
        rendered = self._texts.bad_rating(notice, self._page_of(follow_up, contact))
        thread = f"<{notice.follow_up_id}@{self._domain}>"
        reader = sha256(contact.email.casefold().encode()).hexdigest()[:_READER_DIGITS]
        return OutgoingEmail(
            message_id=f"<{notice.follow_up_id}.{step}.{reader}@{self._domain}>",
            subject=rendered.subject,
            to=(contact.email,),
            text=rendered.text,
            html=rendered.html,
            references=(thread,),
            headers={"X-Follow-Up": notice.follow_up_id},
        )


def _may_succeed(failure: DeliveryFailed) -> bool:
    return failure.facts.retryable or failure.facts.outcome_unknown


def _nobody(follow_up_id: FollowUpId) -> DeliveryFailed:
    return DeliveryFailed(
        f"nobody to write to about {follow_up_id}", FailureFacts("no-recipient", retryable=False)
    )
