"""What is particular to sending through Twilio; what every carrier does is in the contract."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import create_autospec

import aiohttp
import pytest

from gateway.adapters.providers.twilio.messages import TwilioSmsCarrier
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.application.ports.sms_carrier import OutgoingText
from gateway.domain.errors import ConfigurationError, DeliveryFailed, FailureFacts
from gateway.domain.outbox import CarrierTry
from gateway.domain.phone_numbers import PhoneNumber
from tests.peers.twilio_server import Garble, Refuse, TwilioServer
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TEXT = OutgoingText(reference="m-1", to=PhoneNumber("+8613800138000"), body="请评价")


class FixedClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Always the same moment."""
        return NOW


@dataclass(frozen=True, slots=True)
class Rig:
    """A carrier and the server it sends to."""

    carrier: TwilioSmsCarrier
    twilio: TwilioServer


def carrier_to(api_base_url: str, session: aiohttp.ClientSession, **changed: str) -> TwilioSmsCarrier:
    """A carrier with the tests' account, some settings changed."""
    settings = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, "from_number": LINE, **changed}
    return TwilioSmsCarrier(
        account_sid=settings["account_sid"],
        auth_token=settings["auth_token"],
        from_number=settings["from_number"],
        public_url="https://rating.example.gov.cn/",
        transport=TwilioTransport(session),
        clock=FixedClock(),
        further_numbers=changed.get("further", "").split(),
        api_base_url=api_base_url,
    )


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A carrier on a scripted server."""
    async with TwilioServer.running() as twilio, aiohttp.ClientSession() as session:
        yield Rig(carrier_to(twilio.url, session), twilio)


async def test_asks_for_receipts_at_the_public_url(rig: Rig) -> None:
    """Line and receipts' address go with each text; our reference stands in the address, and is signed so."""
    accepted = await rig.carrier.send(TEXT)

    (text,) = rig.twilio.sent
    assert (text.sid, text.from_, text.status_callback) == (
        accepted.provider_message_id,
        LINE,
        "https://rating.example.gov.cn/twilio/sms/status?ref=m-1",
    )


@pytest.mark.parametrize(
    ("left", "validity"),
    [
        (None, None),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=90.9), 90),
        (timedelta(hours=10), 36000),
        (timedelta(days=3), 36000),
    ],
)
async def test_tells_twilio_how_long_the_text_is_good(
    rig: Rig, left: timedelta | None, validity: int | None
) -> None:
    """Whole seconds within what Twilio takes; nothing when there is no limit."""
    await rig.carrier.send(replace(TEXT, valid_until=None if left is None else NOW + left))

    assert rig.twilio.sent[0].validity_period == validity


@pytest.mark.parametrize(
    ("trouble", "code", "retryable", "unknown"),
    [
        (Refuse(400, 21610), "21610", False, False),
        (Refuse(400, 21611), "21611", True, False),
        (Refuse(401), "http_401", True, False),
        (Refuse(403), "http_403", True, False),
        (Refuse(400), "http_400", False, False),
        (Refuse(408), "http_408", True, True),
        (Refuse(500, 20500), "20500", True, False),
        (Refuse(500), "http_500", True, True),
        (Refuse(502), "http_502", True, True),
        (Refuse(503, 20503), "20503", True, False),
        (Refuse(503), "http_503", True, True),
        (Refuse(503, 503), "http_503", True, True),
        (Refuse(403, 0), "http_403", True, False),
        (Refuse(504), "http_504", True, True),
        (Refuse(307), "http_307", True, False),
        (Garble("[]"), "unreadable_answer", True, True),
        (Garble('{"sid": null}'), "unreadable_answer", True, True),
        (Garble('{"status": "queued"}'), "unreadable_answer", True, True),
    ],
)
async def test_tells_the_facts_of_a_failure(
    rig: Rig,
    trouble: Refuse | Garble,
    code: str,
    retryable: bool,
    unknown: bool,
) -> None:
    """Twilio's code where it gave one, what it means, and never a second POST."""
    rig.twilio.troubles.append(trouble)

    with pytest.raises(DeliveryFailed) as raised:
        await rig.carrier.send(TEXT)

    facts = raised.value.facts
    assert (facts.code, facts.retryable, facts.outcome_unknown) == (code, retryable, unknown)
    assert rig.twilio.requests == 1


@pytest.mark.parametrize(
    ("error", "code", "unknown"),
    [
        (aiohttp.ConnectionTimeoutError(), "unreachable", False),
        (aiohttp.SocketTimeoutError(), "timeout", True),
        (aiohttp.ServerDisconnectedError(), "disconnected", True),
        (aiohttp.ClientOSError(), "disconnected", True),
        (aiohttp.ClientPayloadError(), "disconnected", True),
    ],
)
async def test_tells_before_from_after_the_request_left(error: Exception, code: str, unknown: bool) -> None:
    """Only what happens before the request has left is free of doubt."""
    session = create_autospec(aiohttp.ClientSession, instance=True)
    session.request.return_value.__aenter__.side_effect = error

    with pytest.raises(DeliveryFailed) as raised:
        await carrier_to("http://127.0.0.1:9", session).send(TEXT)

    facts = raised.value.facts
    assert (facts.code, facts.retryable, facts.outcome_unknown) == (code, True, unknown)


@pytest.mark.parametrize("retry_after", ["soon", "-1", "Wed, 25 Nov 2026 07:28:00 GMT", "1000000", "٣"])
async def test_ignores_a_wish_that_cannot_be_meant(rig: Rig, retry_after: str) -> None:
    """A Retry-After that is no sane number of seconds is left to our own patience."""
    rig.twilio.troubles.append(Refuse(429, 20429, retry_after=retry_after.encode().decode("latin-1")))

    with pytest.raises(DeliveryFailed) as raised:
        await rig.carrier.send(TEXT)

    assert raised.value.facts.retry_after is None


@pytest.mark.parametrize(("wish", "wait"), [("3600", 3600), ("99999", 3600)])
async def test_waits_an_hour_at_most__regression(rig: Rig, wish: str, wait: int) -> None:
    """One wrong header must not hold a text back until it is of no use."""
    rig.twilio.troubles.append(Refuse(429, 20429, retry_after=wish))

    with pytest.raises(DeliveryFailed) as raised:
        await rig.carrier.send(TEXT)

    assert raised.value.facts.retry_after == timedelta(seconds=wait)


async def test_wrong_credentials_are_told_apart() -> None:
    """Twilio's code for them comes through."""
    async with TwilioServer.running() as twilio, aiohttp.ClientSession() as session:
        with pytest.raises(DeliveryFailed) as raised:
            await carrier_to(twilio.url, session, auth_token="wrong").send(TEXT)

    assert raised.value.facts.code == "20003"


@pytest.mark.requirement("R-18")
async def test_success_is_not_logged_either(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """At the lowest level no log line holds number, words or token."""
    with caplog.at_level(logging.NOTSET):
        await rig.carrier.send(TEXT)

    assert "13800138000" not in caplog.text
    assert "请评价" not in caplog.text
    assert AUTH_TOKEN not in caplog.text


async def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """TWILIO_* variables, which the SDK reads by itself, do not redirect what is configured."""
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "ACother")
    async with TwilioServer.running() as twilio, aiohttp.ClientSession() as session:
        await carrier_to(twilio.url, session).send(TEXT)

        assert len(twilio.sent) == 1


@pytest.mark.parametrize("setting", ["account_sid", "auth_token", "from_number"])
async def test_names_the_setting_that_is_missing(setting: str) -> None:
    """An incomplete account stops the start, not the first text."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigurationError, match=f"twilio.{setting}"):
            carrier_to("http://127.0.0.1:9", session, **{setting: ""})


async def test_sends_from_the_wanted_number_of_the_account() -> None:
    """And finds the text under that number; a number that is not the account's is not tried."""
    further = "+15005550007"
    async with TwilioServer.running() as twilio, aiohttp.ClientSession() as session:
        twilio.lines.add(further)
        twilio.now = lambda: NOW
        carrier = carrier_to(twilio.url, session, further=further)

        accepted = await carrier.send(replace(TEXT, line=further))
        await carrier.send(replace(TEXT, line="+15005550008"))
        found = await carrier.find(TEXT, CarrierTry("twilio", further, NOW))

        assert [text.from_ for text in twilio.sent] == [further, LINE]
        assert accepted.line == further
        assert [text.provider_message_id for text in found] == [accepted.provider_message_id]


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"messages": 5}', '{"messages": [1]}', "null"])
async def test_a_list_that_cannot_be_read_is_no_proof_of_anything(rig: Rig, body: str) -> None:
    """The text is looked up again later."""
    rig.twilio.look_up_troubles.append(Garble(body))

    with pytest.raises(DeliveryFailed) as raised:
        await rig.carrier.find(TEXT, CarrierTry("twilio", LINE, NOW))

    assert raised.value.facts == FailureFacts("unreadable_answer", retryable=True)


async def test_texts_from_the_citizen_and_of_long_ago_are_not_taken_for_ours(rig: Rig) -> None:
    """Only what went out since the try."""
    rig.twilio.now = lambda: NOW - timedelta(days=2)
    await rig.carrier.send(TEXT)
    rig.twilio.now = lambda: NOW
    await rig.carrier.send(replace(TEXT, reference="m-2"))
    rig.twilio.sent[-1] = replace(rig.twilio.sent[-1], direction="inbound")

    assert await rig.carrier.find(TEXT, CarrierTry("twilio", LINE, NOW)) == []
