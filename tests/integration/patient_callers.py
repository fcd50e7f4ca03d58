"""A process of the real command with its settings, and callers who do not give up when the line breaks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import aiohttp

from tests.integration.conftest import AGENCY
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.gateway_settings import settings_between
from tests.peers.smtp_server import ScriptedSmtpServer
from tests.peers.twilio_call import ScriptedCall
from tests.peers.twilio_webhooks import TwilioWebhooks

ENTRY = f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=a"
LEVELS = {
    "1": "very_satisfied",
    "2": "satisfied",
    "3": "fairly_satisfied",
    "4": "dissatisfied",
    "5": "very_dissatisfied",
}


@dataclass
class Callers:
    """What callers pressed, and whether they were told that it counts."""

    told: dict[str, str] = field(default_factory=dict)
    pressed: dict[str, str] = field(default_factory=dict)


def process_environment(
    database_url: str, port: int, store: ScriptedCoreStore, mail: ScriptedSmtpServer
) -> dict[str, str]:
    """Settings of a process between these peers."""
    return settings_between(database_url, f"http://127.0.0.1:{port}", store, mail) | {
        "HAOCHAPING_SERVER__PORT": str(port),
        "HAOCHAPING_RULES__EMAIL_SETTLE": "0s",
    }


async def rate(carrier: TwilioWebhooks, number: int, callers: Callers, gate: asyncio.Event) -> None:
    """Call and press; when the line breaks, the carrier brings the same key again."""
    call: ScriptedCall = carrier.call(f"+8613{number:09d}", status_callback="")
    key = str(number % 5 + 1)
    service_id = f"call-{call.call_sid}"
    await _until_answered(lambda: call.enter(ENTRY))
    await gate.wait()
    callers.pressed[service_id] = LEVELS[key]
    try:
        await call.press(key)
    except aiohttp.ClientError:
        await _until_answered(call.repeat)
    callers.told[service_id] = LEVELS[key]


async def _until_answered(send: object) -> None:
    while True:
        try:
            await send()  # type: ignore[operator]  # any of the carrier's verbs
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
        else:
            return
