"""The email as it travels: headers and a text/HTML alternative by the rules of RFC 5322, 2045 and 3834."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import TYPE_CHECKING, Final

from gateway.domain.errors import DeliveryFailed, FailureFacts

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.application.ports.mailer import OutgoingEmail

# Seven bits: no server on the way has to know 8BITMIME.
_POLICY: Final = SMTP.clone(cte_type="7bit")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+"
_AT: Final = rf"{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*"
_ADDRESS: Final = re.compile(rf"{_AT}\Z")
_MESSAGE_ID: Final = re.compile(rf"<{_AT}>\Z")


def build_message(email: OutgoingEmail, sender: str, sent_at: datetime) -> EmailMessage:
    """The whole message; the same input gives the same headers and parts.

    Raises:
        DeliveryFailed: there is nobody to write to, or a header would be malformed or smuggle in another;
            trying again cannot help.

    """
    if not email.to:
        raise DeliveryFailed(
            f"email {email.message_id!r} has no recipient", FailureFacts("no-recipient", retryable=False)
        )
    try:
        message = _with_headers(email, sender, sent_at)
    except (ValueError, MessageError) as error:
        raise DeliveryFailed(
            f"email {email.message_id!r} is malformed: {error}", FailureFacts("malformed", retryable=False)
        ) from error
    message.set_content(email.text)
    message.add_alternative(email.html, subtype="html")
    # The library draws boundaries at random; those from the id keep repeats alike.
    mark = re.sub(r"[^A-Za-z0-9]", "", email.message_id)[:60]
    message.set_boundary(f"=_{mark}_=")
    if email.calendar:
        message.add_attachment(
            email.calendar, subtype="calendar", filename="deadline.ics", params={"method": "PUBLISH"}
        )
        message.set_boundary(f"=_{mark}_mixed_=")
    return message


def bare_address(mailbox: str) -> str:
    """The address of `Name <address>`, for the envelope; raises ValueError when it is none."""
    return _checked(parseaddr(mailbox)[1])


def _with_headers(email: OutgoingEmail, sender: str, sent_at: datetime) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = _mailbox(sender)
    message["To"] = [Address(addr_spec=_checked(address)) for address in email.to]
    # The library takes `=?` for the start of an encoded word, even inside an item's name.
    message["Subject"] = email.subject.replace("=?", "=\N{FULLWIDTH QUESTION MARK}")
    message["Date"] = sent_at
    message["Message-ID"] = _message_id(email.message_id)
    if email.in_reply_to:
        message["In-Reply-To"] = _message_id(email.in_reply_to)
    if email.references:
        message["References"] = " ".join(_message_id(reference) for reference in email.references)
    if email.return_address:
        message["Reply-To"] = Address(addr_spec=_checked(email.return_address))
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    for name, value in email.headers.items():
        if name in message:
            raise ValueError(f"header {name} is set already")
        message[name] = value
    return message


def _mailbox(mailbox: str) -> Address:
    return Address(display_name=parseaddr(mailbox)[0], addr_spec=bare_address(mailbox))


def _checked(address: str) -> str:
    if not _ADDRESS.match(address):
        raise ValueError(f"{address!r} is no email address of ASCII characters")
    return address


def _message_id(value: str) -> str:
    if not _MESSAGE_ID.match(value):
        raise ValueError(f"{value!r} is no message id such as <GD-1@example.cn>")
    return value
