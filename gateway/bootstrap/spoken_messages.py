"""Who keeps the spoken messages of citizens, by the settings."""

from __future__ import annotations

import aiohttp

from gateway.adapters.providers.asterisk.spoken_messages import AsteriskRecordings
from gateway.adapters.providers.demo.spoken_messages import DemoRecordings
from gateway.adapters.providers.twilio.spoken_messages import TwilioRecordings
from gateway.application.ports.recordings import Recordings
from gateway.settings import Settings


def keepers_of_recordings(settings: Settings, session: aiohttp.ClientSession) -> list[Recordings]:
    """Everybody who is configured: messages are listened to long after their calls."""
    asterisk, twilio = settings.asterisk, settings.twilio
    keepers: list[Recordings] = [DemoRecordings()]
    if twilio.account_sid:
        keepers.append(
            TwilioRecordings(
                session,
                account_sid=twilio.account_sid,
                auth_token=twilio.auth_token.get_secret_value(),
                api_base_url=twilio.api_base_url,
                timeout=twilio.timeout,
            )
        )
    if asterisk.url:
        keepers.append(
            AsteriskRecordings(
                session,
                (asterisk.url, *asterisk.further_urls),
                username=asterisk.username,
                password=asterisk.password.get_secret_value(),
            )
        )
    return keepers
