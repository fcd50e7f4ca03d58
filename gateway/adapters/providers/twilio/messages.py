"""Texts to citizens through Twilio's REST API: sent by POST Messages, looked up by GET."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gateway.adapters.providers.twilio.answers import UNREADABLE, readable
from gateway.adapters.providers.twilio.client import twilio_client
from gateway.adapters.providers.twilio.codes import delivery_status, is_outbound
from gateway.adapters.providers.twilio.listing import entries
from gateway.adapters.providers.twilio.provider import NAME, RECEIPT_PATH, REFERENCE
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.application.ports.clock import Clock
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText, TextReport
from gateway.domain.errors import TOO_LATE, ConfigurationError, DeliveryFailed, FailureFacts
from gateway.domain.outbox import CarrierTry

if TYPE_CHECKING:
    from twilio.rest.api.v2010.account.message import MessageInstance

API_BASE_URL: Final = "https://api.twilio.com"
"""Twilio's own; tests and proxies have another."""
_LONGEST_VALIDITY: Final = timedelta(seconds=36000)
"""ValidityPeriod takes 1 to 36000 seconds, and is 36000 when left out (OpenAPI document of POST Messages)."""


_SHORTEST_VALIDITY: Final = timedelta(minutes=1)
"""A second is allowed; but validity is judged when a text leaves Twilio's queue (error 30036)."""
_SETTLES_WITHIN: Final = timedelta(minutes=2)
"""No document says how soon the list shows a text: ample, and for nodes whose clocks disagree."""
_CLOCK_SKEW: Final = timedelta(days=1)
"""By how much Twilio's clock may seem behind ours; what we sent before is known, and told apart by its id."""
_MOST_LISTED: Final = 2000
"""Texts from one line to one citizen; more cannot all be theirs."""
_PAGE: Final = 50
"""So many of the longest texts, each character written as an escape, are within what is read of an answer."""


class TwilioSmsCarrier:
    """Sends each text once; receipts come back through `TwilioProvider`.

    `from_number` is the line that citizens see and answer; `further_numbers` are others of the account that
    they may have texted to. `page_size` is how many texts a look-up asks for at a time.
    """

    can_be_asked: Final = True
    settles_within: Final = _SETTLES_WITHIN
    shortest_validity: Final = _SHORTEST_VALIDITY

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        from_number: str,
        public_url: str,
        transport: TwilioTransport,
        clock: Clock,
        further_numbers: Sequence[str] = (),
        api_base_url: str = API_BASE_URL,
        page_size: int = _PAGE,
    ) -> None:
        required = {"account_sid": account_sid, "auth_token": auth_token, "from_number": from_number}
        for key in (key for key, value in required.items() if not value):
            raise ConfigurationError("must be set to send texts", place=f"twilio.{key}")
        self._messages = twilio_client(account_sid, auth_token, transport, api_base_url).messages
        self._from_number = from_number
        self._lines = frozenset({from_number, *further_numbers})
        self._page_size = page_size
        self._receipts_url = public_url.rstrip("/") + RECEIPT_PATH
        self._clock = clock

    @property
    def name(self) -> str:
        """`twilio`."""
        return NAME

    def line_for(self, wanted: str) -> str:
        """The wanted number where the account has it, else the first."""
        return wanted if wanted in self._lines else self._from_number

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Hand a text to Twilio; raises DeliveryFailed, `outcome_unknown` when it may have been taken."""
        # Every receipt repeats the reference, signed with the rest of the URL.
        receipts_url = f"{self._receipts_url}?{REFERENCE}={quote(text.reference, safe='')}"
        wish: dict[str, object] = {"status_callback": receipts_url}
        if text.valid_until is not None:
            wish["validity_period"] = self._seconds_until(text.valid_until)
        line = self.line_for(text.line)
        try:
            message = await self._messages.create_async(text.to.reveal(), from_=line, body=text.body, **wish)
        except UNREADABLE:
            # What the SDK makes of a success whose body is no message document.
            message = None
        if message is None or not message.sid:
            facts = FailureFacts("unreadable_answer", retryable=True, outcome_unknown=True)
            raise DeliveryFailed("Twilio took the text but its answer is not readable", facts)
        return AcceptedText(message.sid, line, delivery_status(str(message.status)))

    async def find(self, text: OutgoingText, tried: CarrierTry) -> Sequence[AcceptedText]:
        """Texts from that line to that citizen with these words, made since the try.

        All of the pair's texts are read: `DateSent` would leave out those that Twilio has not sent on yet.
        """
        with readable():
            first = self._messages.page_async(
                to=text.to.reveal(), from_=tried.line, page_size=self._page_size
            )
            listed: list[MessageInstance] = await entries(first, _MOST_LISTED)
            since = tried.begun_at - _CLOCK_SKEW
            return [
                AcceptedText(str(message.sid), tried.line, delivery_status(str(message.status)))
                for message in listed
                if _may_be(message, text, since)
            ]

    async def report(self, provider_message_id: str) -> TextReport:
        """How far a text got, from the message itself."""
        with readable():
            message = await self._messages(provider_message_id).fetch_async()
            return TextReport(delivery_status(str(message.status)), str(message.error_code or ""))

    def _seconds_until(self, valid_until: datetime) -> int:
        """How long Twilio may keep the text in its queue."""
        left = valid_until - self._clock.now()
        if left < timedelta(seconds=1):
            raise DeliveryFailed("too late to send", FailureFacts(TOO_LATE, retryable=False))
        return int(min(left, _LONGEST_VALIDITY).total_seconds())


def _may_be(message: MessageInstance, text: OutgoingText, since: datetime) -> bool:
    """Trial accounts put words of Twilio's before ours; a text without a date cannot be told apart."""
    body = (message.body or "").strip()
    created_at = message.date_created
    return (
        bool(message.sid)
        and is_outbound(str(message.direction))
        and body.endswith(text.body.strip())
        and (created_at is None or created_at >= since)
    )
