"""Writing to agencies about follow-ups (R-10 to R-12), or to the bureau where it is to know (R-19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from gateway.application.collect_digest import CollectDigest
from gateway.application.deliver_outbox import Delivered, Deliverer, Dropped, Later, Redirected, Result
from gateway.application.essentials import Essentials
from gateway.application.ports.database import UnitOfWork
from gateway.application.ports.mailer import EmailTexts, Mailer, OutgoingEmail, RenderedEmail
from gateway.application.ports.return_addresses import ReturnAddresses
from gateway.application.take_step import TakeStep
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import AgencyDirectory, Contact
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import SYSTEM, InformBureau, Judge
from gateway.domain.handling.history import fold
from gateway.domain.handling.letters import BUREAU_TIER, LetterContent, LetterKind, duty_of, letter_kind
from gateway.domain.handling.progress import deadline_of
from gateway.domain.ids import FollowUpId
from gateway.domain.notices import BadRatingNotice
from gateway.domain.outbox import ClaimedEntry, OutboxState
from gateway.domain.retry import RetryPolicy

log = structlog.get_logger()

_READER_DIGITS: Final = 12
"""Of a digest of the address: tells the emails of one step apart, and tells nobody the address."""
_NEXT_LOOK: Final = timedelta(minutes=5)
"""How long an email that only a newer release can write is left to it."""
_PERSISTENT: Final = RetryPolicy(
    first_wait=timedelta(seconds=15),
    longest_wait=timedelta(minutes=30),
    give_up_after=timedelta(days=5),
    repeat_unknown=True,
)
"""A mail server may be away for a weekend; the stable Message-ID lets receivers drop a second copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matter:
    """What an email is about, as it stands now."""

    follow_up: FollowUp
    notice: BadRatingNotice
    content: LetterContent


class DeliverEmail(Deliverer):
    """Writes to contacts, tier by tier, with what is known when it is written."""

    def __init__(
        self,
        essentials: Essentials,
        mailer: Mailer,
        texts: EmailTexts,
        directory: AgencyDirectory,
        *,
        domain: str,
        page_of: Callable[[FollowUp, Contact], str],
        digests: CollectDigest,
        addresses: ReturnAddresses,
    ) -> None:
        """`page_of` gives the address of a contact's own page of a follow-up."""
        self._addresses = addresses
        self._database = essentials.database
        self._clock = essentials.clock
        self._take_step = TakeStep(essentials.rules)
        self._mailer = mailer
        self._texts = texts
        self._directory = directory
        self._domain = domain
        self._page_of = page_of
        self._digests = digests

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:  # noqa: ARG002 - one policy for all emails
        """Repeat for days."""
        return _PERSISTENT

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Render with what is known now, and write to everybody of the present tier."""
        payload = claimed.entry.payload
        if "digest" in payload:
            return await self._deliver_digest(claimed.entry.key, payload)
        if letter_kind(payload) is None:
            return Later(self._clock.now() + _NEXT_LOOK, "of a kind that this release does not know")
        matter = await self._matter(payload)
        if isinstance(matter, Dropped):
            return matter
        tiers = self._directory.tiers(matter.follow_up.agency_code)
        tier = len(tiers) - 1 if payload["tier"] == BUREAU_TIER else int(str(payload["tier"]))
        contacts = tiers[tier] if tier < len(tiers) else ()
        emails = [self._email(matter, str(payload["step"]), contact) for contact in contacts]
        failures = await self._send(claimed.entry.key, emails)
        if len(failures) < len(emails):
            return Delivered()
        # Whoever may still take it is worth waiting for; only refusals for good lead to the next tier.
        failure = next(
            (f for f in failures if _may_succeed(f)), failures[0] if failures else _nobody(claimed.entry.key)
        )
        if _may_succeed(failure) or tier + 1 >= len(tiers):
            raise failure
        return Redirected({**payload, "tier": tier + 1}, f"refused for good: {failure.facts.code}")

    async def settled(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], state: OutboxState, now: datetime
    ) -> None:
        """That the bureau has been told of a rating that is not adopted is a step (R-12)."""
        for each in claimed:
            if state is OutboxState.DONE and letter_kind(each.entry.payload) is LetterKind.NOT_ADOPTED:
                follow_up_id = FollowUpId(str(each.entry.payload["follow_up_id"]))
                try:
                    await self._take_step(work, follow_up_id, SYSTEM, InformBureau(), now)
                except LookupError as damage:
                    # The email has left: it must be settled, lest it leaves again.
                    log.warning("bureau_informed_not_noted", follow_up_id=follow_up_id, why=str(damage))

    async def _matter(self, payload: Mapping[str, object]) -> _Matter | Dropped:
        kind, duty = letter_kind(payload) or LetterKind.OPENED, duty_of(payload)
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(FollowUpId(str(payload["follow_up_id"])))
            notice = None if follow_up is None else await notice_of(work, follow_up, self._directory)
            if follow_up is None or notice is None:
                return Dropped("the follow-up was purged")
            if kind is LetterKind.OPENED:
                return _Matter(follow_up=follow_up, notice=notice, content=LetterContent(kind=kind))
            history = [kept.step for kept in await work.follow_ups.history(follow_up.follow_up_id)]
        progress = fold(follow_up, history)
        deadline = deadline_of(progress)
        if duty is not None and (deadline is None or deadline.kind is not duty):
            return Dropped("done meanwhile")
        judged = next((s.act for s in reversed(history) if isinstance(s.act, Judge)), None)
        content = LetterContent(
            kind=kind,
            duty=duty,
            due_at=deadline.at if deadline else None,
            verdict=progress.verdict,
            words=judged.reasons if judged and kind is LetterKind.NOT_ADOPTED else "",
        )
        return _Matter(follow_up=follow_up, notice=notice, content=content)

    async def _deliver_digest(self, key: str, payload: Mapping[str, object]) -> Result:
        collected = await self._digests(payload)
        if collected is None:
            return Dropped("nothing is unfinished")
        contact, rendered = collected
        digest = sha256(key.encode()).hexdigest()[:_READER_DIGITS]
        email = OutgoingEmail(
            message_id=f"<digest.{payload['digest']}.{digest}@{self._domain}>",
            subject=rendered.subject,
            to=(contact.email,),
            text=rendered.text,
            html=rendered.html,
        )
        await self._mailer.send(email)
        return Delivered()

    async def _send(self, key: str, emails: Sequence[OutgoingEmail]) -> list[DeliveryFailed]:
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
                log.warning("email_recipient_refused", key=key, code=code)
        return failures

    def _email(self, matter: _Matter, step: str, contact: Contact) -> OutgoingEmail:
        rendered = self._rendered(matter, self._page_of(matter.follow_up, contact))
        follow_up_id = matter.notice.follow_up_id
        thread = f"<{follow_up_id}@{self._domain}>"
        reader = sha256(contact.email.casefold().encode()).hexdigest()[:_READER_DIGITS]
        opening = f"<{follow_up_id}.{LetterKind.OPENED.value}.{reader}@{self._domain}>"
        is_opening = matter.content.kind is LetterKind.OPENED
        return OutgoingEmail(
            message_id=f"<{follow_up_id}.{step}.{reader}@{self._domain}>",
            subject=rendered.subject,
            to=(contact.email,),
            text=rendered.text,
            html=rendered.html,
            calendar=rendered.calendar,
            return_address=self._addresses.seal(follow_up_id, contact),
            references=(thread,) if is_opening else (thread, opening),
            in_reply_to=None if is_opening else opening,
            headers={"X-Follow-Up": follow_up_id},
        )

    def _rendered(self, matter: _Matter, page: str) -> RenderedEmail:
        if matter.content.kind is LetterKind.OPENED:
            return self._texts.bad_rating(matter.notice, page)
        return self._texts.letter(matter.notice, matter.content, page)


def _may_succeed(failure: DeliveryFailed) -> bool:
    return failure.facts.retryable or failure.facts.outcome_unknown


def _nobody(key: str) -> DeliveryFailed:
    return DeliveryFailed(f"nobody to write to: {key}", FailureFacts("no-recipient", retryable=False))
