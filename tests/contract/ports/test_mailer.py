"""What every `Mailer` promises, held against a real SMTP server on loopback and against .eml files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import pytest

from gateway.adapters.mailer import EmlFileMailer, SmtpMailer, SmtpServer
from gateway.application.ports.mailer import EmailReceipt, Mailer, OutgoingEmail
from gateway.domain.errors import DeliveryFailed
from tests.peers.smtp_server import ScriptedSmtpServer, running

SENT_AT: Final = datetime(2026, 11, 23, 7, 42, tzinfo=UTC)
SENDER: Final = "政务服务好差评 <noreply@example.cn>"
EMAIL: Final = OutgoingEmail(
    message_id="<GD-20261123-ABCDEFG.opened@example.cn>",
    subject="【差评整改】GD-20261123-ABCDEFG 不满意 · 居民身份证换领（请于11月24日 18:00前回访）",
    to=("contact@example.cn", "second@example.cn"),
    text="评价人原话：\n.等太久\n",
    html="<p>等太久</p>\n",
)


class FixedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """The moment."""
        return SENT_AT


@dataclass
class Subject:
    """A mailer and what its receiver has, one entry for each email that a reader would see."""

    mailer: Mailer
    delivered: Callable[[], list[EmailMessage]]


@pytest.fixture(params=["smtp", "files"])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    """Each implementation in turn."""
    if request.param == "files":
        folder = tmp_path / "mail"

        def read() -> list[EmailMessage]:
            return [parse(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]

        yield Subject(EmlFileMailer(folder, sender=SENDER, clock=FixedClock()), read)
        return
    async with running(ScriptedSmtpServer()) as server:
        target = SmtpServer(host="127.0.0.1", port=server.port, security="none")
        mailer = SmtpMailer(target, sender=SENDER, clock=FixedClock())

        def unique() -> list[EmailMessage]:
            # A receiving system drops a second copy by its Message-ID.
            return list({mail.message["Message-ID"]: mail.message for mail in server.inbox}.values())

        yield Subject(mailer, unique)
        await mailer.close()


def parse(content: bytes) -> EmailMessage:
    """A message as a mail program reads it."""
    return message_from_bytes(content, policy=policy.default)


@pytest.mark.requirement("R-10")
async def test_an_email_arrives_as_it_was_written(subject: Subject) -> None:
    """Headers and both bodies survive the journey, Chinese and a leading full stop included."""
    receipt = await subject.mailer.send(EMAIL)

    (message,) = subject.delivered()
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert receipt == EmailReceipt(accepted=EMAIL.to)
    assert message["Subject"] == EMAIL.subject
    assert message["From"] == SENDER
    assert message["To"] == "contact@example.cn, second@example.cn"
    assert text is not None
    assert text.get_content().splitlines() == EMAIL.text.splitlines()
    assert html is not None
    assert html.get_content().splitlines() == EMAIL.html.splitlines()
    assert message.get_content_type() == "multipart/alternative"


async def test_machines_can_tell_what_it_is(subject: Subject) -> None:
    """The id is ours, out-of-office programs keep quiet, the date is the clock's."""
    await subject.mailer.send(EMAIL)

    (message,) = subject.delivered()
    assert message["Message-ID"] == EMAIL.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == SENT_AT
    assert message["In-Reply-To"] is None
    assert message["References"] is None


async def test_later_steps_are_threaded(subject: Subject) -> None:
    """A follow-up's emails stand together in the mailbox."""
    first, second = EMAIL.message_id, "<GD-20261123-ABCDEFG.overdue@example.cn>"
    later = replace(EMAIL, message_id="<3@example.cn>", references=(first, second), in_reply_to=second)

    await subject.mailer.send(later)

    (message,) = subject.delivered()
    assert message["References"] == f"{first} {second}"
    assert message["In-Reply-To"] == second


async def test_a_repeat_is_the_same_email(subject: Subject) -> None:
    """After a crash between sending and noting it, the receiver still shows one email."""
    await subject.mailer.send(EMAIL)
    before = [message.as_bytes() for message in subject.delivered()]
    await subject.mailer.send(EMAIL)

    assert [message.as_bytes() for message in subject.delivered()] == before


async def test_different_emails_are_kept_apart(subject: Subject) -> None:
    """Ids that differ only in characters a file system dislikes are still different."""
    for message_id in ("<a/b@example.cn>", "<a|b@example.cn>", "<a_b@example.cn>"):
        await subject.mailer.send(replace(EMAIL, message_id=message_id))

    assert {m["Message-ID"] for m in subject.delivered()} == {
        "<a/b@example.cn>",
        "<a|b@example.cn>",
        "<a_b@example.cn>",
    }


@pytest.mark.parametrize(
    "malformed",
    [
        replace(EMAIL, subject="差评\r\nBcc: all@example.cn"),
        replace(EMAIL, subject="差评\nBcc: all@example.cn"),
        replace(EMAIL, to=("contact@example.cn\r\nBcc: all@example.cn",)),
        replace(EMAIL, to=("contact@example.cn>\r\nRCPT TO:<all@example.cn",)),
        replace(EMAIL, to=("张三@example.cn",)),
        replace(EMAIL, to=("a..b@example.cn",)),
        replace(EMAIL, to=("nobody",)),
        replace(EMAIL, message_id="GD-1"),
        replace(EMAIL, message_id="<GD:1@example.cn>"),
        replace(EMAIL, message_id="<../GD-1@example.cn>"),
        replace(EMAIL, message_id="<GD-1@example.cn>\r\nBcc: all@example.cn"),
        replace(EMAIL, references=("<a@b> <c d>",)),
        replace(EMAIL, in_reply_to="<a@b>\nBcc: all@example.cn"),
        replace(EMAIL, headers={"X-Case": "1\r\nBcc: all@example.cn"}),
        replace(EMAIL, headers={"subject": "another"}),
    ],
)
async def test_no_header_can_be_smuggled_in(subject: Subject, malformed: OutgoingEmail) -> None:
    """A malformed field fails for good and nothing at all is handed over."""
    with pytest.raises(DeliveryFailed) as caught:
        await subject.mailer.send(malformed)

    assert (caught.value.facts.code, caught.value.facts.retryable) == ("malformed", False)
    assert subject.delivered() == []


@pytest.mark.requirement("R-19")
async def test_an_email_to_nobody_is_no_success(subject: Subject) -> None:
    """Without a single address the email must not pass for delivered."""
    with pytest.raises(DeliveryFailed) as caught:
        await subject.mailer.send(replace(EMAIL, to=()))

    assert (caught.value.facts.code, caught.value.facts.retryable) == ("no-recipient", False)
    assert subject.delivered() == []


async def test_further_headers_are_kept(subject: Subject) -> None:
    """A caller may add headers of its own."""
    await subject.mailer.send(replace(EMAIL, headers={"X-Follow-Up": "GD-20261123-ABCDEFG"}))

    (message,) = subject.delivered()
    assert message["X-Follow-Up"] == "GD-20261123-ABCDEFG"
