"""A post office without any mail server: what agencies get and answer about a follow-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from gateway.adapters.clock import MovableClock
from gateway.adapters.contact_links import SignedContactLinks
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import outbox
from gateway.adapters.mailer.texts import JinjaEmailTexts
from gateway.adapters.return_addresses import SignedReturnAddresses
from gateway.application.collect_digest import CollectDigest
from gateway.application.deliver_email import DeliverEmail
from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.essentials import Essentials
from gateway.application.owe_letter import owed_letter
from gateway.application.ports.database import MailOutcome
from gateway.application.ports.mailer import EmailReceipt, OutgoingEmail
from gateway.application.receive_mail import ReceiveMail
from gateway.application.take_step import TakeStep
from gateway.bootstrap.contact_pages import page_addresses
from gateway.domain.agencies import Agency, AgencyDirectory, Contact, ContactRole
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import (
    Judge,
    Rectify,
    Verdict,
)
from gateway.domain.handling.letters import Letter, LetterKind
from gateway.domain.handling.progress import DeadlineKind
from gateway.domain.mail.incoming import BounceClass, IncomingMail, MailNature
from gateway.domain.outbox import OutboxKind, OutboxState
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.follow_up_cases import Office, open_office

FIRST = Contact("一科", "first@gongan.example")
SECOND = Contact("二科", "second@gongan.example")
HEAD = Contact("局长", "head@gongan.example", ContactRole.HEAD)
BUREAU = Contact("值班", "rating@bureau.example")
DEPUTY = Contact("副班", "deputy@bureau.example")
CODE = "11441500MB2C90123X"
DIRECTORY = AgencyDirectory(
    {CODE: Agency(CODE, "市公安局", "441500", (FIRST, SECOND, HEAD))},
    bureau=Agency("", "市数据局", "", (BUREAU, DEPUTY)),
)
TRUE = Judge(Verdict.TRUE, "属实")
RECTIFIED = Rectify("增开窗口", "已增开窗口")
GREYLISTED = FailureFacts("451", retryable=True)
NO_MAILBOX = FailureFacts("550", retryable=False)


@dataclass
class ScriptedMailer:
    """Takes emails, but for those that it is told to refuse."""

    refusals: dict[str, FailureFacts] = field(default_factory=dict)
    sent: list[OutgoingEmail] = field(default_factory=list)

    async def send(self, email: OutgoingEmail) -> EmailReceipt:
        """See the port."""
        if facts := self.refusals.get(email.to[0]):
            raise DeliveryFailed("refused", facts)
        self.sent.append(email)
        return EmailReceipt(email.to)

    @property
    def readers(self) -> list[str]:
        """Who got emails, in order."""
        return [email.to[0] for email in self.sent]


@dataclass
class PostOffice:
    """What goes out and what comes back, and a follow-up that it is about."""

    office: Office
    clock: MovableClock
    mailer: ScriptedMailer
    addresses: SignedReturnAddresses
    receive: ReceiveMail
    delivery: DeliverOutbox
    follow_up: FollowUp

    async def deliver(self, **later: float) -> None:
        """Let so much time pass, and the worker deliver all that is due."""
        self.clock.advance(timedelta(**later))
        while wanted := (await self.delivery.claim(20)).wanted:
            for claimed in wanted:
                await self.delivery.deliver(claimed)

    async def bounce(self, contact: Contact) -> MailOutcome | None:
        """An email to this contact comes back."""
        return await self.receive(self._mail(contact, MailNature.BOUNCE, BounceClass.PERMANENT))

    async def reply(self, contact: Contact, words: str, *also_to: str, files: int = 0) -> MailOutcome | None:
        """A contact answers."""
        mail = self._mail(contact, MailNature.REPLY, None, words, files)
        return await self.receive(
            IncomingMail(
                key=mail.key,
                recipients=(*also_to, *mail.recipients),
                sender=contact.email,
                subject="Re: 差评整改",
                nature=mail.nature,
                text=words,
                files=files,
            )
        )

    async def owe(self, kind: LetterKind, tier: int = 0, duty: DeadlineKind | None = None) -> None:
        """An email is owed about the follow-up."""
        letter = Letter(
            kind=kind,
            follow_up_id=self.follow_up.follow_up_id,
            name=f"test-{kind.value}",
            tier=tier,
            duty=duty,
        )
        async with self.office.database.transaction() as work:
            await work.outbox.add([owed_letter(letter, self.clock.now())])

    async def states(self) -> dict[str, OutboxState]:
        """What became of each email that was owed, by the end of its key."""
        async with self.office.database.engine.connect() as connection:
            rows = await connection.execute(
                select(outbox.c.key, outbox.c.state).where(outbox.c.kind == OutboxKind.EMAIL.value)
            )
            return {row.key.partition(":")[2]: row.state for row in rows}

    def _mail(
        self,
        contact: Contact,
        nature: MailNature,
        bounce: BounceClass | None,
        text: str = "",
        files: int = 0,
    ) -> IncomingMail:
        return IncomingMail(
            key=f"{nature.value}-{contact.email}-{text}",
            recipients=(self.addresses.seal(self.follow_up.follow_up_id, contact),),
            sender="",
            subject="",
            nature=nature,
            bounce=bounce,
            text=text,
            files=files,
        )


async def open_post_office(database: SqlDatabase, clock: MovableClock) -> PostOffice:
    """Everything; nothing was sent yet."""
    essentials = Essentials(database, clock, Rules(), Metrics())
    links = SignedContactLinks([b"l" * 32])
    addresses = SignedReturnAddresses([b"r" * 32], links, "rating@example.cn")
    mailer, texts = ScriptedMailer(), JinjaEmailTexts(essentials.rules.timezone)
    page_of = page_addresses(links, "https://rating.example")
    deliverer = DeliverEmail(
        essentials,
        mailer,
        texts,
        DIRECTORY,
        domain="example.cn",
        page_of=page_of,
        digests=CollectDigest(essentials, texts, DIRECTORY, links, page_of),
        addresses=addresses,
    )
    office = open_office(database, clock)
    return PostOffice(
        office=office,
        clock=clock,
        mailer=mailer,
        addresses=addresses,
        receive=ReceiveMail(essentials, TakeStep(essentials.rules), addresses, DIRECTORY),
        delivery=DeliverOutbox(essentials, OutboxKind.EMAIL, deliverer, jitter=lambda: 0.0),
        follow_up=await office.rated_badly(),
    )
