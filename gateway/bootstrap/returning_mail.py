"""What takes the emails that come back, from the parts of the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.adapters.contact_links import SignedContactLinks
from gateway.adapters.mailbox.imap import ImapMailbox, ImapServer
from gateway.adapters.mailbox.parsing import parse_mail
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.return_addresses import SignedReturnAddresses
from gateway.application.essentials import Essentials
from gateway.application.ports.database import KeptMail, MailOutcome
from gateway.application.receive_mail import ReceiveMail
from gateway.application.take_step import TakeStep
from gateway.bootstrap.agencies import directory_in_force
from gateway.bootstrap.operations import open_operations
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.worker.loop import Chore


def return_addresses(settings: Settings, personal_data: PersonalDataCipher) -> SignedReturnAddresses:
    """The addresses that emails go out with."""
    links = SignedContactLinks(personal_data.subkeys("contact links"))
    return SignedReturnAddresses(personal_data.subkeys("return addresses"), links, settings.mailbox.address)


def mailbox_chores(
    settings: Settings, essentials: Essentials, addresses: SignedReturnAddresses, directory: AgencyDirectory
) -> list[Chore]:
    """Reading the mailbox, where one is configured."""
    mailbox = settings.mailbox
    if not mailbox.host:
        return []
    box = ImapMailbox(
        ImapServer(
            host=mailbox.host,
            port=mailbox.port,
            security=mailbox.security,
            username=mailbox.username,
            password=mailbox.password.get_secret_value(),
            folder=mailbox.folder,
            ca_file=mailbox.ca_file,
        )
    )
    receive = ReceiveMail(essentials, TakeStep(essentials.rules), addresses, directory)
    return [Chore("read_mailbox", lambda: box.read(receive), mailbox.poll_interval.total_seconds())]


def mail_taker(
    settings: Settings, essentials: Essentials, addresses: SignedReturnAddresses, directory: AgencyDirectory
) -> Callable[[bytes], Awaitable[MailOutcome | None]] | None:
    """What takes emails as they came; None where none come back."""
    if not settings.mailbox.address:
        return None
    receive = ReceiveMail(essentials, TakeStep(essentials.rules), addresses, directory)

    async def take(content: bytes) -> MailOutcome | None:
        return await receive(parse_mail(content))

    return take


class MailDesk:
    """Emails that an operator or a mail server hands in."""

    def __init__(self, essentials: Essentials, receive: ReceiveMail) -> None:
        self._essentials = essentials
        self._receive = receive

    async def take(self, content: bytes) -> MailOutcome | None:
        """Take one email as it came; None for one that was taken before; raises Unavailable."""
        return await self._receive(parse_mail(content))

    async def aside(self, limit: int) -> list[KeptMail]:
        """The newest of those that are kept aside for the bureau."""
        async with self._essentials.database.reading() as work:
            return await work.incoming_mails.aside(limit)


@asynccontextmanager
async def open_mail_desk(config: Path | None) -> AsyncIterator[MailDesk]:
    """The desk of the settings; raises ConfigurationError or Unavailable as `open_operations` does."""
    async with open_operations(config) as operations:
        await operations.take_up_keys()
        settings = operations.settings
        if not settings.mailbox.address:
            raise ConfigurationError(
                "no mail comes back without it; name the mailbox for replies", place="mailbox.address"
            )
        rules = settings.rules_for_domain()
        essentials = Essentials(operations.database, operations.clock, rules, Metrics())
        directory = await directory_in_force(operations)
        addresses = return_addresses(settings, operations.personal_data)
        yield MailDesk(essentials, ReceiveMail(essentials, TakeStep(rules), addresses, directory))
