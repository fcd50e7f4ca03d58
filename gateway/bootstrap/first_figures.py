"""Figures that alerts watch begin at zero.

To Prometheus, what first appears as 3 has not risen, and what never appeared is not zero: the first texts
that were given up, or a day without any rating since the start, would ring nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Final

from gateway.adapters.providers.asterisk.codes import Outcome as PbxOutcome
from gateway.application.ports.call_connection import CallConnection
from gateway.application.ports.sms_carrier import SmsCarrier
from gateway.application.ports.webhook_provider import WebhookProvider
from gateway.domain.calls import CallEnding
from gateway.domain.channels import Channel
from gateway.domain.evaluations import ADDITIONAL, FIRST
from gateway.domain.levels import Level
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.reminders import ReminderVerdict
from gateway.domain.reply import Outcome, Rule
from gateway.telemetry.metrics import Metrics, rule_group

_STATUSES: Final = (200, 400, 403, 503)
_RATED_BY: Final = (Rule.HEAD_DIGIT, Rule.TAIL_DIGIT, Rule.UNIT, Rule.LEVEL_PHRASE)
_ANSWERS: Final = ("accepted", "refused", "failed", "unknown")
_FOUND_OUT: Final = ("taken", "not_taken", "untold", "repeated", "given_up")
_WAYS: Final = ("webhook", "polled")


def begin_at_zero(
    metrics: Metrics,
    providers: Iterable[WebhookProvider],
    carriers: Iterable[SmsCarrier],
    connections: Iterable[CallConnection],
) -> None:
    """Expose at zero what these can bring about and an alert asks for."""
    for level, channel, sequence in product(Level, (Channel.PHONE, Channel.SMS), (FIRST, ADDITIONAL)):
        metrics.begin("ratings", level.value, channel.value, sequence)
    for ending in CallEnding:
        metrics.begin("calls_ended", ending.value)
    for verdict in ReminderVerdict:
        metrics.begin("reminders", verdict.value)
    for provider in providers:
        for webhook, http_status in product(provider.webhooks, _STATUSES):
            metrics.begin("webhook_requests", provider.name, webhook.kind.value, http_status)
    _begin_replies(metrics)
    for carrier in carriers:
        _begin_texts(metrics, carrier.name)
    for connection, outcome in product(connections, PbxOutcome):
        metrics.begin("pbx_calls_left", connection.name, outcome.value)


def _begin_replies(metrics: Metrics) -> None:
    for rule in _RATED_BY:
        metrics.begin("replies", Outcome.RATING.value, rule_group(rule))
    for rule in Rule:
        # By any rule: asked back about is also what reads well and may be about something else.
        metrics.begin("replies", Outcome.UNCLEAR.value, rule_group(rule))


def _begin_texts(metrics: Metrics, carrier: str) -> None:
    metrics.begin("receipts_missed", carrier)
    for status, way in product(DeliveryStatus, _WAYS):
        metrics.begin("receipts", carrier, status.value, way)
    for answer in _ANSWERS:
        metrics.begin("carrier_answers", carrier, answer)
    for result in _FOUND_OUT:
        metrics.begin("texts_looked_up", carrier, result)
