"""The SDK of Twilio, over our own transport."""

from __future__ import annotations

from twilio.rest import Client

from gateway.adapters.providers.twilio.transport import TwilioTransport


def twilio_client(account_sid: str, auth_token: str, transport: TwilioTransport, api_base_url: str) -> Client:
    """A client that is deaf to the environment: TWILIO_EDGE must not redirect what is configured here."""
    client = Client(account_sid, auth_token, http_client=transport, environment={"TWILIO_EDGE": ""})
    client.api.base_url = api_base_url.rstrip("/")
    return client
