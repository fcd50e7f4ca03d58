"""Connections to the SMTP server, opened when needed and used again."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from aiosmtplib import SMTP, SMTPException

from gateway.adapters.mailer.failures import session_failure
from gateway.domain.errors import ConfigurationError, DeliveryFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_GOODBYE_SECONDS: Final = 2.0
"""How long a server may take over its goodbye; a supervisor that waits for us has less patience than SMTP."""

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where and how to hand over email."""

    host: str
    port: int
    security: Security = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    """Certificates to trust instead of the system's, for a server with one of its own."""
    connect_timeout: timedelta = timedelta(seconds=10)
    """For the connection with its greeting and TLS."""
    answer_timeout: timedelta = timedelta(seconds=30)
    """For the answer to each command."""
    content_timeout: timedelta = timedelta(minutes=2)
    """For the answer to the content, which servers scan before they take it (RFC 5321 4.5.3.2)."""
    connections: int = 2


class SmtpConnections:
    """A few connections to one server; each is lent to one email at a time.

    Raises:
        ConfigurationError: the CA file cannot be used.

    """

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._tls = _tls_context(server)
        self._free = asyncio.Semaphore(server.connections)
        self._idle: list[SMTP] = []

    @contextlib.asynccontextmanager
    async def lend(self) -> AsyncIterator[SMTP]:
        """A connection that is greeted, protected, logged in and has no transaction open.

        Raises:
            DeliveryFailed: there is none to be had; retryable.

        """
        async with self._free:
            client = await self._reusable() or await self._connect()
            try:
                yield client
            except DeliveryFailed:
                self._keep(client)
                raise
            except BaseException:
                # Stopped amid a command: the next answer would be taken for another's.
                client.close()
                raise
            self._keep(client)

    async def close(self) -> None:
        """Say goodbye to the server; nothing that it answers matters any more."""
        while self._idle:
            client = self._idle.pop()
            with contextlib.suppress(SMTPException, OSError):
                await client.quit(timeout=_GOODBYE_SECONDS)
            client.close()

    def _keep(self, client: SMTP) -> None:
        if client.is_connected:
            self._idle.append(client)

    async def _reusable(self) -> SMTP | None:
        """An idle connection that still answers; RSET also ends what the last email left open."""
        while self._idle:
            client = self._idle.pop()
            try:
                await client.rset()
            except (SMTPException, OSError):
                client.close()
            except BaseException:
                client.close()
                raise
            else:
                return client
        return None

    async def _connect(self) -> SMTP:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            # Never None: that would go on unprotected where the server does not offer STARTTLS.
            start_tls=server.security == "starttls",
            tls_context=self._tls,
            username=server.username or None,
            password=server.password or None,
            timeout=server.answer_timeout.total_seconds(),
        )
        try:
            await client.connect(timeout=server.connect_timeout.total_seconds())
        except (SMTPException, OSError) as error:
            client.close()
            raise session_failure(error, f"{server.host}:{server.port}") from error
        return client


def _tls_context(server: SmtpServer) -> ssl.SSLContext | None:
    if server.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        raise ConfigurationError(
            f"{server.ca_file} holds no certificates; name a PEM file or leave it empty", place="smtp.ca_file"
        ) from error
