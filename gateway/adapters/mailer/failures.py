"""What an SMTP failure means for the retry decision."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from aiosmtplib import SMTPResponseException, SMTPTimeoutError

from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.application.ports.mailer import RefusedRecipient

_TRANSIENT: Final = range(400, 500)
_PERMANENT: Final = range(500, 600)
_LONGEST_ANSWER: Final = 200


def session_failure(error: Exception, server: str) -> DeliveryFailed:
    """The session could not be opened: the email itself is fine and waits, whatever the code says."""
    if isinstance(error, SMTPResponseException):
        code, problem = str(error.code), f"refuses the session ({error.code} {_answer(error)})"
    elif isinstance(error, SMTPTimeoutError):
        code, problem = "timeout", "does not answer in time"
    elif certificate := _certificate_error(error):
        code = "certificate"
        problem = f"has a certificate that is not trusted ({certificate.verify_message}); see smtp.ca_file"
    else:
        code, problem = "unreachable", f"cannot be used ({one_line(str(error))[:_LONGEST_ANSWER]})"
    return DeliveryFailed(f"SMTP server {server} {problem}", FailureFacts(code, retryable=True))


def transaction_failure(error: Exception, *, content_sent: bool) -> DeliveryFailed:
    """An email was not taken, or the connection was lost on the way.

    Once the content has left, only an answer tells that it was not taken; without one the server may
    well have it.
    """
    if isinstance(error, SMTPResponseException) and error.code in _PERMANENT:
        facts = FailureFacts(str(error.code), retryable=False)
        return DeliveryFailed(f"refused: {error.code} {_answer(error)}", facts)
    if isinstance(error, SMTPResponseException) and error.code in _TRANSIENT:
        facts = FailureFacts(str(error.code), retryable=True)
        return DeliveryFailed(f"refused for now: {error.code} {_answer(error)}", facts)
    code = "timeout" if isinstance(error, SMTPTimeoutError) else "disconnected"
    facts = FailureFacts(code, retryable=True, outcome_unknown=content_sent)
    return DeliveryFailed(f"no answer from the SMTP server ({code})", facts)


def nobody_accepted(refused: Iterable[RefusedRecipient]) -> DeliveryFailed:
    """Every recipient was refused; one that may be tried again makes the whole email retryable."""
    codes = [recipient.code for recipient in refused]
    passing = [code for code in codes if code in _TRANSIENT]
    code = (passing or codes)[0]
    facts = FailureFacts(str(code), retryable=bool(passing))
    return DeliveryFailed(f"every recipient was refused: {', '.join(map(str, codes))}", facts)


def _answer(error: SMTPResponseException) -> str:
    return one_line(error.message)[:_LONGEST_ANSWER]


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The certificate's fault behind an error; aiosmtplib wraps it for TLS and not for STARTTLS."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__
    return error
