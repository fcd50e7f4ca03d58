"""The mailbox that emails come back to, without a mail server."""

from __future__ import annotations

import asyncio
import imaplib
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.adapters.mailbox import imap
from gateway.adapters.mailbox.imap import ImapMailbox, ImapServer
from gateway.domain.errors import Unavailable
from gateway.domain.mail.incoming import IncomingMail


class Shelf:
    """As much of `imaplib`'s client as the mailbox asks of it, over emails that nobody has seen."""

    def __init__(self, unseen: dict[bytes, bytes]) -> None:
        self.unseen = unseen

    def uid(self, command: str, *words: str) -> tuple[str, list[object]]:
        """Search, fetch and store."""
        if command == "search":
            return "OK", [b" ".join(self.unseen)]
        if command == "fetch":
            return "OK", [(b"1 (BODY[] {1}", self.unseen[words[0].encode()])]
        for number in re.findall(r"\d+", words[0]):
            del self.unseen[number.encode()]
        return "OK", [None]


async def test_emails_that_nobody_can_take_keep_no_other_waiting__regression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many as are fetched at once, older than all others: they are tried again behind these."""
    shelf = Shelf({str(n).encode(): f"Subject: {n}\n\nwords".encode() for n in range(1, 7)})

    @contextmanager
    def looking(_: ImapMailbox) -> Iterator[Shelf]:
        yield shelf

    monkeypatch.setattr(imap, "_BATCH", 2)
    monkeypatch.setattr(ImapMailbox, "_looking", looking)
    tried: list[str] = []

    async def take(mail: IncomingMail) -> None:
        tried.append(mail.subject)
        if mail.subject in {"1", "2"}:
            raise LookupError(mail.subject)

    mailbox = ImapMailbox(ImapServer(host="mail.example", port=993))
    for _ in range(4):
        await mailbox.read(take)

    assert tried == ["1", "2", "3", "4", "5", "6", "1", "2"]
    assert set(shelf.unseen) == {b"1", b"2"}


@pytest.mark.parametrize("last", ["LOGIN", "SELECT", "UID", "LOGOUT"])
async def test_a_server_that_hangs_up_leaves_no_connection_behind__regression(
    last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whichever command: Python's client closes its side only if the server says goodbye."""
    clients: list[imaplib.IMAP4] = []

    class Kept(imaplib.IMAP4):
        def open(self, *where: object, **how: object) -> None:
            super().open(*where, **how)  # type: ignore[arg-type]  # handed on as it came
            clients.append(self)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while (words := (await reader.readline()).split()) and words[1] != last.encode():
            told = b"* CAPABILITY IMAP4rev1\r\n" if words[1] == b"CAPABILITY" else b"* SEARCH\r\n"
            writer.write(told + b"%b OK done\r\n" % words[0])
        writer.close()

    async def take(_: IncomingMail) -> None:
        raise AssertionError("there is no email")

    monkeypatch.setattr(imaplib, "IMAP4", Kept)
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        mailbox = ImapMailbox(ImapServer(host="127.0.0.1", port=port, security="none"))
        if last == "LOGOUT":
            assert await mailbox.read(take) == 0, "all was said before"
        else:
            with pytest.raises(Unavailable, match="cannot be read"):
                await mailbox.read(take)

    assert [client.sock.fileno() for client in clients] == [-1]
