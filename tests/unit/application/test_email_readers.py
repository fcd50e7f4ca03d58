"""Several readers of one letter: what befalls one of them is theirs alone."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.application.email_readers import may_succeed, send_to_each
from gateway.application.ports.mailer import EmailReceipt, OutgoingEmail


class BrokenFor:
    """A mailer that raises for one reader."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.sent: list[str] = []

    async def send(self, email: OutgoingEmail) -> EmailReceipt:
        """See the port."""
        if email.to[0] == "b@example.gov.cn":
            raise self.error
        self.sent.append(email.to[0])
        return EmailReceipt(email.to)


EMAILS = {
    name: OutgoingEmail(
        message_id=f"<{name}@x>", subject="差评", to=(f"{name}@example.gov.cn",), text="您好", html=""
    )
    for name in "abc"
}


async def test_a_fault_for_one_reader_repeats_no_other_copy__regression() -> None:
    """It stands among the failures, to be tried again; the others have theirs once."""
    mailer = BrokenFor(RuntimeError("about b@example.gov.cn"))

    with capture_logs() as lines:
        failures = await send_to_each(mailer, EMAILS)

    assert mailer.sent == ["a@example.gov.cn", "c@example.gov.cn"]
    assert list(failures) == ["b"]
    assert may_succeed(failures["b"])
    assert failures["b"].facts.outcome_unknown, "it may have come after the sending"
    assert "example" not in str(failures["b"]), "its words stay in the log"
    assert [(line["event"], line["reader"], bool(line["exc_info"])) for line in lines] == [
        ("email_broke", "b", True)
    ]


async def test_a_process_that_ends_waits_for_no_reader() -> None:
    """To be cancelled is no reader's failure."""
    with pytest.raises(asyncio.CancelledError):
        await send_to_each(BrokenFor(asyncio.CancelledError()), EMAILS)
