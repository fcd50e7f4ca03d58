"""The agencies' mailbox: the .eml files that are kept where no mail server is configured."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Final

_SHOWN: Final = 50
_EMPTY: Final = "<!DOCTYPE html><meta charset=utf-8><title>-</title>"


@dataclass(frozen=True, slots=True)
class Mail:
    """One email as a mailbox lists it."""

    name: str
    """Its file's name."""
    subject: str
    sender: str
    to: str
    date: str
    preview: str
    html: str

    def as_json(self) -> dict[str, object]:
        """As the page's list reads it."""
        return {
            "id": self.name,
            "subject": self.subject,
            "from": self.sender,
            "to": self.to,
            "date": self.date,
            "preview": self.preview,
        }


class Mailbox:
    """The newest 50 emails of a folder; each file is read once for each time it is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, int], Mail] = {}

    async def mails(self) -> list[Mail]:
        """The emails, newest first."""
        return await asyncio.to_thread(self._read)

    async def find(self, name: str) -> Mail | None:
        """One email by its file's name."""
        return next((mail for mail in await self.mails() if mail.name == name), None)

    def _read(self) -> list[Mail]:
        if not self._folder.is_dir():
            return []
        files = [(path.stat().st_mtime_ns, path) for path in self._folder.glob("*.eml")]
        files.sort(key=lambda file: (file[0], file[1].name), reverse=True)
        known = {
            (path.name, written): self._known.get((path.name, written)) or _mail(path)
            for written, path in files[:_SHOWN]
        }
        self._known = known
        return list(known.values())


def _mail(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=modern)
    text = _part(message, "plain")
    return Mail(
        name=path.name,
        subject=str(message.get("subject", "")),
        sender=str(message.get("from", "")),
        to=str(message.get("to", "")),
        date=_date(message),
        preview=" ".join(text.split())[:80],
        html=_part(message, "html") or _EMPTY,
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    content = part.get_content() if part is not None else ""
    return content if isinstance(content, str) else ""


def _date(message: EmailMessage) -> str:
    moment = getattr(message.get("date"), "datetime", None)
    return moment.isoformat() if moment is not None else ""
