"""Settings, by their environment names, of gateways that work between our peers."""

from __future__ import annotations

import json
from base64 import b64encode

from tests.peers.core_store import ScriptedCoreStore
from tests.peers.smtp_server import ScriptedSmtpServer
from tests.peers.twilio_server import TwilioServer
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

KEYS = json.dumps([b64encode(b"k" * 32).decode()])
"""`privacy.keys`: the same for all processes of a test, as all of an installation have the same."""


def settings_between(
    database_url: str, url: str, store: ScriptedCoreStore, mail: ScriptedSmtpServer
) -> dict[str, str]:
    """A gateway that is reached at `url`, and called by way of Twilio."""
    return {
        "HAOCHAPING_SERVER__PUBLIC_URL": url,
        "HAOCHAPING_DATABASE__URL": database_url,
        "HAOCHAPING_PRIVACY__KEYS": KEYS,
        "HAOCHAPING_VOICE__PROVIDER": "twilio",
        "HAOCHAPING_TWILIO__ACCOUNT_SID": ACCOUNT_SID,
        "HAOCHAPING_TWILIO__AUTH_TOKEN": AUTH_TOKEN,
        "HAOCHAPING_TWILIO__FROM_NUMBER": LINE,
        "HAOCHAPING_CORE_STORE__KIND": "http",
        "HAOCHAPING_CORE_STORE__URL": store.url,
        "HAOCHAPING_CORE_STORE__TOKEN": store.token,
        "HAOCHAPING_SMTP__HOST": "127.0.0.1",
        "HAOCHAPING_SMTP__PORT": str(mail.port),
        "HAOCHAPING_SMTP__SECURITY": "none",
        "HAOCHAPING_SMTP__SENDER": "haochaping@example.org",
    }


def texts_by(twilio: TwilioServer) -> dict[str, str]:
    """Texts go by way of this Twilio too."""
    return {"HAOCHAPING_SMS__PROVIDERS": '["twilio"]', "HAOCHAPING_TWILIO__API_BASE_URL": twilio.url}
