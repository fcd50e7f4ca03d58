"""An SMTP server on loopback that follows a script: refuses, drops, keeps silent, as real ones do."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from enum import Enum
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage
    from pathlib import Path

    from aiosmtpd.smtp import Envelope, Session


_A_WHILE = 1.0


class Act(Enum):
    """What a server does instead of answering."""

    DROP = "drop the connection"
    SILENCE = "never answer"
    LATE = "answer well, after a while"


Answer = str | Act


@dataclass(frozen=True)
class ReceivedEmail:
    """An email as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass
class ScriptedSmtpServer:
    """The script (answers are used up in order, then all is well) and what happened."""

    mail_answers: list[Answer] = field(default_factory=list)
    recipient_answers: dict[str, list[Answer]] = field(default_factory=dict)
    content_answers: list[Answer] = field(default_factory=list)
    reset_answers: list[Answer] = field(default_factory=list)
    quit_answers: list[Answer] = field(default_factory=list)
    inbox: list[ReceivedEmail] = field(default_factory=list)
    sessions: list[SMTP] = field(default_factory=list)
    quits: int = 0
    logins: list[str] = field(default_factory=list)
    protected: list[bool] = field(default_factory=list)
    """For each received email, whether it came through TLS."""
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the server keeps silent where an answer is due."""
    port: int = 0

    def hang_up(self) -> None:
        """Close every open connection, as a server does with idle ones."""
        for session in self.sessions:
            if session.transport is not None:
                session.transport.close()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """The sender."""
        envelope.mail_from = address
        return await self._answer(server, self.mail_answers)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """One recipient."""
        answer = await self._answer(server, self.recipient_answers.get(address, []))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The content; a server that drops or keeps silent here has taken it."""
        if not self.content_answers or isinstance(self.content_answers[0], Act):
            message = message_from_bytes(cast("bytes", envelope.content), policy=policy.default)
            self.inbox.append(ReceivedEmail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
            self.protected.append(session.ssl is not None)
        return await self._answer(server, self.content_answers)

    async def handle_RSET(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        """Whether a connection still answers."""
        return await self._answer(server, self.reset_answers)

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        """The goodbye."""
        self.quits += 1
        return await self._answer(server, self.quit_answers, "221 Bye")

    def login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        """Take the user `gateway` with the password `secret`."""
        known = LoginPassword(b"gateway", b"secret")
        if isinstance(data, LoginPassword):
            self.logins.append(data.login.decode())
        # With handled=True and no message of our own, aiosmtpd would leave the client without an answer.
        return AuthResult(success=data == known, handled=False)

    async def _answer(self, server: SMTP, answers: list[Answer], otherwise: str = "250 OK") -> str:
        answer = answers.pop(0) if answers else otherwise
        if isinstance(answer, str):
            return answer
        if answer is Act.LATE:
            await asyncio.sleep(_A_WHILE)
            return otherwise
        if answer is Act.DROP:
            _abort(server)
        self.silent.set()
        # The session's task is cancelled when its connection ends.
        await asyncio.Event().wait()
        raise AssertionError


@asynccontextmanager
async def running(
    script: ScriptedSmtpServer,
    *,
    certificate: ssl.SSLContext | None = None,
    implicit_tls: bool = False,
    login: bool = False,
) -> AsyncIterator[ScriptedSmtpServer]:
    """Run the server on a free port; with a certificate it insists on STARTTLS, or on TLS at once."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        protocol = SMTP(
            script,
            loop=loop,
            hostname="127.0.0.1",
            tls_context=None if implicit_tls else certificate,
            require_starttls=certificate is not None and not implicit_tls,
            authenticator=script.login if login else None,
            auth_required=login,
            auth_require_tls=login,
        )
        script.sessions.append(protocol)
        return protocol

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=certificate if implicit_tls else None)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for protocol in script.sessions:
            _abort(protocol)
        await server.wait_closed()


def _abort(session: SMTP) -> None:
    if isinstance(session.transport, asyncio.WriteTransport):
        session.transport.abort()


def make_certificate(folder: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own for `host`, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate_file, key_file)
    return context, certificate_file
