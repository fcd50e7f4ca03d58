"""Texts to citizens through Twilio's REST API (POST Messages)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from twilio.rest import Client

from gateway.adapters.providers.twilio.codes import delivery_status
from gateway.adapters.providers.twilio.provider import NAME, RECEIPT_PATH
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.application.ports.clock import Clock
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText
from gateway.domain.errors import ConfigurationError, DeliveryFailed, FailureFacts

API_BASE_URL: Final = "https://api.twilio.com"
"""Twilio's own; tests and proxies have another."""
_LONGEST_VALIDITY: Final = timedelta(seconds=36000)
"""ValidityPeriod takes 1 to 36000 seconds, and is 36000 when left out (OpenAPI document of POST Messages)."""


class TwilioSmsCarrier:
    """Sends each text once; receipts come back through `TwilioProvider`.

    `from_number` is the line that citizens see and answer: a number of the account, a short code, or a name
    where the country allows one (then nobody can answer).
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        from_number: str,
        public_url: str,
        transport: TwilioTransport,
        clock: Clock,
        api_base_url: str = API_BASE_URL,
    ) -> None:
        required = {"account_sid": account_sid, "auth_token": auth_token, "from_number": from_number}
        for key in (key for key, value in required.items() if not value):
            raise ConfigurationError("must be set to send texts", place=f"twilio.{key}")
        # An environment of its own: TWILIO_EDGE and the like must not redirect what is configured here.
        client = Client(account_sid, auth_token, http_client=transport, environment={"TWILIO_EDGE": ""})
        client.api.base_url = api_base_url.rstrip("/")
        self._messages = client.messages
        self._from_number = from_number
        self._receipts_url = public_url.rstrip("/") + RECEIPT_PATH
        self._clock = clock

    @property
    def name(self) -> str:
        """`twilio`."""
        return NAME

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Hand a text to Twilio; raises DeliveryFailed, `outcome_unknown` when it may have been taken."""
        wish: dict[str, object] = {"status_callback": self._receipts_url}
        if text.valid_until is not None:
            wish["validity_period"] = self._seconds_until(text.valid_until)
        try:
            to = text.to.reveal()
            message = await self._messages.create_async(to, from_=self._from_number, body=text.body, **wish)
        except (ValueError, TypeError, AttributeError):
            # What the SDK makes of a success whose body is no message document.
            message = None
        if message is None or not message.sid:
            facts = FailureFacts("unreadable_answer", retryable=True, outcome_unknown=True)
            raise DeliveryFailed("Twilio took the text but its answer is not readable", facts)
        return AcceptedText(message.sid, self._from_number, delivery_status(str(message.status)))

    def _seconds_until(self, valid_until: datetime) -> int:
        """How long Twilio may keep the text in its queue."""
        left = valid_until - self._clock.now()
        if left < timedelta(seconds=1):
            raise DeliveryFailed("too late to send", FailureFacts("expired", retryable=False))
        return int(min(left, _LONGEST_VALIDITY).total_seconds())
