"""Emails as agencies' mail programs and mail servers send them back."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.policy import SMTP
from itertools import count

_numbers = count(1)


def reply(to: str, sender: str, words: str, **headers: str) -> bytes:
    """A reply to an address; headers may stand in for the usual ones."""
    message = EmailMessage(policy=SMTP)
    usual = {
        "From": sender,
        "To": to,
        "Subject": "Re: 差评整改",
        "Message-ID": f"<reply-{next(_numbers)}@agency.example>",
    }
    for name, value in (usual | headers).items():
        message[name] = value
    message.set_content(words)
    return bytes(message)


def bounce(to: str, failed: str, status: str, action: str = "failed") -> bytes:
    """A delivery status notification (RFC 3464) about one recipient."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "MAILER-DAEMON@mx.example"
    message["To"] = to
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message["Return-Path"] = "<>"
    message["Auto-Submitted"] = "auto-replied"
    message["Message-ID"] = f"<bounce-{next(_numbers)}@mx.example>"
    message.set_content("The mail could not be delivered.")
    message.make_mixed()
    report = MIMEBase("message", "delivery-status", policy=SMTP)
    for fields in ({"Reporting-MTA": "dns; mx.example"}, _of_recipient(failed, status, action)):
        block = EmailMessage(policy=SMTP)
        for name, value in fields.items():
            block[name] = value
        report.attach(block)
    message.attach(report)  # type: ignore[arg-type]  # no EmailMessage can hold blocks of fields
    message.replace_header("Content-Type", 'multipart/report; report-type="delivery-status"')
    return bytes(message)


def _of_recipient(failed: str, status: str, action: str) -> dict[str, str]:
    return {"Final-Recipient": f"rfc822; {failed}", "Action": action, "Status": status}
