"""The demo carrier as a request-driven provider: its routes, what its requests mean, how it is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from gateway.adapters.providers.demo import reports
from gateway.adapters.providers.demo.codes import CALL_BROKEN, delivery_status
from gateway.adapters.providers.demo.signature import TokenCheck
from gateway.adapters.providers.demo.voice import SORRY, VoiceWriter
from gateway.application.ports.phone_parser import PhoneParser
from gateway.application.ports.step_tokens import StepTokens
from gateway.application.ports.webhook_provider import RawRequest, RawResponse, Webhook, WebhookKind
from gateway.domain import events
from gateway.domain.flow.inputs import Input, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Instruction
from gateway.domain.ids import CallId, MessageId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.subjects import Scope

NAME: Final = "demo"
"""First part of call and message ids, and the provider's name in receipts."""
RECEIPT_PATH: Final = "/demo/carrier/sms/status"
"""Where the carrier reports how far a text got."""

_WEBHOOKS: Final = (
    Webhook("/demo/carrier/voice/rating", WebhookKind.CALL_ARRIVED),
    Webhook("/demo/carrier/voice/step", WebhookKind.CALL_STEPPED),
    Webhook("/demo/carrier/voice/status", WebhookKind.CALL_STATUS),
    Webhook("/demo/carrier/sms/inbound", WebhookKind.TEXT_ARRIVED),
    Webhook(RECEIPT_PATH, WebhookKind.RECEIPT_ARRIVED),
)


class DemoProvider:
    """The four verbs of a provider, for the demonstration's page.

    `token` is the secret of this start; `audio_url` tells where the page fetches recorded prompts.
    """

    def __init__(
        self,
        *,
        token: str,
        step_tokens: StepTokens,
        phones: PhoneParser,
        audio_url: Callable[[str], str],
    ) -> None:
        self._check = TokenCheck(token)
        self._step_tokens = step_tokens
        self._phones = phones
        self._voice = VoiceWriter(audio_url)

    @property
    def name(self) -> str:
        """`demo`."""
        return NAME

    @property
    def webhooks(self) -> Sequence[Webhook]:
        """Its routes."""
        return _WEBHOOKS

    def verify(self, request: RawRequest) -> None:
        """Accept what carries the token of this start; raise Unauthentic for all else."""
        self._check.verify(request)

    def parse(self, kind: WebhookKind, request: RawRequest) -> events.Event:
        """The event a verified request reports; raises InvalidInput, or Unauthentic for a step token."""
        match kind:
            case WebhookKind.CALL_ARRIVED:
                return self._arrived(reports.read_report(reports.CallReport, request))
            case WebhookKind.CALL_STEPPED:
                return self._stepped(reports.read_report(reports.StepReport, request))
            case WebhookKind.CALL_STATUS:
                return _status(reports.read_report(reports.StatusReport, request))
            case WebhookKind.TEXT_ARRIVED:
                return self._text(reports.read_report(reports.TextReport, request))
            case WebhookKind.RECEIPT_ARRIVED:
                return _receipt(reports.read_report(reports.ReceiptReport, request))

    def render(self, event: events.Event, instructions: Sequence[Instruction]) -> RawResponse:
        """Prompts and what is awaited for a call that waits, 204 for mere reports."""
        match event:
            case events.CallArrived(call_id=call_id) | events.CallStepped(call_id=call_id):
                return _json(
                    self._voice.write(instructions, lambda session: self._step_tokens.seal(call_id, session))
                )
            case _:
                return RawResponse(204, "application/json", b"")

    def render_unavailable(self, kind: WebhookKind) -> RawResponse:
        """Status 503, so that the carrier repeats it; for callers with words that say sorry."""
        if kind.is_voice:
            return _json(self._voice.write(SORRY, lambda _: ""), status=503)
        return _json({"error": "nothing was stored; send it again"}, status=503)

    def _arrived(self, report: reports.CallReport) -> events.CallArrived:
        return events.CallArrived(
            call_id=_call_id(report.call_id),
            caller=self._phones.parse(report.caller),
            service_id=ServiceId(report.service_id) if report.service_id else None,
            visit_no=report.visit_no,
            scope=Scope(report.scope) if report.scope else None,
            agency_code=report.agency_code,
            region_code=report.region_code,
            item_code=report.item_code,
            item_name=report.item_name,
            staff_code=report.staff_id,
            staff_name=report.staff_name,
            language=Language.best_match(report.language) if report.language else None,
        )

    def _stepped(self, report: reports.StepReport) -> events.CallStepped:
        call_id = _call_id(report.call_id)
        session = self._step_tokens.open(call_id, report.step)
        return events.CallStepped(call_id=call_id, session=session, given=_given(report))

    def _text(self, report: reports.TextReport) -> events.TextArrived:
        return events.TextArrived(
            message_id=MessageId(f"{NAME}:{report.message_id}"),
            sender=self._phones.parse(report.sender),
            line=report.line,
            body=report.text,
        )


def _json(document: dict[str, object], status: int = 200) -> RawResponse:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return RawResponse(status, "application/json", body.encode())


def _call_id(sid: str) -> CallId:
    return CallId(f"{NAME}:{sid}")


def _given(report: reports.StepReport) -> Input:
    if report.recording is not None:
        # No sound is kept, so the reference names the call and step, and leads nowhere.
        reference = f"{NAME}:recording/{report.call_id}"
        return Recorded(reference, timedelta(seconds=report.recording.seconds))
    return NoInput() if report.key is None else Key(report.key)


def _status(report: reports.StatusReport) -> events.CallEnded | events.CallOngoing:
    call_id = _call_id(report.call_id)
    if not report.is_over:
        return events.CallOngoing(call_id=call_id)
    return events.CallEnded(call_id=call_id, carrier_failed=report.status == CALL_BROKEN)


def _receipt(report: reports.ReceiptReport) -> events.ReceiptArrived:
    return events.ReceiptArrived(
        provider=NAME,
        provider_message_id=report.message_id,
        status=delivery_status(report.status),
        error_code=report.error_code,
        reference=report.reference,
    )
