"""Whether the mail server lets us in and takes our sender; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.adapters.mailer.smtp import SmtpMailer
from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.worker import smtp_server
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.domain.errors import DeliveryFailed
from gateway.settings.deliveries import SmtpSettings

_NOWHERE: Final = (".example", ".invalid", ".test", ".localhost", ".local", ".localdomain")
_EXAMPLES: Final = ("example.com", "example.net", "example.org", "example.gov.cn")
_LIKE_A_RETURN_ADDRESS: Final = "+gd-20260101-aaaaaaaa.aaaaaaaa.aaaaaaaaaaaaaaaa"
_REMEDIES: Final = {
    "535": "smtp.username and smtp.password",
    "534": "smtp.username and smtp.password; the server may want an app password",
    "530": "the server wants a login: smtp.username and smtp.password",
    "certificate": "smtp.ca_file, or smtp.host as the certificate names it",
    "timeout": "smtp.host, smtp.port and the firewall between",
    "unreachable": "smtp.host, smtp.port and smtp.security: 587 starttls, 465 tls, 25 none",
}


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Connect, STARTTLS, log in, name the sender, leave."""
    smtp = patient.settings.smtp
    if not smtp.host:
        remedy = "set smtp.host; in earnest nobody is told of bad ratings without it"
        return [doubtful("mail", "no mail server: emails are kept as files in var/mail", remedy)]
    mailer = SmtpMailer(smtp_server(patient.settings), sender=smtp.sender, clock=patient.clock)
    try:
        await mailer.rehearse()
        refused = await _refused_returns(mailer, patient.settings.mailbox.address)
    except DeliveryFailed as failure:
        remedy = _REMEDIES.get(
            failure.facts.code, "ask who runs the mail server whether smtp.sender may send"
        )
        return [broken("mail", str(failure), remedy)]
    finally:
        await mailer.close()
    if refused:
        return [refused]
    seen = f"{smtp.host}:{smtp.port}, {smtp.security}, " + ("logged in" if smtp.username else "without login")
    return [sound("mail", "the server lets us in and takes our sender", seen), *_sender(smtp), *_safety(smtp)]


async def _refused_returns(mailer: SmtpMailer, mailbox: str) -> Diagnosis | None:
    """What is wrong where the server takes the sender, but none of the addresses that replies come to."""
    local, _, domain = mailbox.partition("@")
    if not mailbox:
        return None
    try:
        await mailer.rehearse(f"{local}{_LIKE_A_RETURN_ADDRESS}@{domain}")
    except DeliveryFailed as failure:
        remedy = (
            "have the server let smtp.username send as mailbox.address with +anything, or leave that empty"
        )
        return broken("mail", f"return addresses: {failure}", remedy)
    return None


def _sender(smtp: SmtpSettings) -> Iterator[Diagnosis]:
    domain = smtp.sender.rpartition("@")[2].rstrip("> ").lower()
    if (
        "." not in domain
        or domain.endswith((*_NOWHERE, *(f".{one}" for one in _EXAMPLES)))
        or domain in _EXAMPLES
    ):
        remedy = "smtp.sender: an address of yours, whose SPF and DKIM name this server"
        yield doubtful(
            "mail", f"{domain} is nobody's domain: such emails are refused or lost as spam", remedy
        )


def _safety(smtp: SmtpSettings) -> Iterator[Diagnosis]:
    if smtp.security == "none" and smtp.host not in {"localhost", "127.0.0.1", "::1"}:
        yield doubtful("mail", "emails cross the network unprotected", 'smtp.security = "starttls" or "tls"')
