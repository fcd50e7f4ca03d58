"""Whether Twilio knows the account and the number, and brings texts to where we are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.adapters.providers.twilio.account import AccountNumber, AccountState, account_state
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.domain.errors import DeliveryFailed
from gateway.settings import Settings

_TEXTS_PATH: Final = "/twilio/sms/inbound"
_REFUSED: Final = frozenset({"20003", "20404"})


def is_used(settings: Settings) -> bool:
    """Whether Twilio carries anything."""
    return settings.voice.provider == "twilio" or "twilio" in settings.sms.providers


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """By its REST API; nothing is sent or changed."""
    settings = patient.settings
    if not is_used(settings):
        return []
    twilio = settings.twilio
    texts = "twilio" in settings.sms.providers
    transport = TwilioTransport(patient.session, answer_timeout=twilio.timeout)
    token, number = twilio.auth_token.get_secret_value(), twilio.from_number if texts else ""
    try:
        state = await account_state(transport, twilio.account_sid, token, twilio.api_base_url, number)
    except DeliveryFailed as failure:
        if failure.facts.code in _REFUSED:
            remedy = "twilio.account_sid and twilio.auth_token, from Twilio's console"
            return [broken("twilio", "it does not know the account with this token", remedy, str(failure))]
        return [broken("twilio", str(failure), "network and twilio.api_base_url; texts wait meanwhile")]
    found = [*_account(state)]
    return [*found, *(_number(state.number, settings.server.public_url) if texts else ())]


def _account(state: AccountState) -> Iterator[Diagnosis]:
    seen = f"status {state.status}, type {state.kind}"
    if state.status != "active":
        yield broken("twilio", "the account is not active", "see Twilio's console", seen)
    elif state.kind == "Trial":
        yield doubtful("twilio", "a trial account texts and calls verified numbers only", "upgrade it", seen)
    else:
        yield sound("twilio", "the account is active and takes the token", seen)


def _number(number: AccountNumber | None, public_url: str) -> Iterator[Diagnosis]:
    if number is None:
        remedy = "twilio.from_number: one of the account's numbers"
        yield broken("twilio", "twilio.from_number is not one of the account's: texts are refused", remedy)
    elif not number.takes_texts:
        yield broken("twilio", "twilio.from_number cannot text", "take a number with SMS")
    elif number.sms_url != public_url + _TEXTS_PATH:
        remedy = f"set the number's messaging webhook to {public_url}{_TEXTS_PATH}, POST"
        seen = f"set there: {number.sms_url or 'nothing'}"
        words = "Twilio brings replies elsewhere (unless a messaging service does it)"
        yield doubtful("twilio", words, remedy, seen)
    else:
        yield sound("twilio", "the number is the account's, can text, and brings replies here")
