"""An email as it came, read as far as anything follows from it; never raises on whatever comes."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default as modern
from email.utils import getaddresses, parseaddr
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final

from gateway.domain.mail.incoming import LARGEST, BounceClass, IncomingMail, MailNature, bounce_class
from gateway.domain.plain_text import one_line, printable, storable

_DELIVERED_TO: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_MOST_ADDRESSES: Final = 50
_LONGEST_TEXT: Final = 100_000
_AWAY: Final = (
    "自动回复",
    "自动答复",
    "out of office",
    "automatic reply",
    "auto-reply",
    "autoreply",
    "vacation",
)
_BY_PROGRAMS: Final = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From")
_CHINESE: Final = "gb18030"
"""Holds all that its forerunners do: programs call by their names what goes beyond them."""
_FORERUNNERS: Final = frozenset({"gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "euc-cn"})


def parse_mail(content: bytes) -> IncomingMail:
    """What an email says; whatever of it is malformed is left out."""
    content = content[:LARGEST]
    try:
        return _parsed(content)
    except RecursionError:
        # Parts within parts, beyond all reason: kept for people as it is.
        text = printable(storable(content[:_LONGEST_TEXT].decode("utf-8", "replace")))
        key = sha256(content).hexdigest()
        return IncomingMail(key=key, recipients=(), sender="", subject="", nature=MailNature.REPLY, text=text)


def _parsed(content: bytes) -> IncomingMail:
    message = message_from_bytes(content, policy=modern)
    reports = list(_reports(message))
    nature = _nature(message, bounced=bool(reports))
    sender = one_line(storable(parseaddr(_header(message, "From"))[1])).casefold()
    text = printable(storable(_text(message)))[:_LONGEST_TEXT]
    return IncomingMail(
        key=_key(message, content, f"{sender}\n{text}"),
        recipients=tuple(_recipients(message)),
        sender=sender,
        subject=one_line(storable(_header(message, "Subject")))[:300],
        nature=nature,
        bounce=_worst(reports) if nature is MailNature.BOUNCE else None,
        text=text,
        files=sum(_is_file(part) for part in message.walk()),
    )


def _key(message: Message, content: bytes, said: str) -> str:
    """By its Message-ID and what it says, where it has one that could be; else by its content.

    There are programs that give every email the same id; and what hops on the way add to an email is no
    part of it.
    """
    given = _header(message, "Message-ID").strip()
    known_by = f"{given}\n{_header(message, 'Date')}\n{said}".encode("utf-8", "replace")
    return sha256(known_by if given.startswith("<") else content).hexdigest()


def _header(message: Message, name: str) -> str:
    # The library raises on some malformed headers only when they are looked at.
    try:
        return str(message.get(name, ""))
    except (ValueError, TypeError, IndexError, AttributeError):
        return ""


def _recipients(message: Message) -> list[str]:
    found: list[str] = []
    for name in _DELIVERED_TO:
        try:
            values = [str(value) for value in message.get_all(name, [])]
        except (ValueError, TypeError, IndexError, AttributeError):
            continue
        # One by one: the library gives up all that it is given together for one malformed address.
        found += [address.casefold() for value in values for _, address in getaddresses([value]) if address]
    return found[:_MOST_ADDRESSES]


def _nature(message: Message, *, bounced: bool) -> MailNature:
    if bounced or (_header(message, "Return-Path").strip() == "<>" and _is_daemon(message)):
        return MailNature.BOUNCE
    automatic = _header(message, "Auto-Submitted").strip().casefold()
    precedence = _header(message, "Precedence").strip().casefold()
    subject = _header(message, "Subject").strip().casefold()
    if (
        (automatic and not automatic.startswith("no"))
        or precedence in {"auto_reply", "bulk", "junk", "list"}
        or any(name in message for name in _BY_PROGRAMS)
        or any(subject.startswith(word) for word in _AWAY)
        or _header(message, "Return-Path").strip() == "<>"
    ):
        return MailNature.AUTO_REPLY
    return MailNature.REPLY


def _is_daemon(message: Message) -> bool:
    local = parseaddr(_header(message, "From"))[1].casefold().partition("@")[0]
    return local in {"mailer-daemon", "postmaster"}


def _reports(message: Message) -> list[BounceClass]:
    """What a delivery status notification says of each recipient (RFC 3464).

    One that somebody passes on within an email of their own is no notification to us.
    """
    return [
        bounce_class(_header(block, "Action"), _header(block, "Status"))
        for part in _blocks(message)
        if message.get_content_maintype() == "multipart"
        and part.get_content_type() == "message/delivery-status"
        for block in _blocks(part)
        if "Action" in block or "Status" in block
    ]


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _worst(reports: list[BounceClass]) -> BounceClass:
    order = (BounceClass.PERMANENT, BounceClass.MAILBOX_FULL, BounceClass.DELAYED)
    return next((each for each in order if each in reports), BounceClass.UNKNOWN)


def _text(message: Message) -> str:
    """The plain text; of an email that has only HTML, its words."""
    if not isinstance(message, EmailMessage):
        return ""
    try:
        part = message.get_body(("plain", "html"))
        content = part.get_payload(decode=True) if part is not None else None
        named = (part.get_content_charset() or "") if part is not None else ""
        is_html = part is not None and part.get_content_subtype() == "html"
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""
    if not isinstance(content, bytes):
        return ""
    text = _decoded(content, named)
    return _words(text) if is_html else text


def _decoded(content: bytes, named: str) -> str:
    """By the letters that it says it is in; where it says none, or some that nobody knows, by what it is."""
    if named and named != "us-ascii":
        try:
            return content.decode(_CHINESE if named in _FORERUNNERS else named, "replace")
        except (LookupError, ValueError):
            pass
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_CHINESE, "replace")


def _is_file(part: Message) -> bool:
    return _header(part, "Content-Disposition").strip().casefold().startswith("attachment")


class _Words(HTMLParser):
    """Collects what a reader would see; quotations are marked as in plain text."""

    _BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "blockquote"})
    _HIDDEN = frozenset({"script", "style", "head", "title", "template"})

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self._quoted = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break lines where a block begins."""
        del attrs
        self._quoted += tag == "blockquote"
        self._hidden += tag in self._HIDDEN
        if tag in self._BREAKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """And where it ends."""
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in self._BREAKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        """Keep what can be seen."""
        if not self._hidden:
            words = " ".join(data.split())
            if words and self._quoted and not self.lines[-1]:
                self.lines[-1] = "> "
            self.lines[-1] += words


def _words(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    return "\n".join(line for line in parser.lines if line)
