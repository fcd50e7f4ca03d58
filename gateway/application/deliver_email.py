"""Writing to agencies about follow-ups (R-10 to R-12), or to the bureau where it is to know (R-19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from gateway.application.collect_digest import CollectDigest
from gateway.application.deliverer import Delivered, Deliverer, Dropped, Later, Redirected, Result
from gateway.application.email_readers import READER_DIGITS, may_succeed, reader_of, send_to_each
from gateway.application.essentials import Essentials
from gateway.application.ports.contact_links import PageOf
from gateway.application.ports.database import NOBODY_READ, UnitOfWork
from gateway.application.ports.mailer import EmailTexts, Mailer, OutgoingEmail, RenderedEmail
from gateway.application.ports.return_addresses import ReturnAddresses
from gateway.application.take_step import TakeStep
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import AgencyDirectory, Contact
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import SYSTEM, InformBureau, Judge, Overrule, Return
from gateway.domain.handling.history import FollowUpStep, fold
from gateway.domain.handling.letters import (
    BUREAU_TIER,
    LetterContent,
    LetterKind,
    Rest,
    duty_of,
    letter_kind,
    rest_of,
)
from gateway.domain.handling.progress import deadline_of
from gateway.domain.handling.result_texts import is_told
from gateway.domain.ids import FollowUpId
from gateway.domain.notices import BadRatingNotice
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.retry import RetryPolicy

log = structlog.get_logger()

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
    gone: frozenset[str]
    """Whose mailboxes gave emails about it back, as return addresses name them."""


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
        page_of: PageOf,
        digests: CollectDigest,
        addresses: ReturnAddresses,
    ) -> None:
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
        rest = rest_of(payload)
        letter = payload if rest is None else rest.letter
        if letter_kind(letter) is None:
            return Later(self._clock.now() + _NEXT_LOOK, "of a kind that this release does not know")
        matter = await self._matter(letter)
        if isinstance(matter, Dropped):
            return matter
        if rest is not None:
            return await self._deliver_rest(claimed, matter, rest)
        return await self._deliver_letter(claimed, matter)

    async def _deliver_letter(self, claimed: ClaimedEntry, matter: _Matter) -> Result:
        entry = claimed.entry
        tiers = self._directory.tiers(matter.follow_up.agency_code)
        tier, contacts = self._tier(tiers, int(str(entry.payload["tier"])), matter.gone)
        # By reader: who is on the list twice gets it once.
        emails = dict(self._email(matter, entry, entry.payload, each) for each in contacts)
        failures = await send_to_each(self._mailer, emails)
        if len(failures) < len(emails):
            # Somebody has it, so it is not taken to the next tier; a bad address is for the operator.
            self._tell_refused(entry.key, failures.values())
            waiting = [reader for reader, failure in failures.items() if may_succeed(failure)]
            return Delivered(owes=[self._rest(entry, reader) for reader in waiting])
        # Whoever may still take it is worth waiting for; only refusals for good lead to the next tier.
        failure = next(
            (f for f in failures.values() if may_succeed(f)),
            next(iter(failures.values()), None) or _nobody(entry.key),
        )
        if may_succeed(failure) or tier + 1 >= len(tiers):
            raise failure
        return Redirected({**entry.payload, "tier": tier + 1}, f"refused for good: {failure.facts.code}")

    async def _deliver_rest(self, claimed: ClaimedEntry, matter: _Matter, rest: Rest) -> Result:
        """The copy of one who was not reached when the others were; nobody else gets it again."""
        entry = claimed.entry
        tiers = self._directory.tiers(matter.follow_up.agency_code)
        contact = next((c for tier in tiers for c in tier if reader_of(c) == rest.reader), None)
        if contact is None:
            return Dropped("its reader is not on the list of contacts any more")
        failures = await send_to_each(self._mailer, dict([self._email(matter, entry, rest.letter, contact)]))
        if not failures:
            return Delivered()
        (failure,) = failures.values()
        if may_succeed(failure):
            raise failure
        self._tell_refused(entry.key, [failure])
        return Dropped(f"refused for good: {failure.facts.code}; others have it")

    def _tier(
        self, tiers: Sequence[Sequence[Contact]], wanted: int, gone: frozenset[str]
    ) -> tuple[int, Sequence[Contact]]:
        """Which tier is written to, and everybody who is.

        Where all of its emails came back, the next who can be reached is written to as well: a mailbox that
        was full may take it by now.
        """
        last = len(tiers) - 1
        if last < 0:
            return 0, ()
        tier = last if wanted == BUREAU_TIER else min(wanted, last)
        reached = tier
        while reached < last and all(self._addresses.name_of(each) in gone for each in tiers[reached]):
            reached += 1
        return tier, tiers[tier] if reached == tier else (*tiers[tier], *tiers[reached])

    def _rest(self, entry: OutboxEntry, reader: str) -> OutboxEntry:
        now = self._clock.now()
        return OutboxEntry(
            kind=OutboxKind.EMAIL,
            key=f"{entry.key}:{reader}",
            payload=Rest(entry.payload, reader).payload,
            due_at=now + _PERSISTENT.first_wait,
            created_at=now,
        )

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
            gone = await work.incoming_mails.bounced(follow_up.follow_up_id, NOBODY_READ)
            if kind is LetterKind.OPENED:
                content = LetterContent(kind=kind)
                return _Matter(follow_up=follow_up, notice=notice, content=content, gone=gone)
            history = [kept.step for kept in await work.follow_ups.history(follow_up.follow_up_id)]
        if kind is LetterKind.TELL_BY_PHONE and is_told(history):
            return Dropped("the citizen was told meanwhile")
        progress = fold(follow_up, history)
        deadline = deadline_of(progress)
        if duty is not None and (deadline is None or deadline.kind is not duty):
            return Dropped("done meanwhile")
        content = LetterContent(
            kind=kind,
            duty=duty,
            due_at=deadline.at if deadline else None,
            verdict=progress.verdict,
            words=_reasons(kind, history),
            steps=progress.steps,
        )
        return _Matter(follow_up=follow_up, notice=notice, content=content, gone=gone)

    async def _deliver_digest(self, key: str, payload: Mapping[str, object]) -> Result:
        collected = await self._digests(payload)
        if collected is None:
            return Dropped("nothing is unfinished")
        contact, rendered = collected
        digest = sha256(key.encode()).hexdigest()[:READER_DIGITS]
        email = OutgoingEmail(
            message_id=f"<digest.{payload['digest']}.{digest}@{self._domain}>",
            subject=rendered.subject,
            to=(contact.email,),
            text=rendered.text,
            html=rendered.html,
        )
        await self._mailer.send(email)
        return Delivered()

    def _tell_refused(self, key: str, failures: Iterable[DeliveryFailed]) -> None:
        for failure in failures:
            if not may_succeed(failure):
                log.warning("email_recipient_refused", key=key, code=failure.facts.code)

    def _email(
        self, matter: _Matter, entry: OutboxEntry, letter: Mapping[str, object], contact: Contact
    ) -> tuple[str, OutgoingEmail]:
        """Its reader, and the email to them: the same at every try."""
        rendered = self._rendered(matter, self._page_of(matter.follow_up, contact, entry.created_at))
        follow_up_id = matter.notice.follow_up_id
        thread = f"<{follow_up_id}@{self._domain}>"
        reader = reader_of(contact)
        opening = f"<{follow_up_id}.{LetterKind.OPENED.value}.{reader}@{self._domain}>"
        is_opening = matter.content.kind is LetterKind.OPENED
        return reader, OutgoingEmail(
            message_id=f"<{follow_up_id}.{letter['step']}.{reader}@{self._domain}>",
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


def _reasons(kind: LetterKind, history: Sequence[FollowUpStep]) -> str:
    """Why: what an email quotes of the step that it tells of."""
    acts = [step.act for step in reversed(history)]
    match kind:
        case LetterKind.NOT_ADOPTED:
            return next((act.reasons for act in acts if isinstance(act, Judge)), "")
        case LetterKind.RETURNED:
            return next((act.why for act in acts if isinstance(act, Return | Overrule)), "")
        case _:
            return ""


def _nobody(key: str) -> DeliveryFailed:
    return DeliveryFailed(f"nobody to write to: {key}", FailureFacts("no-recipient", retryable=False))
