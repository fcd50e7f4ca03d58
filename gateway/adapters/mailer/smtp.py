"""Email by SMTP (RFC 5321)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiosmtplib import SMTPException, SMTPRecipientRefused, SMTPServerDisconnected

from gateway.adapters.mailer.connections import SmtpConnections
from gateway.adapters.mailer.failures import nobody_accepted, transaction_failure
from gateway.adapters.mailer.message import bare_address, build_message
from gateway.application.ports.mailer import EmailReceipt, RefusedRecipient
from gateway.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from aiosmtplib import SMTP

    from gateway.adapters.mailer.connections import SmtpServer
    from gateway.application.ports.clock import Clock
    from gateway.application.ports.mailer import OutgoingEmail


class SmtpMailer:
    """`Mailer` over a few connections that stay open between emails; `close()` ends them.

    Raises:
        ConfigurationError: the sender is no address, or the CA file cannot be used.

    """

    def __init__(self, server: SmtpServer, *, sender: str, clock: Clock) -> None:
        self._connections = SmtpConnections(server)
        self._content_timeout = server.content_timeout.total_seconds()
        self._sender = sender
        self._clock = clock
        try:
            self._return_path = bare_address(sender)
        except ValueError as error:
            raise ConfigurationError(f"{error}; write Name <address>", place="smtp.sender") from error

    async def send(self, email: OutgoingEmail) -> EmailReceipt:
        """See the port."""
        content = build_message(email, self._sender, self._clock.now()).as_bytes()
        async with self._connections.lend() as client:
            receipt = await self._open(client, email)
            try:
                await client.data(content, timeout=self._content_timeout)
            except (SMTPException, OSError) as error:
                raise transaction_failure(error, content_sent=True) from error
            return receipt

    async def rehearse(self, return_address: str = "") -> None:
        """Connect, log in and name the sender, or such an address, as for an email, and send nothing.

        Raises:
            DeliveryFailed: the server refuses, or does not answer.

        """
        async with self._connections.lend() as client:
            try:
                await client.mail(return_address or self._return_path)
                await client.rset()
            except (SMTPException, OSError) as error:
                raise transaction_failure(error, content_sent=False) from error

    async def close(self) -> None:
        """End all connections."""
        await self._connections.close()

    async def _open(self, client: SMTP, email: OutgoingEmail) -> EmailReceipt:
        """Name sender and recipients; who is refused is told, unless everybody is."""
        accepted: list[str] = []
        refused: list[RefusedRecipient] = []
        try:
            await client.mail(email.return_address or self._return_path)
            for address in email.to:
                try:
                    await client.rcpt(address)
                    accepted.append(address)
                except SMTPRecipientRefused as error:
                    refused.append(RefusedRecipient(address, error.code))
        except (SMTPException, OSError) as error:
            raise transaction_failure(error, content_sent=False) from error
        if not accepted:
            raise nobody_accepted(refused)
        if not client.is_connected:
            raise transaction_failure(SMTPServerDisconnected("after the recipients"), content_sent=False)
        return EmailReceipt(tuple(accepted), tuple(refused))
