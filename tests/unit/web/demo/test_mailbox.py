"""The agencies' mailbox."""

from __future__ import annotations

import os
from email.message import EmailMessage
from pathlib import Path

from gateway.web.demo.mailbox import Mailbox


def keep(folder: Path, name: str, written_at: int, subject: str = "【差评整改】居民身份证换领") -> None:
    """An .eml file as the file mailer keeps it."""
    message = EmailMessage()
    message["From"] = "政务服务好差评 <haochaping@localhost.localdomain>"
    message["To"] = "service@gongan.example"
    message["Date"] = "Mon, 23 Nov 2026 10:00:00 +0800"
    message["Subject"] = subject
    message.set_content("请回访\n评价人")
    message.add_alternative("<p>请回访评价人</p>", subtype="html")
    path = folder / name
    path.write_bytes(message.as_bytes())
    os.utime(path, (written_at, written_at))


async def test_mails_are_listed_newest_first(tmp_path: Path) -> None:
    """Headers are decoded; bodies are found."""
    keep(tmp_path, "older.eml", 1)
    keep(tmp_path, "newer.eml", 2, subject="第二封")

    newer, older = await Mailbox(tmp_path).mails()

    assert (newer.name, newer.subject) == ("newer.eml", "第二封")
    assert older.as_json() == {
        "id": "older.eml",
        "subject": "【差评整改】居民身份证换领",
        "from": "政务服务好差评 <haochaping@localhost.localdomain>",
        "to": "service@gongan.example",
        "date": "2026-11-23T10:00:00+08:00",
        "preview": "请回访 评价人",
    }
    assert "<p>请回访评价人</p>" in older.html


async def test_a_rewritten_file_is_read_again(tmp_path: Path) -> None:
    """A repeated email replaces its file."""
    mailbox = Mailbox(tmp_path)
    keep(tmp_path, "a.eml", 1, subject="first")
    assert [mail.subject for mail in await mailbox.mails()] == ["first"]

    keep(tmp_path, "a.eml", 2, subject="second")

    assert [mail.subject for mail in await mailbox.mails()] == ["second"]


async def test_nothing_but_its_own_mails_is_found(tmp_path: Path) -> None:
    """Neither other files nor other folders, whatever a path says; no folder yet is an empty mailbox."""
    folder = tmp_path / "mail"
    assert await Mailbox(folder).mails() == []
    folder.mkdir()
    (folder / "half.part").write_text("x", encoding="utf-8")
    keep(tmp_path, "outside.eml", 1)

    mailbox = Mailbox(folder)

    assert await mailbox.mails() == []
    assert await mailbox.find("../outside.eml") is None


async def test_a_damaged_file_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    """No header, no body: an empty mail, no error."""
    (tmp_path / "bad.eml").write_bytes(b"\xff\xfe\x00")

    (mail,) = await Mailbox(tmp_path).mails()

    assert (mail.subject, mail.date) == ("", "")
