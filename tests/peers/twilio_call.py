"""A telephone call as Twilio leads it: follows the gateway's TwiML, with a caller one can script."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate
from enum import Enum
from typing import Final
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from tests.peers.twilio_webhooks import SignedRequest, TwilioWebhooks, WebhookAnswer

ENTRY: Final = "/twilio/voice/rating"
STATUS_CALLBACK: Final = "/twilio/voice/status"
_MOST_REDIRECTS: Final = 20


class Awaiting(Enum):
    """What the call stands at."""

    NOTHING = "nothing"
    """Not yet connected, or over."""
    KEY = "key"
    RECORDING = "recording"


class ScriptedCall:
    """One call. `await call.enter()`, then press, speak, be silent, hang up until it is over.

    Every document that the gateway answers is checked against Twilio's schema. What the caller heard is in
    `heard`: the words of each Say and the URL of each Play, in order.

    `outbound` calls have the citizen in `To`. `status_callback` gets the end of the call, empty for none.
    """

    def __init__(
        self,
        webhooks: TwilioWebhooks,
        caller: str,
        *,
        direction: str = "inbound",
        call_sid: str = "",
        status_callback: str = STATUS_CALLBACK,
    ) -> None:
        self.call_sid = call_sid or webhooks.fresh_sid("CA")
        self.heard: list[str] = []
        self.awaiting = Awaiting.NOTHING
        self.over = False
        self.failure: WebhookAnswer | None = None
        """The answer that made Twilio give up: the caller hears "an application error has occurred"."""
        self.answers: list[WebhookAnswer] = []
        """All answers to voice requests, status callbacks aside."""
        self._webhooks = webhooks
        self._caller = caller
        self._direction = direction
        self._status_callback = status_callback
        self._status = "in-progress"
        self._events = 0
        self._request: SignedRequest | None = None
        self._url = ""
        self._verb: ET.Element | None = None
        self._rest: Iterator[ET.Element] = iter(())
        self._digits = ""

    async def enter(self, url: str = ENTRY, **extra: str) -> None:
        """The hotline hands the call over: `url` is its Dial action, `extra` are fields of the Dial."""
        await self._fetch(url, extra)

    async def press(self, key: str) -> None:
        """Press one key; a Gather ends once it has as many as it wants, or by its finishing key."""
        verb = self._expect(Awaiting.KEY)
        if key == verb.get("finishOnKey", "#"):
            await self._end_gather(verb)
            return
        self._digits += key
        if len(self._digits) >= int(verb.get("numDigits", "1000")):
            await self._end_gather(verb)

    async def stay_silent(self) -> None:
        """Let the time run out, whether for a key or for words."""
        if self.awaiting is Awaiting.RECORDING:
            # Twilio calls no action for an empty recording, but goes on behind the verb.
            await self._go_on()
            return
        await self._end_gather(self._expect(Awaiting.KEY))

    async def speak(self, seconds: int = 5, *, ended_by: str = "") -> str:
        """Leave a message, ended by silence or by a key; returns the recording's URL."""
        verb = self._expect(Awaiting.RECORDING)
        assert ended_by in verb.get("finishOnKey", "1234567890*#"), f"{ended_by} does not end the recording"
        fields = self._recording(min(seconds, int(verb.get("maxLength", "3600"))), ended_by)
        await self._fetch(verb.get("action", self._url), fields)
        return fields["RecordingUrl"]

    async def hang_up(self, *, recorded_seconds: int = 0, posts_action: bool = False) -> None:
        """The caller hangs up, perhaps while being recorded, and the status callback says so.

        `posts_action`: Twilio asks for the next step all the same, with CallStatus `completed`. It does so
        for a recording; for a Gather with `actionOnEmptyResult` be prepared for both.
        """
        verb = self._verb
        self._status = "completed"
        if verb is not None and (recorded_seconds or posts_action):
            fields = self._recording(recorded_seconds, "hangup") if recorded_seconds else {"Digits": ""}
            self._request = self._signed(verb.get("action", self._url), fields)
            # Nobody is there to hear the answer, but it has to be one.
            answer = await self._webhooks.send(self._request)
            assert answer.status in {200, 204}, answer
        await self._end("completed")

    async def repeat(self) -> WebhookAnswer:
        """Send the last request again, as after a lost answer; the call itself does not move."""
        assert self._request is not None, "nothing was requested yet"
        return await self._webhooks.send(self._request)

    async def report(self, status: str, **extra: str) -> WebhookAnswer:
        """Post a status callback: ringing, in-progress, completed, busy, no-answer, failed, canceled."""
        fields = {
            **self._fields(),
            **extra,
            "CallStatus": status,
            "Timestamp": formatdate(),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._events),
        }
        self._events += 1
        return await self._webhooks.send(self._webhooks.sign(self._status_callback, fields, voice=True))

    def _expect(self, awaited: Awaiting) -> ET.Element:
        assert self.awaiting is awaited, f"the call awaits {self.awaiting.value}, heard {self.heard}"
        assert self._verb is not None
        return self._verb

    async def _end_gather(self, verb: ET.Element) -> None:
        if self._digits or verb.get("actionOnEmptyResult") == "true":
            await self._fetch(verb.get("action", self._url), {"Digits": self._digits})
        else:
            await self._go_on()

    def _recording(self, seconds: int, ended_by: str) -> dict[str, str]:
        sid = self._webhooks.fresh_sid("RE")
        account = self._webhooks.account_sid
        return {
            "RecordingSid": sid,
            "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{sid}",
            "RecordingDuration": str(seconds),
            "Digits": ended_by,
        }

    def _fields(self) -> dict[str, str]:
        citizen, line = self._caller, self._webhooks.line
        outbound = self._direction.startswith("outbound")
        fields = {
            "CallSid": self.call_sid,
            "AccountSid": self._webhooks.account_sid,
            "From": line if outbound else citizen,
            "To": citizen if outbound else line,
            "CallStatus": self._status,
            "ApiVersion": "2010-04-01",
            "Direction": self._direction,
        }
        return fields | {"Called": fields["To"], "Caller": fields["From"]}

    def _signed(self, url: str, fields: dict[str, str]) -> SignedRequest:
        return self._webhooks.sign(url, {**self._fields(), **fields}, voice=True)

    async def _fetch(self, url: str, fields: dict[str, str]) -> None:
        """Ask the gateway what to do and do it until the caller is needed or the call is over."""
        assert not self.over, "the call is over"
        redirects = 0
        while url:
            self._url = urljoin(self._url or self._webhooks.public_url, url)
            self._request = self._signed(self._url, fields)
            answer = await self._webhooks.send(self._request)
            self.answers.append(answer)
            if answer.status != 200:
                self.failure = answer
                await self._end("completed")
                return
            answer.assert_twiml()
            self._rest = iter(ET.fromstring(answer.body))  # noqa: S314 - checked just now
            url, fields = self._advance(), {}
            redirects += 1
            assert redirects < _MOST_REDIRECTS, "the documents redirect in a circle"
        if self._verb is None:
            await self._end("completed")

    async def _go_on(self) -> None:
        """Carry out what stands behind the verb that came to nothing."""
        url = self._advance()
        if url:
            await self._fetch(url, {})
        elif self._verb is None:
            await self._end("completed")

    def _advance(self) -> str:
        """Carry out verbs until one needs the caller; returns the URL of a Redirect, else empty."""
        self._verb, self._digits, self.awaiting = None, "", Awaiting.NOTHING
        for verb in self._rest:
            match verb.tag:
                case "Say" | "Play":
                    self.heard.append("".join(verb.itertext()))
                case "Gather":
                    self.heard += ["".join(prompt.itertext()) for prompt in verb if prompt.tag != "Pause"]
                    self._verb, self.awaiting = verb, Awaiting.KEY
                    return ""
                case "Record":
                    self._verb, self.awaiting = verb, Awaiting.RECORDING
                    return ""
                case "Redirect":
                    return verb.text or ""
                case "Hangup":
                    return ""
                case "Pause":
                    pass
                case _:
                    raise AssertionError(f"this caller does not know <{verb.tag}>")
        return ""

    async def _end(self, status: str) -> None:
        self.over, self._verb, self.awaiting = True, None, Awaiting.NOTHING
        self._status = status
        if self._status_callback:
            answer = await self.report(status, CallDuration="42", Duration="1")
            answer.assert_received()
