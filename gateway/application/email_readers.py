"""Who of several readers has an email, and who may still take it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import structlog

from gateway.application.ports.mailer import Mailer, OutgoingEmail
from gateway.domain.agencies import Contact
from gateway.domain.errors import DeliveryFailed, FailureFacts

log = structlog.get_logger()

READER_DIGITS: Final = 12
"""Of a digest of the address: tells the emails of one step apart, and tells nobody the address."""
_FAULT: Final = FailureFacts("fault", retryable=True, outcome_unknown=True)


def reader_of(contact: Contact) -> str:
    """How Message-IDs and the outbox call a reader."""
    return sha256(contact.email.casefold().encode()).hexdigest()[:READER_DIGITS]


async def send_to_each(mailer: Mailer, emails: Mapping[str, OutgoingEmail]) -> dict[str, DeliveryFailed]:
    """Write to each reader; which of them did not get it, and why.

    A fault of our own is that reader's failure too: raised, it would repeat the copies that others have.
    """
    failures: dict[str, DeliveryFailed] = {}
    for reader, email in emails.items():
        try:
            await mailer.send(email)
        except DeliveryFailed as failure:
            failures[reader] = failure
        except Exception as error:
            # It may have come before or after the sending. Its words stay in the log: they may tell anything.
            log.exception("email_broke", reader=reader)
            why = f"a fault of the gateway's own: {type(error).__name__}; its log tells more"
            failures[reader] = DeliveryFailed(why, _FAULT)
    return failures


def may_succeed(failure: DeliveryFailed) -> bool:
    """Whether it is worth another try."""
    return failure.facts.retryable or failure.facts.outcome_unknown
