"""Twilio's side of the webhooks: requests signed by its own SDK, posted to a gateway.

The signature is made by `twilio.request_validator`, not by the gateway's code, and over the public URL, while
the connection goes to wherever the gateway under test listens.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urldefrag, urlencode, urlsplit, urlunsplit

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from tests.twiml_checker import assert_twiml

if TYPE_CHECKING:
    from tests.peers.twilio_call import ScriptedCall

ACCOUNT_SID: Final = "AC" + "0" * 31 + "1"
AUTH_TOKEN: Final = "auth-token-of-the-tests"
LINE: Final = "+15005550006"
"""The gateway's number at this Twilio."""
_API_VERSION: Final = "2010-04-01"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A webhook request that can be sent again byte for byte, as Twilio does when it retries."""

    url: str
    """Public URL without fragment: what is signed."""
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the gateway answered."""

    status: int
    content_type: str
    body: str

    def assert_twiml(self) -> None:
        """It is a voice document that Twilio would carry out."""
        assert (self.status, self.content_type) == (200, "text/xml"), self
        assert_twiml(self.body)

    def assert_received(self) -> None:
        """It is what Twilio takes for a report without a warning: 204, or an empty document."""
        if self.status == 204:
            assert self.body == ""
        else:
            self.assert_twiml()
            assert "<Response/>" in self.body.replace(" ", "")


@dataclass(slots=True)
class TwilioWebhooks:
    """One account's webhooks into one gateway."""

    session: aiohttp.ClientSession
    public_url: str
    """What the gateway believes to be called by, without a slash at the end."""
    address: str = ""
    """Where it listens (`http://127.0.0.1:1234`); empty = at the public URL."""
    auth_token: str = AUTH_TOKEN
    account_sid: str = ACCOUNT_SID
    line: str = LINE
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def fresh_sid(self, prefix: str) -> str:
        """An id such as Twilio's: `CA`, `SM`, `RE` and 32 hexadecimal digits, different each time."""
        return f"{prefix}{next(self._numbers):08x}{uuid.uuid4().hex[:24]}"

    def sign(self, url: str, fields: Mapping[str, str], *, voice: bool) -> SignedRequest:
        """A request as Twilio sends it to a URL of ours, absolute or a path.

        Twilio signs voice requests over https without the URL's port, all others with it, none with the
        fragment.
        """
        absolute = urldefrag(url if "://" in url else self.public_url + url).url
        parts = urlsplit(absolute)
        signed = absolute
        if voice and parts.scheme == "https" and parts.port:
            signed = urlunsplit(parts._replace(netloc=parts.hostname or ""))
        signature = RequestValidator(self.auth_token).compute_signature(signed, dict(fields))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
        }
        return SignedRequest(absolute, urlencode(fields).encode(), headers)

    async def send(self, request: SignedRequest) -> WebhookAnswer:
        """Post it to where the gateway listens; redirects are not followed, since they lose the fields."""
        assert request.url.startswith(self.public_url + "/"), f"{request.url} is not of {self.public_url}"
        place = (self.address or self.public_url) + request.url.removeprefix(self.public_url)
        async with self.session.post(
            # As it stands: another encoding of the query would not fit the signature.
            URL(place, encoded=True),
            data=request.body,
            headers=dict(request.headers),
            allow_redirects=False,
        ) as answer:
            return WebhookAnswer(answer.status, answer.content_type, await answer.text())

    async def text_in(
        self, from_: str, body: str, *, to: str = "", message_sid: str = "", path: str = "/twilio/sms/inbound"
    ) -> WebhookAnswer:
        """A citizen texts the line; the same `message_sid` again is the same text again."""
        sid = message_sid or self.fresh_sid("SM")
        fields = {
            "ToCountry": "US",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "FromCountry": "CN",
            "To": to or self.line,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": self.account_sid,
            "From": from_,
            "ApiVersion": _API_VERSION,
        }
        return await self.send(self.sign(path, fields, voice=False))

    async def receipt(
        self,
        message_sid: str,
        status: str,
        *,
        to: str,
        error_code: str = "",
        url: str = "/twilio/sms/status",
    ) -> WebhookAnswer:
        """Report how far a text of ours got; `url` is its StatusCallback."""
        fields = {
            "MessageSid": message_sid,
            "SmsSid": message_sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": to,
            "From": self.line,
            "AccountSid": self.account_sid,
            "ApiVersion": _API_VERSION,
        }
        if error_code:
            fields["ErrorCode"] = error_code
        return await self.send(self.sign(url, fields, voice=False))

    def call(self, caller: str, **options: str) -> ScriptedCall:
        """A caller on the line, not yet connected to the gateway; options as of `ScriptedCall`."""
        from tests.peers.twilio_call import ScriptedCall

        return ScriptedCall(self, caller, **options)
