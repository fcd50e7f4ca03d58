"""What Twilio says of an account and its number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.adapters.providers.twilio.answers import readable
from gateway.adapters.providers.twilio.client import twilio_client
from gateway.adapters.providers.twilio.listing import entries
from gateway.adapters.providers.twilio.transport import TwilioTransport


@dataclass(frozen=True, slots=True)
class AccountNumber:
    """A number of the account."""

    takes_texts: bool
    sms_url: str
    """Where Twilio brings texts that come in; empty where it brings them nowhere."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account."""

    status: str
    """`active`, `suspended`, `closed`."""
    kind: str
    """`Full` or `Trial`."""
    number: AccountNumber | None
    """None when the number is not one of the account's."""


async def account_state(
    transport: TwilioTransport, account_sid: str, auth_token: str, api_base_url: str, from_number: str
) -> AccountState:
    """Ask for the account and its number; changes nothing. `from_number` may be empty.

    Raises:
        DeliveryFailed: Twilio does not answer, not readably, or refuses us.

    """
    client = twilio_client(account_sid, auth_token, transport, api_base_url)
    with readable():
        account = await client.api.accounts(account_sid).fetch_async()
        found = []
        if from_number:
            first = client.incoming_phone_numbers.page_async(phone_number=from_number, page_size=1)
            found = await entries(first, 1)
        number = None
        if found:
            # The SDK says that it is a text; it is the object of the answer.
            can: Any = found[0].capabilities
            takes_texts = bool(can.get("sms")) if isinstance(can, Mapping) else True
            number = AccountNumber(takes_texts, str(found[0].sms_url or ""))
        return AccountState(str(account.status), str(account.type), number)
