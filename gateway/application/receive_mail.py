"""An email came back: a contact's reply becomes a remark, a bounce leads on to who can be reached (R-10).

Who wrote is told by two things together: the return address, which only those who were written to have, and
the sender, who must be among the contacts. Whatever lacks one of them is kept aside for the bureau.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from gateway.application.essentials import Essentials
from gateway.application.owe_letter import owed_letter
from gateway.application.ports.database import NOBODY_READ, KeptMail, MailOutcome, UnitOfWork
from gateway.application.ports.return_addresses import ReturnAddress, ReturnAddresses
from gateway.application.take_step import Taken, TakeStep
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.errors import AlreadyRecorded, Unauthentic
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.acts import Actor, ActorKind, Comment
from gateway.domain.handling.judgement import LONGEST_WORDS, Refusal
from gateway.domain.handling.letters import BUREAU_TIER, Letter, LetterKind
from gateway.domain.mail.incoming import BounceClass, IncomingMail, MailNature
from gateway.domain.mail.quotes import cut_quotes

log = structlog.get_logger()

_CUT: Final = "……（邮件太长，后面的没有收录）"
_FILES: Final = "（随邮件发来的附件{}个没有收录，需要的请在工单页面上传）"
_MOST_STEPS: Final = 300
"""Far more than anybody takes: a program gone wild, or a sender who is forged, must not fill up a history."""
_BOUNCES: Final = {
    BounceClass.PERMANENT: MailOutcome.PERMANENT,
    BounceClass.MAILBOX_FULL: MailOutcome.MAILBOX_FULL,
    BounceClass.DELAYED: MailOutcome.DELAYED,
}


class ReceiveMail:
    """Takes emails, each once."""

    def __init__(
        self,
        essentials: Essentials,
        take_step: TakeStep,
        addresses: ReturnAddresses,
        directory: AgencyDirectory,
    ) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._take_step = take_step
        self._addresses = addresses
        self._directory = directory

    async def __call__(self, mail: IncomingMail) -> MailOutcome | None:
        """Take one email; None for one that was taken before.

        Raises:
            Unavailable: nothing was stored; hand it in again.

        """
        try:
            return await self._take(mail)
        except AlreadyRecorded:
            return await self._take(mail)

    async def _take(self, mail: IncomingMail) -> MailOutcome | None:
        async with self._database.transaction() as work:
            if await work.incoming_mails.is_known(mail.key):
                return None
            now = self._clock.now()
            kept = await self._judge(work, mail, now)
            await work.incoming_mails.add(kept)
        log.info("mail_received", outcome=kept.outcome.value, follow_up_id=kept.follow_up_id, why=kept.why)
        return kept.outcome

    async def _judge(self, work: UnitOfWork, mail: IncomingMail, now: datetime) -> KeptMail:
        try:
            about = self._about(mail)
        except Unauthentic:
            return _aside(mail, now, "its return address is forged")
        follow_up = None if about is None else await work.follow_ups.get(about.follow_up_id)
        if about is None or follow_up is None:
            return _aside(mail, now, "it does not say which follow-up it is about")
        if mail.nature is MailNature.AUTO_REPLY:
            return _kept(mail, now, about, MailOutcome.AUTO_REPLY)
        if mail.nature is MailNature.BOUNCE:
            return await self._bounce(work, mail, about, follow_up, now)
        return await self._reply(work, mail, about, follow_up, now)

    def _about(self, mail: IncomingMail) -> ReturnAddress | None:
        """What the first address of ours says; one that is forged counts only where none is genuine."""
        forged: Unauthentic | None = None
        for recipient in mail.recipients:
            try:
                found = self._addresses.open(recipient)
            except Unauthentic as refusal:
                forged = refusal
                continue
            if found is not None:
                return found
        if forged is not None:
            raise forged
        return None

    async def _reply(
        self, work: UnitOfWork, mail: IncomingMail, about: ReturnAddress, follow_up: FollowUp, now: datetime
    ) -> KeptMail:
        actor = self._actor(mail.sender, follow_up)
        if actor is None:
            return _aside(mail, now, "its sender is not among the contacts", about)
        if follow_up.steps >= _MOST_STEPS:
            return _aside(mail, now, "its follow-up has so many steps that emails add no more", about)
        words = _words_of(mail)
        if not words:
            return _kept(mail, now, about, MailOutcome.EMPTY)
        try:
            taken = await self._take_step(work, follow_up.follow_up_id, actor, Comment(words), now)
        except LookupError as damage:
            return _aside(mail, now, str(damage), about)
        if not isinstance(taken, Taken):
            why = taken.value if isinstance(taken, Refusal) else "overtaken"
            return _aside(mail, now, f"it cannot be noted now: {why}", about)
        return _kept(mail, now, about, MailOutcome.COMMENT)

    def _actor(self, sender: str, follow_up: FollowUp) -> Actor | None:
        agency, bureau = self._directory.find(follow_up.agency_code), self._directory.bureau
        known = [(c, ActorKind.AGENCY) for c in (agency.contacts if agency else ())]
        known += [(c, ActorKind.BUREAU) for c in (bureau.contacts if bureau else ())]
        return next(
            (Actor(kind, f"{c.name}（邮件回复）") for c, kind in known if c.email.casefold() == sender), None
        )

    async def _bounce(
        self, work: UnitOfWork, mail: IncomingMail, about: ReturnAddress, follow_up: FollowUp, now: datetime
    ) -> KeptMail:
        outcome = _BOUNCES.get(mail.bounce or BounceClass.UNKNOWN)
        if outcome is None:
            return _aside(mail, now, "a mail server reports something that it does not name", about)
        if outcome in NOBODY_READ:
            # Two that come at once must see each other, lest each counts on the other's mailbox.
            held = await work.follow_ups.lock(follow_up.follow_up_id) or follow_up
            gone = await work.incoming_mails.bounced(follow_up.follow_up_id, NOBODY_READ)
            letter = self._next_in_line(held, about.contact, gone | {about.contact})
            if letter is not None:
                await work.outbox.add([owed_letter(letter, now)])
        return _kept(mail, now, about, outcome)

    def _next_in_line(self, follow_up: FollowUp, contact: str, gone: frozenset[str]) -> Letter | None:
        """Who is written to instead, once nobody up to their tier can be reached.

        The bureau hears that it is so. While anybody before them reads, that is who handles it, and what is
        late goes on to the next in line by itself.
        """
        tiers = self._directory.tiers(follow_up.agency_code)
        names = [{self._addresses.name_of(each) for each in tier} for tier in tiers]
        place = next((place for place, tier in enumerate(names[:-1]) if contact in tier), None)
        is_over = follow_up.state is FollowUpState.CLOSED
        if is_over or place is None or not frozenset[str]().union(*names[: place + 1]) <= gone:
            return None
        following = next(
            n for n in range(place + 1, len(tiers)) if n + 1 == len(tiers) or not names[n] <= gone
        )
        is_last = following + 1 == len(tiers)
        return Letter(
            kind=LetterKind.UNREACHABLE if is_last else LetterKind.OPENED,
            follow_up_id=follow_up.follow_up_id,
            name=f"unreachable-{following - 1}",
            tier=BUREAU_TIER if is_last else following,
        )


def _words_of(mail: IncomingMail) -> str:
    """What somebody wrote, and that files came with it, which nobody would find here."""
    words = cut_quotes(mail.text)
    note = _FILES.format(mail.files) if mail.files else ""
    room = LONGEST_WORDS - len(note) - 1
    if len(words) > room:
        words = words[: room - len(_CUT)] + _CUT
    return f"{words}\n{note}".strip()


def _kept(mail: IncomingMail, now: datetime, about: ReturnAddress, outcome: MailOutcome) -> KeptMail:
    return KeptMail(
        key=mail.key,
        received_at=now,
        outcome=outcome,
        follow_up_id=about.follow_up_id,
        contact=about.contact,
    )


def _aside(mail: IncomingMail, now: datetime, why: str, about: ReturnAddress | None = None) -> KeptMail:
    return KeptMail(
        key=mail.key,
        received_at=now,
        outcome=MailOutcome.ASIDE,
        why=why,
        follow_up_id=about.follow_up_id if about else None,
        contact=about.contact if about else "",
        words=f"{mail.sender}\n{mail.subject}\n{mail.text}",
    )
