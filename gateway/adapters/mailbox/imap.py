"""The mailbox by IMAP4rev1 (RFC 3501): what is unread is taken, and marked as read once it is."""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import structlog

from gateway.adapters.mailbox.parsing import parse_mail
from gateway.domain.errors import Unavailable
from gateway.domain.mail.incoming import LARGEST
from gateway.domain.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from gateway.domain.mail.incoming import IncomingMail

log = structlog.get_logger()

_BATCH: Final = 50
_TIMEOUT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """Where the mailbox is, and how to log in."""

    host: str
    port: int
    security: Literal["tls", "none"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    ca_file: Path | None = None


class ImapMailbox:
    """`Mailbox`; the library waits for the server in a thread of its own, one connection for each look.

    Several workers may look at once: an email that two of them take is taken once, by its key.
    """

    def __init__(self, server: ImapServer) -> None:
        self._server = server
        self._stuck: set[bytes] = set()
        """What nobody could take here: tried again behind all others, however many there are."""

    async def read(self, take: Callable[[IncomingMail], Awaitable[object]]) -> int:
        """See the port."""
        try:
            found = await asyncio.to_thread(self._fetch)
            taken: list[bytes] = []
            try:
                for uid, content in found:
                    if await _is_taken(take, content):
                        taken.append(uid)
                    else:
                        self._stuck.add(uid)
            finally:
                if taken:
                    await asyncio.to_thread(self._mark, taken)
        except (imaplib.IMAP4.error, OSError) as error:
            server = self._server
            raise Unavailable(
                f"mailbox.host: {server.host}:{server.port} cannot be read "
                f"({one_line(str(error))[:200] or type(error).__name__})"
            ) from error
        return len(found)

    def _fetch(self) -> list[tuple[bytes, bytes]]:
        with self._looking() as client:
            _, found = client.uid("search", "UNSEEN")
            uids = sorted((found[0] or b"").split(), key=self._stuck.__contains__)[:_BATCH]
            return [(uid, content) for uid in uids if (content := _content(client, uid)) is not None]

    def _mark(self, uids: list[bytes]) -> None:
        with self._looking() as client:
            client.uid("store", b",".join(uids).decode("ascii"), "+FLAGS", r"(\Seen)")

    @contextmanager
    def _looking(self) -> Iterator[imaplib.IMAP4]:
        """Logged in, with the folder open, until the block ends."""
        server = self._server
        client = self._connect()
        try:
            client.login(server.username, server.password)
            _select(client, server.folder)
            yield client
        finally:
            _leave(client)

    def _connect(self) -> imaplib.IMAP4:
        server = self._server
        if server.security == "tls":
            context = ssl.create_default_context(cafile=server.ca_file)
            return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=_TIMEOUT_SECONDS)
        return imaplib.IMAP4(server.host, server.port, timeout=_TIMEOUT_SECONDS)


async def _is_taken(take: Callable[[IncomingMail], Awaitable[object]], content: bytes) -> bool:
    """Whether an email was taken: one that nobody can take must not keep those behind it waiting."""
    try:
        await take(parse_mail(content))
    except Unavailable:
        raise
    except Exception:
        log.exception("mail_not_taken", bytes=len(content))
        return False
    return True


def _leave(client: imaplib.IMAP4) -> None:
    """Say goodbye if the server still listens; what went wrong before is what the caller hears of."""
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        # The library closes the connection after the server's answer only.
        with suppress(OSError):
            client.shutdown()


def _select(client: imaplib.IMAP4, folder: str) -> None:
    status, answer = client.select(f'"{folder}"')
    if status != "OK":
        raise imaplib.IMAP4.error(f"there is no folder {folder} ({answer!r})")


def _content(client: imaplib.IMAP4, uid: bytes) -> bytes | None:
    _, answer = client.uid("fetch", uid.decode("ascii"), f"(BODY.PEEK[]<0.{LARGEST}>)")
    parts = [part[1] for part in answer if isinstance(part, tuple) and re.search(rb"BODY\[\]", part[0])]
    return parts[0] if parts else None
