"""What the demo carrier's requests mean, and what it is answered."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

import jsonschema
import pytest

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.demo.provider import DemoProvider
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.ports.webhook_provider import RawRequest, RawResponse, WebhookKind
from gateway.domain.errors import ConfigurationError, InvalidInput, Unauthentic
from gateway.domain.events import (
    CallArrived,
    CallEnded,
    CallOngoing,
    CallStepped,
    Event,
    ReceiptArrived,
    TextArrived,
)
from gateway.domain.flow.inputs import Input, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Gather, Hangup, Instruction, Play, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId, MessageId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.subjects import Scope

TOKEN: Final = "a-token-of-this-very-start"
CALL_ID: Final = CallId("demo:DC1")
SESSION: Final = Session("hotline_rating", "v1", "item", 1, Language.CHINESE)
STEPS: Final = SignedStepTokens([b"k" * 32])
SEALED: Final = STEPS.seal(CALL_ID, SESSION)
ANSWER_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["prompts", "await"],
    "additionalProperties": False,
    "properties": {
        "prompts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["text", "language", "audio", "interruptible"],
                "additionalProperties": False,
                "properties": {
                    "text": {"type": "string"},
                    "language": {"enum": ["zh-CN", "en"]},
                    "audio": {"type": ["string", "null"]},
                    "interruptible": {"type": "boolean"},
                },
            },
        },
        "await": {
            "oneOf": [
                {
                    "required": ["kind", "timeout_seconds", "step"],
                    "additionalProperties": False,
                    "properties": {
                        "kind": {"const": "key"},
                        "timeout_seconds": {"type": "number", "exclusiveMinimum": 0},
                        "step": {"type": "string", "minLength": 1},
                    },
                },
                {
                    "required": ["kind", "max_seconds", "silence_seconds", "finish_key", "step"],
                    "additionalProperties": False,
                    "properties": {
                        "kind": {"const": "recording"},
                        "max_seconds": {"type": "number"},
                        "silence_seconds": {"type": "number"},
                        "finish_key": {"type": "string"},
                        "step": {"type": "string", "minLength": 1},
                    },
                },
                {
                    "required": ["kind"],
                    "additionalProperties": False,
                    "properties": {"kind": {"const": "nothing"}},
                },
            ]
        },
    },
}


@pytest.fixture
def provider() -> DemoProvider:
    """The provider of one start."""
    return DemoProvider(
        token=TOKEN, step_tokens=STEPS, phones=PhonenumbersParser(), audio_url=lambda name: f"/audio/{name}"
    )


def request(report: object, **headers: str) -> RawRequest:
    """A report as the carrier posts it."""
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    return RawRequest("/", "", {"content-type": "application/json", "x-demo-token": TOKEN, **headers}, body)


def answer_of(response: RawResponse) -> dict[str, Any]:
    """The answer's document, held to its schema."""
    document: dict[str, Any] = json.loads(response.body)
    jsonschema.validate(document, ANSWER_SCHEMA)
    return document


def test_a_call_arrives_with_all_that_the_hotline_knows(provider: DemoProvider) -> None:
    """Each field finds its place."""
    report = {
        "call_id": "DC1",
        "from": "13800138000",
        "service_id": "441500-20261123-000123",
        "visit_no": 2,
        "scope": "service",
        "agency_code": "11441500MB2C90123X",
        "region_code": "441500",
        "item_code": "4415000001",
        "item_name": "居民身份证换领",
        "staff_id": "0231",
        "staff_name": "陈某",
        "language": "en-GB",
    }

    assert provider.parse(WebhookKind.CALL_ARRIVED, request(report)) == CallArrived(
        call_id=CALL_ID,
        caller=PhoneNumber("+8613800138000"),
        service_id=ServiceId("441500-20261123-000123"),
        visit_no=2,
        scope=Scope.SERVICE,
        agency_code="11441500MB2C90123X",
        region_code="441500",
        item_code="4415000001",
        item_name="居民身份证换领",
        staff_code="0231",
        staff_name="陈某",
        language=Language.ENGLISH,
    )


def test_a_call_may_arrive_with_nothing_but_its_id(provider: DemoProvider) -> None:
    """A withheld number and an unknown service are no fault of the call."""
    event = provider.parse(WebhookKind.CALL_ARRIVED, request({"call_id": "DC1"}))

    assert event == CallArrived(call_id=CALL_ID, caller=None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"key": "4"}, Key("4")),
        ({"key": "*"}, Key("*")),
        ({}, NoInput()),
        ({"recording": {"seconds": 7}}, Recorded("demo:recording/DC1", timedelta(seconds=7))),
    ],
)
def test_a_step_is_a_key_a_recording_or_silence(
    provider: DemoProvider, given: dict[str, object], expected: Input
) -> None:
    """The step's token brings back where the call stood."""
    event = provider.parse(WebhookKind.CALL_STEPPED, request({"call_id": "DC1", "step": SEALED, **given}))

    assert event == CallStepped(call_id=CALL_ID, session=SESSION, given=expected)


def test_a_step_of_another_call_is_refused(provider: DemoProvider) -> None:
    """A token seals one call's place only."""
    with pytest.raises(Unauthentic):
        provider.parse(WebhookKind.CALL_STEPPED, request({"call_id": "DC2", "step": SEALED, "key": "1"}))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", CallEnded(call_id=CALL_ID)),
        ("failed", CallEnded(call_id=CALL_ID, carrier_failed=True)),
        ("in-progress", CallOngoing(call_id=CALL_ID)),
        ("never heard of", CallOngoing(call_id=CALL_ID)),
    ],
)
def test_only_known_words_end_a_call(provider: DemoProvider, status: str, expected: Event) -> None:
    """A status of a later version ends no call."""
    assert provider.parse(WebhookKind.CALL_STATUS, request({"call_id": "DC1", "status": status})) == expected


def test_a_text_and_a_receipt(provider: DemoProvider) -> None:
    """Words are kept as they came; an unknown status is unknown."""
    text = {"message_id": "DT1", "from": "+8613800138000", "to": "12345", "text": " 5 \n太慢 "}
    receipt = {"message_id": "DM1", "status": "lost in space", "error_code": "7"}

    assert provider.parse(WebhookKind.TEXT_ARRIVED, request(text)) == TextArrived(
        message_id=MessageId("demo:DT1"),
        sender=PhoneNumber("+8613800138000"),
        line="12345",
        body=" 5 \n太慢 ",
    )
    assert provider.parse(WebhookKind.RECEIPT_ARRIVED, request(receipt)) == ReceiptArrived(
        provider="demo", provider_message_id="DM1", status=DeliveryStatus.UNKNOWN, error_code="7"
    )


@pytest.mark.parametrize(
    ("kind", "report", "pointer"),
    [
        (WebhookKind.CALL_ARRIVED, b"{", ""),
        (WebhookKind.CALL_ARRIVED, [], ""),
        (WebhookKind.CALL_ARRIVED, {}, "/call_id"),
        (WebhookKind.CALL_ARRIVED, {"call_id": "DC1", "colour": "red"}, "/colour"),
        (WebhookKind.CALL_ARRIVED, {"call_id": "DC1", "visit_no": 0}, "/visit_no"),
        (WebhookKind.CALL_ARRIVED, {"call_id": "DC1", "scope": "all"}, "/scope"),
        (WebhookKind.CALL_ARRIVED, {"call_id": "DC1", "item_name": "a\nb"}, "/item_name"),
        (WebhookKind.CALL_STEPPED, {"call_id": "DC1", "step": SEALED, "key": "12"}, "/key"),
        (
            WebhookKind.CALL_STEPPED,
            {"call_id": "DC1", "step": SEALED, "recording": {"seconds": -1}},
            "/recording/seconds",
        ),
        (WebhookKind.TEXT_ARRIVED, {"message_id": "DT1", "from": "1", "to": "2"}, "/text"),
        (WebhookKind.RECEIPT_ARRIVED, {"message_id": "../x", "status": "sent"}, "/message_id"),
    ],
)
def test_malformed_reports_name_the_field(
    provider: DemoProvider, kind: WebhookKind, report: object, pointer: str
) -> None:
    """One clear error with a pointer, which repeats nothing of what was sent."""
    with pytest.raises(InvalidInput) as raised:
        provider.parse(kind, request(report))

    assert raised.value.pointer == pointer
    assert "13800138000" not in str(raised.value)


def test_only_json_is_read(provider: DemoProvider) -> None:
    """A form, which any page elsewhere could send, is no report."""
    with pytest.raises(InvalidInput) as raised:
        provider.parse(WebhookKind.CALL_STATUS, request(b"call_id=DC1", **{"content-type": "text/plain"}))

    assert raised.value.pointer == "/headers/content-type"


def test_a_question_is_answered_with_prompts_and_a_step(provider: DemoProvider) -> None:
    """Words that no key interrupts, then words that one does, then the wait; the step leads back."""
    instructions: list[Instruction] = [
        Say("好的。", Language.CHINESE),
        Gather(
            (Play("ask.mp3", "请评价。", Language.CHINESE), Say("Press 1.", Language.ENGLISH)),
            timedelta(seconds=5),
            SESSION,
        ),
    ]

    document = answer_of(provider.render(CallArrived(call_id=CALL_ID, caller=None), instructions))

    assert document["prompts"] == [
        {"text": "好的。", "language": "zh-CN", "audio": None, "interruptible": False},
        {"text": "请评价。", "language": "zh-CN", "audio": "/audio/ask.mp3", "interruptible": True},
        {"text": "Press 1.", "language": "en", "audio": None, "interruptible": True},
    ]
    assert document["await"] == {"kind": "key", "timeout_seconds": 5, "step": SEALED}


def test_a_recording_and_a_goodbye(provider: DemoProvider) -> None:
    """What is awaited says how long; nothing is awaited of a call that is over."""
    stepped = CallStepped(call_id=CALL_ID, session=SESSION, given=Key("1"))
    record = Record(
        (Say("请说。", Language.CHINESE),), timedelta(seconds=18), timedelta(seconds=4), "#", SESSION
    )

    waiting = answer_of(provider.render(stepped, [record]))
    over = answer_of(provider.render(stepped, [Say("再见。", Language.CHINESE), Hangup()]))

    assert waiting["await"] == {
        "kind": "recording",
        "max_seconds": 18,
        "silence_seconds": 4,
        "finish_key": "#",
        "step": SEALED,
    }
    assert over["await"] == {"kind": "nothing"}


@pytest.mark.parametrize("kind", WebhookKind)
def test_unavailability_is_told_so_that_it_is_repeated(provider: DemoProvider, kind: WebhookKind) -> None:
    """503 always; whoever waits on the line hears words."""
    response = provider.render_unavailable(kind)

    assert response.status == 503
    if kind.is_voice:
        document = answer_of(response)
        assert {prompt["language"] for prompt in document["prompts"]} == {"zh-CN", "en"}
        assert document["await"] == {"kind": "nothing"}


def test_mere_reports_get_an_empty_answer(provider: DemoProvider) -> None:
    """Nobody waits for words."""
    response = provider.render(CallEnded(call_id=CALL_ID), [])

    assert (response.status, response.body) == (204, b"")


def test_a_guessable_token_is_refused() -> None:
    """The demonstration does not start with one."""
    with pytest.raises(ConfigurationError):
        DemoProvider(token="short", step_tokens=STEPS, phones=PhonenumbersParser(), audio_url=str)
