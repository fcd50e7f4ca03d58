"""Telling the agency of a bad rating (R-10), or the bureau where there is no agency to tell (R-19)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from gateway.application.deliver_outbox import Delivered, Deliverer, Dropped, Redirected, Result
from gateway.application.essentials import Essentials
from gateway.application.ports.mailer import EmailTexts, Mailer, OutgoingEmail
from gateway.domain.agencies import AgencyDirectory, Contact
from gateway.domain.errors import DeliveryFailed
from gateway.domain.evaluations import Evaluation
from gateway.domain.follow_ups import FollowUp
from gateway.domain.ids import FollowUpId
from gateway.domain.notices import BadRatingNotice
from gateway.domain.outbox import ClaimedEntry
from gateway.domain.retry import RetryPolicy
from gateway.domain.subjects import SubjectKind

log = structlog.get_logger()

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
    ) -> None:
        self._database = essentials.database
        self._mailer = mailer
        self._texts = texts
        self._directory = directory
        self._domain = domain

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:  # noqa: ARG002 - one policy for all emails
        """Repeat for days."""
        return _PERSISTENT

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Render with what is known now, and send to the present tier."""
        payload = claimed.entry.payload
        follow_up_id = FollowUpId(str(payload["follow_up_id"]))
        tier = int(str(payload["tier"]))
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(follow_up_id)
            evaluation = await work.evaluations.get(follow_up.evaluation_id) if follow_up else None
            if follow_up is None or evaluation is None:
                return Dropped("the follow-up was purged")
            service = await work.services.get(evaluation.service_id, evaluation.visit_no)
        item_name = service.service.item.name if service else ""
        item_code = service.service.item.code if service else ""
        tiers = self._directory.tiers(follow_up.agency_code)
        notice = self._notice(follow_up, evaluation, item_name, item_code)
        email = self._email(notice, str(payload["step"]), tiers[tier] if tier < len(tiers) else ())
        try:
            receipt = await self._mailer.send(email)
        except DeliveryFailed as failure:
            if failure.facts.retryable or failure.facts.outcome_unknown or tier + 1 >= len(tiers):
                raise
            return Redirected({**payload, "tier": tier + 1}, f"refused for good: {failure.facts.code}")
        for refused in receipt.refused:
            # Somebody at the agency has it, so the duty is done; the bad address is for the operator to mend.
            log.warning("email_recipient_refused", follow_up_id=follow_up_id, code=refused.code)
        return Delivered()

    def _notice(
        self, follow_up: FollowUp, evaluation: Evaluation, item_name: str, item_code: str
    ) -> BadRatingNotice:
        agency = self._directory.find(follow_up.agency_code)
        if evaluation.level is None:
            raise LookupError(f"follow-up {follow_up.follow_up_id} stems from an evaluation without a level")
        is_item = evaluation.subject.kind is SubjectKind.ITEM
        return BadRatingNotice(
            follow_up_id=follow_up.follow_up_id,
            agency_name=agency.name if agency else follow_up.agency_code,
            region_code=evaluation.region_code,
            item_name=evaluation.subject.name if is_item else item_name,
            item_code=evaluation.subject.code if is_item else item_code,
            service_id=evaluation.service_id,
            subject=evaluation.subject,
            level=evaluation.level,
            channel=evaluation.channel,
            evaluated_at=evaluation.evaluated_at,
            comment=evaluation.comment,
            reason=evaluation.reason,
            recording_left=bool(evaluation.recording_url),
            acknowledge_by=follow_up.acknowledge_by,
            call_back_by=follow_up.call_back_by,
            rectify_by=follow_up.rectify_by,
            unknown_agency=agency is None,
            sequence=evaluation.sequence,
            batch_count=follow_up.applies_to,
        )

    def _email(self, notice: BadRatingNotice, step: str, to: tuple[Contact, ...]) -> OutgoingEmail:
        rendered = self._texts.bad_rating(notice)
        thread = f"<{notice.follow_up_id}@{self._domain}>"
        return OutgoingEmail(
            message_id=f"<{notice.follow_up_id}.{step}@{self._domain}>",
            subject=rendered.subject,
            to=tuple(contact.email for contact in to),
            text=rendered.text,
            html=rendered.html,
            references=(thread,),
            headers={"X-Follow-Up": notice.follow_up_id},
        )
