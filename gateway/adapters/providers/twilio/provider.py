"""Twilio as a request-driven provider: its routes, what its requests mean, and how it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from gateway.adapters.providers.twilio.codes import CallPhase, call_phase, delivery_status, is_machine
from gateway.adapters.providers.twilio.signature import SignatureCheck
from gateway.adapters.providers.twilio.voice import DEFAULT_VOICES, EMPTY, TwimlWriter, Voice
from gateway.adapters.web_forms import Fields
from gateway.application.ports.phone_parser import PhoneParser
from gateway.application.ports.step_tokens import StepTokens
from gateway.application.ports.webhook_provider import RawRequest, RawResponse, Webhook, WebhookKind
from gateway.domain import events
from gateway.domain.flow.inputs import KEYS, Input, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Hangup, Instruction
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId, MessageId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.plain_text import one_line
from gateway.domain.subjects import Scope

NAME: Final = "twilio"
"""First part of call and message ids, and the provider's name in receipts."""
ENTRY_PATH: Final = "/twilio/voice/rating"
"""Where a call begins."""
STEP_PATH: Final = "/twilio/voice/step"
"""Where a call goes on; the query says where it stands."""
STATUS_PATH: Final = "/twilio/voice/status"
"""Where Twilio reports the end of a call."""
RECEIPT_PATH: Final = "/twilio/sms/status"
"""Where Twilio reports how far a text got."""

REFERENCE: Final = "ref"
"""Query parameter of a receipt's URL: our own reference of the text."""

_WEBHOOKS: Final = (
    Webhook(ENTRY_PATH, WebhookKind.CALL_ARRIVED),
    Webhook(STEP_PATH, WebhookKind.CALL_STEPPED),
    Webhook(STATUS_PATH, WebhookKind.CALL_STATUS),
    Webhook("/twilio/sms/inbound", WebhookKind.TEXT_ARRIVED),
    Webhook(RECEIPT_PATH, WebhookKind.RECEIPT_ARRIVED),
)
_SID: Final = re.compile(r"[A-Za-z0-9]{3,48}")
"""Twilio's have 34 characters; what is made of longer ones would not fit where ids are kept."""
_LONGEST_ID: Final = 64
_LONGEST_AGENCY: Final = 32
_LONGEST_REGION: Final = 16
_LONGEST_LINE: Final = 64
_LONGEST_ERROR: Final = 32


class TwilioProvider:
    """The four verbs of a provider, for Twilio.

    `public_url` is what Twilio calls and signs; `auth_tokens` are the account's, the one in use and perhaps
    its successor; `audio_url` tells where Twilio fetches the recordings of prompts.
    """

    def __init__(
        self,
        *,
        public_url: str,
        auth_tokens: Sequence[str],
        step_tokens: StepTokens,
        phones: PhoneParser,
        audio_url: Callable[[str], str],
        voices: Mapping[Language, Voice] = DEFAULT_VOICES,
    ) -> None:
        self._step_url = public_url.rstrip("/") + STEP_PATH
        self._signature = SignatureCheck(public_url, auth_tokens)
        self._step_tokens = step_tokens
        self._phones = phones
        self._twiml = TwimlWriter(audio_url, voices)

    @property
    def name(self) -> str:
        """`twilio`."""
        return NAME

    @property
    def webhooks(self) -> Sequence[Webhook]:
        """Its routes."""
        return _WEBHOOKS

    def verify(self, request: RawRequest) -> None:
        """Accept what Twilio signed with the account's token; raise Unauthentic for all else."""
        self._signature.verify(request)

    def parse(self, kind: WebhookKind, request: RawRequest) -> events.Event:
        """The event a verified request reports; raises InvalidInput, or Unauthentic for a step token."""
        form = Fields.of_body(request)
        match kind:
            case WebhookKind.CALL_ARRIVED:
                return self._arrived(form, Fields.of_query(request))
            case WebhookKind.CALL_STEPPED:
                return self._stepped(form, Fields.of_query(request))
            case WebhookKind.CALL_STATUS:
                return _ended(form) or events.CallOngoing(call_id=_call_id(form))
            case WebhookKind.TEXT_ARRIVED:
                return self._text(form)
            case WebhookKind.RECEIPT_ARRIVED:
                return _receipt(form, Fields.of_query(request))

    def render(self, event: events.Event, instructions: Sequence[Instruction]) -> RawResponse:
        """TwiML for a call that waits, an empty document for a text, 204 for mere reports."""
        match event:
            case events.CallArrived(call_id=call_id) | events.CallStepped(call_id=call_id):
                return _xml(self._twiml.write(instructions, lambda session: self._url(call_id, session)))
            case events.MachineAnswered():
                return _xml(self._twiml.write([Hangup()], lambda _: ""))
            case events.TextArrived():
                return _xml(EMPTY)
            case _:
                return RawResponse(204, "text/xml", b"")

    def render_unavailable(self, kind: WebhookKind) -> RawResponse:
        """Status 503, so that Twilio repeats where it was told to; for callers with words that say sorry."""
        return _xml(self._twiml.sorry() if kind.is_voice else EMPTY, status=503)

    def _url(self, call_id: CallId, session: Session) -> str:
        return f"{self._step_url}?t={self._step_tokens.seal(call_id, session)}"

    def _arrived(self, form: Fields, query: Fields) -> events.CallArrived | events.MachineAnswered:
        """The entry.

        As the action of a Dial it is also called when the caller hung up together with the agent. That
        is an arrival like any other: the service must be known for its reminder to follow.
        """
        outbound = form.raw("Direction").startswith("outbound")
        if outbound and is_machine(form.raw("AnsweredBy")):
            return events.MachineAnswered(call_id=_call_id(form))
        return events.CallArrived(
            call_id=_call_id(form),
            caller=self._phones.parse(form.raw("To" if outbound else "From")),
            outgoing=outbound,
            service_id=ServiceId(query.optional("service_id", _LONGEST_ID)) or None,
            visit_no=query.number("visit_no", least=1, most=9999),
            scope=query.choice("scope", Scope),
            agency_code=query.optional("agency_code", _LONGEST_AGENCY),
            region_code=query.optional("region_code", _LONGEST_REGION),
            item_code=query.optional("item_code", _LONGEST_ID),
            item_name=query.optional("item_name"),
            staff_code=query.optional("staff_id", _LONGEST_ID),
            staff_name=query.optional("staff_name"),
            language=query.language("language"),
        )

    def _stepped(self, form: Fields, query: Fields) -> events.CallStepped | events.CallEnded:
        """A key or recording counts even from a caller who is gone; their silence is no answer."""
        call_id = _call_id(form)
        session = self._step_tokens.open(call_id, query.required("t"))
        given = _given(form)
        if isinstance(given, NoInput) and (ended := _ended(form)):
            return ended
        return events.CallStepped(call_id=call_id, session=session, given=given)

    def _text(self, form: Fields) -> events.TextArrived:
        return events.TextArrived(
            message_id=MessageId(f"{NAME}:{_sid(form, 'MessageSid', 'SmsMessageSid', 'SmsSid')}"),
            sender=self._phones.parse(form.required("From")),
            line=one_line(form.required("To"))[:_LONGEST_LINE],
            body=form.raw("Body"),
        )


def _xml(document: str, status: int = 200) -> RawResponse:
    return RawResponse(status, "text/xml", document.encode())


def _sid(form: Fields, *names: str) -> str:
    sid = form.required(*names)
    if not _SID.fullmatch(sid):
        raise form.fault(names[0], "must be an id of letters and digits")
    return sid


def _call_id(form: Fields) -> CallId:
    return CallId(f"{NAME}:{_sid(form, 'CallSid')}")


def _ended(form: Fields) -> events.CallEnded | None:
    phase = call_phase(form.raw("CallStatus"))
    if phase is CallPhase.ONGOING:
        return None
    return events.CallEnded(call_id=_call_id(form), carrier_failed=phase is CallPhase.BROKEN)


def _given(form: Fields) -> Input:
    if form.raw("RecordingUrl"):
        seconds = form.number("RecordingDuration", least=0, most=86400) or 0
        return Recorded(form.raw("RecordingUrl"), timedelta(seconds=seconds))
    digits = form.raw("Digits")
    # `hangup` is what Digits says when the caller hung up while being recorded.
    if digits in {"", "hangup"}:
        return NoInput()
    if len(digits) != 1 or digits not in KEYS:
        raise form.fault("Digits", "must be the one key that was asked for: 0-9, * or #")
    return Key(digits)


def _receipt(form: Fields, query: Fields) -> events.ReceiptArrived:
    return events.ReceiptArrived(
        provider=NAME,
        provider_message_id=_sid(form, "MessageSid", "SmsSid"),
        status=delivery_status(form.required("MessageStatus", "SmsStatus")),
        error_code=form.optional("ErrorCode", _LONGEST_ERROR),
        reference=query.optional(REFERENCE),
    )
