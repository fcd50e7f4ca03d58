"""Replies and bounces, through a real mail server's mailbox, on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.mailbox.parsing import parse_mail
from gateway.application.ports.database import KeptMail
from gateway.domain.handling.acts import Act
from gateway.domain.ids import FollowUpId
from tests.integration.agency_desk import acts, rated_badly
from tests.integration.conftest import TOKEN, Rig, open_rig, until
from tests.peers.imap_server import ImapServer, imap_server
from tests.peers.returning_mail import bounce, reply
from tests.peers.smtp_server import ReceivedEmail

CONTACT = "service@gongan.example"
HEAD = "head@gongan.example"
BUREAU = "haochaping@bureau.example"


@dataclass
class Post:
    """The gateway, its mailbox, and a bad rating that its agency was written to about."""

    rig: Rig
    mailbox: ImapServer
    follow_up_id: FollowUpId
    opening: ReceivedEmail

    @property
    def address(self) -> str:
        """Where replies to the opening email go."""
        return str(self.opening.message["Reply-To"])

    async def comes(self, content: bytes) -> None:
        """Let an email come, and the worker take it."""
        self.mailbox.deliver(content)
        key = parse_mail(content).key

        async def taken() -> bool:
            async with self.rig.gateway.database.reading() as work:
                return await work.incoming_mails.is_known(key)

        await until(taken)

    async def hands_in(self, content: bytes) -> tuple[int, str]:
        """A mail server posts an email; status and outcome."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "message/rfc822"}
        url = f"{self.rig.url}/v1/mails"
        async with self.rig.http.post(url, data=BytesIO(content), headers=headers) as answer:
            return answer.status, str((await answer.json())["outcome"])

    async def acts(self) -> list[Act]:
        """What was done with the follow-up."""
        return await acts(self.rig, self.follow_up_id)

    async def aside(self) -> list[KeptMail]:
        """What is kept for the bureau."""
        async with self.rig.gateway.database.reading() as work:
            return await work.incoming_mails.aside(10)


@pytest.fixture
async def post(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Post]:
    """Everything, on each database."""
    with imap_server() as mailbox:
        async with open_rig(database_url, tmp_path, clock, **mailbox.settings) as rig:
            follow_up_id = await rated_badly(rig)
            (opening,) = await rig.emails(1)
            yield Post(rig, mailbox, follow_up_id, opening)


@pytest.mark.requirement("R-10")
async def test_a_contacts_reply_becomes_a_remark_once(post: Post) -> None:
    """What it quotes is left out; it acknowledges nothing; the same email again changes nothing."""
    words = (
        "已安排王某今天回访。<script>alert(1)</script>\n\n在 2026年11月24日 10:00，好差评 写道：\n> 请回访"
    )
    content = reply(post.address, f"政务服务科 <{CONTACT.upper()}>", words, **{"Message-ID": "<1@a.example>"})

    await post.comes(content)
    post.mailbox.deliver(content)

    async def all_read() -> bool:
        return post.mailbox.unread() == 0

    await until(all_read)
    (remark,) = await post.acts()
    assert remark.kind.value == "commented"
    assert getattr(remark, "words", "") == "已安排王某今天回访。<script>alert(1)</script>"
    assert post.opening.sender == post.address, "bounces come back by the same address"
    async with post.rig.gateway.database.reading() as work:
        follow_up = await work.follow_ups.get(post.follow_up_id)
    assert follow_up is not None
    assert follow_up.state.value == "opened"


async def test_what_is_handed_in_by_http_is_the_same_email(post: Post) -> None:
    """Whichever way it comes first, it is taken once."""
    came = reply(post.address, CONTACT, "今天回访")
    await post.comes(came)

    again = await post.hands_in(came)
    other = await post.hands_in(reply(post.address, CONTACT, "已回访"))

    assert (again, other) == ((200, "repeated"), (201, "comment"))
    assert [getattr(act, "words", "") for act in await post.acts()] == ["今天回访", "已回访"]


async def test_who_is_away_has_acknowledged_nothing(post: Post) -> None:
    """A program answered."""
    await post.comes(reply(post.address, CONTACT, "我正在休假", **{"Auto-Submitted": "auto-replied"}))

    assert await post.acts() == []
    assert await post.aside() == []


@pytest.mark.requirement("R-18")
async def test_forged_replies_are_kept_aside_and_do_nothing(post: Post) -> None:
    """A stranger with the right address; a contact with a wrong one, or with none."""
    forged = post.address.replace("@", "a@")
    for to, sender in (
        (post.address, "stranger@else.example"),
        (forged, CONTACT),
        ("rating@example.org", CONTACT),
    ):
        await post.comes(reply(to, sender, "同意不予采纳"))

    assert await post.acts() == []
    assert sorted(mail.why for mail in await post.aside()) == [
        "it does not say which follow-up it is about",
        "its return address is forged",
        "its sender is not among the contacts",
    ]
    assert all("同意不予采纳" in mail.words for mail in await post.aside())


@pytest.mark.requirement("R-10")
async def test_when_emails_come_back_the_next_in_line_is_written_to_and_the_bureau_alarmed(
    post: Post,
) -> None:
    """A contact's mailbox is gone: its head. The head's is full: the bureau hears that nobody is reached."""
    await post.comes(bounce(post.address, CONTACT, "5.1.1"))
    mails = await post.rig.emails(2)
    assert mails[1].recipients == (HEAD,)

    await post.comes(bounce(str(mails[1].message["Reply-To"]), HEAD, "5.2.2"))
    mails = await post.rig.emails(3)

    assert mails[2].recipients == (BUREAU,)
    assert "联系不上承办单位" in str(mails[2].message["Subject"])
    assert await post.acts() == []


async def test_a_delay_is_no_reason_to_write_to_anybody_else(post: Post) -> None:
    """It is still being tried."""
    await post.comes(bounce(post.address, CONTACT, "4.4.7", "delayed"))
    await post.rig.quiet()

    assert len(post.rig.mail.inbox) == 1


async def test_what_cannot_be_read_is_kept_and_holds_up_nothing(post: Post) -> None:
    """Garbage, then a reply."""
    # Its key is not known here: the server hands it out with some bytes mended.
    post.mailbox.deliver(b"\xff\xfe\x00garbage\r\n\r\n\x00\x01")
    await post.comes(reply(post.address, CONTACT, "已回访"))

    async def kept() -> bool:
        return len(await post.aside()) == 1

    await until(kept)
    assert len(await post.acts()) == 1
