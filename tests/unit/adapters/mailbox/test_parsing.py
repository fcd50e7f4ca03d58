"""Emails as they come: replies, programs, mail servers, and whatever else."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.mailbox.parsing import parse_mail
from gateway.domain.mail.incoming import BounceClass, MailNature
from tests.peers.returning_mail import bounce, reply

TO = "rating+gd-20261123-abcdefgh.c.m@example.cn"


def test_a_reply_is_read_with_its_addresses_and_words() -> None:
    """From the header of the sender, to every address that it came by."""
    mail = parse_mail(reply(TO, "service@gongan.example", "已安排回访"))

    assert mail.nature is MailNature.REPLY
    assert TO in mail.recipients
    assert (mail.sender, mail.text.strip()) == ("service@gongan.example", "已安排回访")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated (rejected)"),
        ("Precedence", "auto_reply"),
        ("X-Autoreply", "yes"),
        ("Subject", "自动回复：差评整改"),
        ("Subject", "Out of Office: back on Monday"),
    ],
)
def test_programs_are_told_from_people(header: str, value: str) -> None:
    """RFC 3834, and what programs wrote before it."""
    mail = parse_mail(reply(TO, "service@gongan.example", "我正在休假", **{header: value}))

    assert mail.nature is MailNature.AUTO_REPLY


@pytest.mark.parametrize(
    ("status", "action", "expected"),
    [
        ("5.1.1", "failed", BounceClass.PERMANENT),
        ("5.2.2", "failed", BounceClass.MAILBOX_FULL),
        ("4.4.7", "delayed", BounceClass.DELAYED),
    ],
)
def test_reports_of_mail_servers_are_read(status: str, action: str, expected: BounceClass) -> None:
    """The notification itself decides, not its words."""
    mail = parse_mail(bounce(TO, "service@gongan.example", status, action))

    assert (mail.nature, mail.bounce) == (MailNature.BOUNCE, expected)


def test_html_is_read_as_words_and_nothing_of_it_runs() -> None:
    """Scripts, styles and quotations are left out; what is left is plain."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@example.cn", TO, "回复"
    message.set_content(
        "<html><head><style>p{}</style><script>alert(1)</script></head><body><p>已<b>回访</b></p>"
        "<div>谢谢\u202e\x07</div><blockquote>请回访</blockquote></body></html>",
        subtype="html",
    )

    text = parse_mail(bytes(message)).text

    assert "已回访" in text
    assert "alert" not in text
    assert "> 请回访" in text
    assert "\u202e" not in text


def test_the_same_email_has_the_same_key() -> None:
    """By its Message-ID, else by its content."""
    first = reply(TO, "a@example.cn", "好", **{"Message-ID": "<1@example.cn>"})
    again = reply(TO, "a@example.cn", "好", **{"Message-ID": "<1@example.cn>", "X-Hop": "2"})

    assert parse_mail(first).key == parse_mail(again).key
    assert parse_mail(b"x").key != parse_mail(b"y").key


@given(st.binary(max_size=600))
def test_whatever_comes_is_read_as_something(content: bytes) -> None:
    """Malformed headers and bodies never raise."""
    assert parse_mail(content).key


@given(
    st.sampled_from(["From", "To", "Subject", "Content-Type", "Content-Transfer-Encoding", "Message-ID"]),
    st.binary(max_size=80),
)
def test_whatever_a_header_holds_is_borne(name: str, value: bytes) -> None:
    """Where the library trips, the header counts as absent."""
    assert parse_mail(name.encode() + b": " + value + b"\r\n\r\nbody").key


@pytest.mark.parametrize(
    ("charset", "written"),
    [
        ("gb2312", "镕基路窗口，已整改——谢谢".encode("gb18030")),
        ("x-unknown-letters", "镕基路窗口，已整改——谢谢".encode()),
        ("us-ascii", "镕基路窗口，已整改——谢谢".encode("gb18030")),
        ("hex", "镕基路窗口，已整改——谢谢".encode()),
    ],
)
def test_words_are_read_whatever_letters_they_claim_to_be_in__regression(
    charset: str, written: bytes
) -> None:
    """Programs call GBK by the name of GB 2312, or name what nobody knows: nothing of a reply is lost."""
    head = f"From: a@example.cn\r\nTo: {TO}\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"

    assert parse_mail(head.encode() + written).text == "镕基路窗口，已整改——谢谢"


def test_one_malformed_address_hides_no_other__regression() -> None:
    """The library gives up a whole list for it."""
    content = f"From: a@example.cn\r\nTo: {TO}\r\nCc: 科长 <k@example.cn>, <<>, @x,,\r\n\r\nhi".encode()

    assert TO in parse_mail(content).recipients


def test_a_person_who_passes_on_a_bounce_is_no_mail_server__regression() -> None:
    """The notification is an attachment of theirs."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@example.cn", TO, "Re: 退信"
    message.set_content("科长的邮箱退信了，请更新")
    message.add_attachment(message_from_bytes(bounce(TO, "head@gongan.example", "5.1.1"), policy=SMTP))

    mail = parse_mail(bytes(message))

    assert (mail.nature, mail.bounce) == (MailNature.REPLY, None)
    assert "请更新" in mail.text


def test_files_are_counted_and_not_read() -> None:
    """Pictures within a signature are none."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "a@example.cn", TO
    message.set_content("见附件")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="说明.pdf")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", disposition="inline")

    assert parse_mail(bytes(message)).files == 1


def test_programs_that_give_every_email_one_id_lose_none__regression() -> None:
    """Two emails with the same Message-ID are two, unless they say the same."""
    first, second = (
        reply(TO, "a@example.cn", words, **{"Message-ID": "<1@localhost>"}) for words in ("已签收", "已回访")
    )

    assert parse_mail(first).key != parse_mail(second).key


def test_parts_within_parts_beyond_all_reason_are_kept_as_they_are() -> None:
    """Nothing that somebody sends holds up what comes after it."""
    parts = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(3000))

    assert parse_mail(f"From: a@example.cn\r\nTo: {TO}\r\n{parts}".encode()).key
