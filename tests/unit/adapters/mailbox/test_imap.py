"""The mailbox that emails come back to, without a server."""

from __future__ import annotations

import re
from typing import Self

import pytest

from gateway.adapters.mailbox import imap
from gateway.adapters.mailbox.imap import ImapMailbox, ImapServer
from gateway.domain.mail.incoming import IncomingMail


class Shelf:
    """As much of `imaplib`'s client as the mailbox asks of it, over emails that nobody has seen."""

    def __init__(self, unseen: dict[bytes, bytes]) -> None:
        self.unseen = unseen

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

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
    monkeypatch.setattr(imap, "_BATCH", 2)
    monkeypatch.setattr(ImapMailbox, "_open", lambda _self: shelf)
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
