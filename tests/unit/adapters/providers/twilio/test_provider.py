"""What Twilio's requests mean, and what it is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.adapters.providers.twilio.provider import TwilioProvider
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.ports.webhook_provider import RawRequest, RawResponse, WebhookKind
from gateway.domain.errors import InvalidInput, Unauthentic
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
from gateway.domain.flow.instructions import Gather, Hangup
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId, MessageId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.subjects import Scope
from tests.twiml_checker import assert_twiml
from tests.unit.adapters.providers.twilio.conftest import CALL_SID, KEY, PUBLIC_URL, Form, MakeRequest

CALL_ID = CallId(f"twilio:{CALL_SID}")
CITIZEN = PhoneNumber("+8613800138000")
CALL = {
    "CallSid": CALL_SID,
    "AccountSid": "AC1",
    "From": "+8613800138000",
    "To": "+15005550006",
    "CallStatus": "in-progress",
    "Direction": "inbound",
}
TEXT = {"MessageSid": "SM1", "From": "+8613800138000", "To": "+15005550006", "Body": "5 太慢"}
RECEIPT = {"MessageSid": "SM1", "MessageStatus": "delivered"}
SESSION = Session("hotline_rating", "v1", "rate_item", 1, Language.CHINESE)
SEALED = SignedStepTokens([KEY]).seal(CALL_ID, SESSION)
RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"


def test_a_call_arrives_with_all_that_the_hotline_knows(
    provider: TwilioProvider, form_request: MakeRequest
) -> None:
    """Each query parameter finds its place; what the Dial reports of itself is left aside."""
    query = {
        "service_id": "441500-20261123-000123",
        "visit_no": "2",
        "scope": "service",
        "agency_code": "11441500MB2C90123X",
        "region_code": "441500",
        "item_code": "4415000001",
        "item_name": "居民身份证换领",
        "staff_id": "0231",
        "staff_name": "陈某",
        "language": "en-GB",
    }
    dial = {"DialCallStatus": "completed", "DialCallSid": "CA2", "DialCallDuration": "61"}

    event = provider.parse(WebhookKind.CALL_ARRIVED, form_request({**CALL, **dial}, query))

    assert event == CallArrived(
        call_id=CALL_ID,
        caller=CITIZEN,
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


@pytest.mark.parametrize("query", [{}, {"service_id": "", "visit_no": " ", "scope": "", "language": ""}])
def test_a_call_arrives_with_nothing_known(
    provider: TwilioProvider, form_request: MakeRequest, query: Form
) -> None:
    """Absent and blank parameters are the same: unknown."""
    event = provider.parse(WebhookKind.CALL_ARRIVED, form_request(CALL, query))

    assert event == CallArrived(call_id=CALL_ID, caller=CITIZEN)


def test_a_call_whose_caller_left_with_the_agent_still_arrives(
    provider: TwilioProvider, form_request: MakeRequest
) -> None:
    """The service must be known, since an unrated call is reminded."""
    event = provider.parse(WebhookKind.CALL_ARRIVED, form_request({**CALL, "CallStatus": "completed"}))

    assert event == CallArrived(call_id=CALL_ID, caller=CITIZEN)


@pytest.mark.parametrize(
    ("change", "caller"),
    [
        ({"From": "+266696687"}, None),
        ({"From": "+86282452253"}, None),
        ({"From": "anonymous"}, None),
        ({"From": ""}, None),
        ({"From": "client:agent"}, None),
        ({"Direction": "outbound-api", "From": "+15005550006", "To": "+8613800138000"}, CITIZEN),
    ],
)
def test_finds_the_citizen_among_the_numbers(
    provider: TwilioProvider,
    form_request: MakeRequest,
    change: dict[str, str],
    caller: PhoneNumber | None,
) -> None:
    """Withheld numbers (words spelt on a keypad) are nobody's; who is called is in To."""
    event = provider.parse(WebhookKind.CALL_ARRIVED, form_request({**CALL, **change}))

    assert isinstance(event, CallArrived)
    assert event.caller == caller


@pytest.mark.parametrize(
    ("change", "given"),
    [
        ({"Digits": "4"}, Key("4")),
        ({"Digits": "*"}, Key("*")),
        ({"Digits": "#"}, Key("#")),
        ({"Digits": ""}, NoInput()),
        ({}, NoInput()),
        ({"Digits": "4", "CallStatus": "completed"}, Key("4")),
        ({"RecordingUrl": RECORDING, "RecordingDuration": "7"}, Recorded(RECORDING, timedelta(seconds=7))),
        ({"RecordingUrl": RECORDING, "Digits": "#"}, Recorded(RECORDING, timedelta(0))),
        (
            {
                "RecordingUrl": RECORDING,
                "RecordingDuration": "3",
                "Digits": "hangup",
                "CallStatus": "completed",
            },
            Recorded(RECORDING, timedelta(seconds=3)),
        ),
    ],
)
@pytest.mark.requirement("R-16")
def test_reads_what_the_caller_did(
    provider: TwilioProvider,
    tokens: SignedStepTokens,
    form_request: MakeRequest,
    change: dict[str, str],
    given: Input,
) -> None:
    """A key, silence or a recording; keys and recordings count even when the caller has hung up since."""
    query = {"t": tokens.seal(CALL_ID, SESSION)}

    event = provider.parse(WebhookKind.CALL_STEPPED, form_request({**CALL, **change}, query))

    assert event == CallStepped(call_id=CALL_ID, session=SESSION, given=given)


@pytest.mark.parametrize("digits", [{}, {"Digits": ""}, {"Digits": "hangup"}])
@pytest.mark.parametrize(("status", "failed"), [("completed", False), ("failed", True)])
@pytest.mark.requirement("R-16")
def test_the_silence_of_a_caller_who_is_gone_is_no_answer(
    provider: TwilioProvider,
    tokens: SignedStepTokens,
    form_request: MakeRequest,
    digits: dict[str, str],
    status: str,
    failed: bool,
) -> None:
    """Nobody is asked again who hung up: the call has ended."""
    query = {"t": tokens.seal(CALL_ID, SESSION)}
    fields = {**CALL, **digits, "CallStatus": status}

    event = provider.parse(WebhookKind.CALL_STEPPED, form_request(fields, query))

    assert event == CallEnded(call_id=CALL_ID, carrier_failed=failed)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("ringing", CallOngoing(call_id=CALL_ID)),
        ("in-progress", CallOngoing(call_id=CALL_ID)),
        ("something-new", CallOngoing(call_id=CALL_ID)),
        ("completed", CallEnded(call_id=CALL_ID)),
        ("busy", CallEnded(call_id=CALL_ID, carrier_failed=True)),
        ("no-answer", CallEnded(call_id=CALL_ID, carrier_failed=True)),
        ("canceled", CallEnded(call_id=CALL_ID, carrier_failed=True)),
        ("failed", CallEnded(call_id=CALL_ID, carrier_failed=True)),
    ],
)
def test_status_callbacks_end_calls(
    provider: TwilioProvider, form_request: MakeRequest, status: str, event: Event
) -> None:
    """Only final statuses end a call."""
    request = form_request({**CALL, "CallStatus": status, "SequenceNumber": "2"})

    assert provider.parse(WebhookKind.CALL_STATUS, request) == event


def test_a_text_arrives_word_for_word(provider: TwilioProvider, form_request: MakeRequest) -> None:
    """The citizen's words are kept as they came, blanks included."""
    event = provider.parse(WebhookKind.TEXT_ARRIVED, form_request({**TEXT, "Body": " 5\n太慢 "}))

    assert event == TextArrived(
        message_id=MessageId("twilio:SM1"), sender=CITIZEN, line="+15005550006", body=" 5\n太慢 "
    )


@pytest.mark.parametrize("sender", ["10086", "CHINAMOBILE", "whatsapp:+8613800138000"])
def test_a_text_from_no_number_is_kept(
    provider: TwilioProvider, form_request: MakeRequest, sender: str
) -> None:
    """A sender that cannot be answered is nobody; the text stays. A picture has no body."""
    fields = {"SmsSid": "SM2", "From": sender, "To": "+15005550006", "NumMedia": "1"}

    event = provider.parse(WebhookKind.TEXT_ARRIVED, form_request(fields))

    assert event == TextArrived(message_id=MessageId("twilio:SM2"), sender=None, line="+15005550006", body="")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        (RECEIPT, DeliveryStatus.DELIVERED, ""),
        ({"SmsSid": "SM1", "SmsStatus": "sent"}, DeliveryStatus.SENT, ""),
        (
            {**RECEIPT, "MessageStatus": "undelivered", "ErrorCode": "30003"},
            DeliveryStatus.UNDELIVERED,
            "30003",
        ),
        ({**RECEIPT, "MessageStatus": "lost_in_space"}, DeliveryStatus.UNKNOWN, ""),
    ],
)
def test_receipts_say_how_far_a_text_got(
    provider: TwilioProvider,
    form_request: MakeRequest,
    fields: Form,
    status: DeliveryStatus,
    code: str,
) -> None:
    """Status and error code come through; an unknown status is unknown."""
    event = provider.parse(WebhookKind.RECEIPT_ARRIVED, form_request(fields))

    assert event == ReceiptArrived(
        provider="twilio", provider_message_id="SM1", status=status, error_code=code
    )


def but(fields: dict[str, str], **changed: str | None) -> list[tuple[str, str]]:
    """The fields with some replaced, or left out where None."""
    return [(name, value) for name, value in {**fields, **changed}.items() if value is not None]


@pytest.mark.parametrize(
    ("kind", "fields", "query", "pointer"),
    [
        (WebhookKind.CALL_ARRIVED, but(CALL, CallSid=None), {}, "/CallSid"),
        (WebhookKind.CALL_ARRIVED, but(CALL, CallSid=" "), {}, "/CallSid"),
        (WebhookKind.CALL_ARRIVED, but(CALL, CallSid="CA 1;"), {}, "/CallSid"),
        (WebhookKind.CALL_ARRIVED, but(CALL, CallSid="C" * 65), {}, "/CallSid"),
        (WebhookKind.CALL_ARRIVED, [*CALL.items(), ("CallSid", CALL_SID)], {}, "/CallSid"),
        (WebhookKind.CALL_ARRIVED, [*CALL.items(), ("From", "+1")], {}, "/From"),
        (WebhookKind.CALL_ARRIVED, CALL, [("service_id", "1"), ("service_id", "2")], "/query/service_id"),
        (WebhookKind.CALL_ARRIVED, CALL, {"service_id": "x" * 201}, "/query/service_id"),
        (WebhookKind.CALL_ARRIVED, CALL, {"item_name": "a\nb"}, "/query/item_name"),
        (WebhookKind.CALL_ARRIVED, CALL, {"visit_no": "0"}, "/query/visit_no"),
        (WebhookKind.CALL_ARRIVED, CALL, {"visit_no": "1.5"}, "/query/visit_no"),
        (WebhookKind.CALL_ARRIVED, CALL, {"visit_no": "10000"}, "/query/visit_no"),
        (WebhookKind.CALL_ARRIVED, CALL, {"visit_no": "９"}, "/query/visit_no"),
        (WebhookKind.CALL_ARRIVED, CALL, {"scope": "everything"}, "/query/scope"),
        (WebhookKind.CALL_ARRIVED, CALL, {"language": "zh CN"}, "/query/language"),
        (WebhookKind.CALL_STEPPED, but(CALL, Digits="44"), {"t": SEALED}, "/Digits"),
        (WebhookKind.CALL_STEPPED, but(CALL, Digits="A"), {"t": SEALED}, "/Digits"),
        (WebhookKind.CALL_STEPPED, but(CALL, Digits="４"), {"t": SEALED}, "/Digits"),
        (
            WebhookKind.CALL_STEPPED,
            [*CALL.items(), ("Digits", "4"), ("Digits", "5")],
            {"t": SEALED},
            "/Digits",
        ),
        (
            WebhookKind.CALL_STEPPED,
            but(CALL, RecordingUrl=RECORDING, RecordingDuration="long"),
            {"t": SEALED},
            "/RecordingDuration",
        ),
        (WebhookKind.CALL_STEPPED, CALL, {}, "/query/t"),
        (WebhookKind.CALL_STATUS, but(CALL, CallSid=None), {}, "/CallSid"),
        (WebhookKind.TEXT_ARRIVED, but(TEXT, MessageSid=None), {}, "/MessageSid"),
        (WebhookKind.TEXT_ARRIVED, but(TEXT, From=None), {}, "/From"),
        (WebhookKind.TEXT_ARRIVED, but(TEXT, To=None), {}, "/To"),
        (WebhookKind.TEXT_ARRIVED, [*TEXT.items(), ("Body", "1")], {}, "/Body"),
        (WebhookKind.RECEIPT_ARRIVED, but(RECEIPT, MessageStatus=None), {}, "/MessageStatus"),
        (WebhookKind.RECEIPT_ARRIVED, but(RECEIPT, MessageSid=None), {}, "/MessageSid"),
        (WebhookKind.RECEIPT_ARRIVED, but(RECEIPT, ErrorCode="x" * 201), {}, "/ErrorCode"),
    ],
)
def test_points_at_what_is_wrong(
    provider: TwilioProvider,
    form_request: MakeRequest,
    kind: WebhookKind,
    fields: Form,
    query: Form,
    pointer: str,
) -> None:
    """Malformed input is refused whole, the field named, no value repeated."""
    with pytest.raises(InvalidInput) as raised:
        provider.parse(kind, form_request(fields, query))

    assert raised.value.pointer == pointer
    assert "138" not in str(raised.value)


def test_takes_forms_only(provider: TwilioProvider) -> None:
    """A body of another kind is refused, not read as an empty form."""
    request = RawRequest("/", "", {"content-type": "application/json"}, b"{}")

    with pytest.raises(InvalidInput) as raised:
        provider.parse(WebhookKind.TEXT_ARRIVED, request)

    assert raised.value.pointer == "/headers/content-type"


def test_a_step_token_is_bound_to_its_call(
    provider: TwilioProvider, tokens: SignedStepTokens, form_request: MakeRequest
) -> None:
    """The URL of another call's step is refused even when Twilio signed the request."""
    query = {"t": tokens.seal(CallId("twilio:CA2"), SESSION)}

    with pytest.raises(Unauthentic):
        provider.parse(WebhookKind.CALL_STEPPED, form_request({**CALL, "Digits": "4"}, query))


def test_a_call_goes_on_at_the_signed_url(provider: TwilioProvider, tokens: SignedStepTokens) -> None:
    """The answer to an arrival and to a step names the next step by its token; the same every time."""
    instructions = [Gather((), timedelta(seconds=5), SESSION)]
    arrived = CallArrived(call_id=CALL_ID, caller=None)
    stepped = CallStepped(call_id=CALL_ID, session=SESSION, given=Key("4"))

    answer = provider.render(arrived, instructions)

    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert_twiml(answer.body.decode())
    url = f"{PUBLIC_URL}/twilio/voice/step?t={tokens.seal(CALL_ID, SESSION)}"
    assert f'action="{url}"' in answer.body.decode()
    assert provider.render(stepped, instructions) == answer


def test_an_end_is_rendered_as_hangup(provider: TwilioProvider) -> None:
    """Without a further step there is no URL."""
    answer = provider.render(CallArrived(call_id=CALL_ID, caller=None), [Hangup()])

    assert answer.body.decode().endswith("<Response><Hangup /></Response>")


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (
            TextArrived(message_id=MessageId("twilio:SM1"), sender=None, line="", body=""),
            RawResponse(200, "text/xml", b'<?xml version="1.0" encoding="UTF-8"?><Response/>'),
        ),
        (CallEnded(call_id=CALL_ID), RawResponse(204, "text/xml", b"")),
        (CallOngoing(call_id=CALL_ID), RawResponse(204, "text/xml", b"")),
        (
            ReceiptArrived(provider="twilio", provider_message_id="SM1", status=DeliveryStatus.SENT),
            RawResponse(204, "text/xml", b""),
        ),
    ],
)
def test_reports_are_received_without_a_word(
    provider: TwilioProvider, event: Event, answer: RawResponse
) -> None:
    """A text is answered by no text (text/plain would be sent as one); a report by 204."""
    assert provider.render(event, []) == answer


@pytest.mark.parametrize("kind", WebhookKind)
def test_unavailable_says_sorry_to_callers_alone(provider: TwilioProvider, kind: WebhookKind) -> None:
    """503 so that a retry may help; whoever hears it hears Chinese, English and a hangup."""
    answer = provider.render_unavailable(kind)

    assert (answer.status, answer.content_type) == (503, "text/xml")
    assert_twiml(answer.body.decode())
    assert ("对不起".encode() in answer.body) is kind.is_voice


def test_each_kind_has_one_route(provider: TwilioProvider) -> None:
    """Routes as promised to operators, one for each kind."""
    assert {webhook.path: webhook.kind for webhook in provider.webhooks} == {
        "/twilio/voice/rating": WebhookKind.CALL_ARRIVED,
        "/twilio/voice/step": WebhookKind.CALL_STEPPED,
        "/twilio/voice/status": WebhookKind.CALL_STATUS,
        "/twilio/sms/inbound": WebhookKind.TEXT_ARRIVED,
        "/twilio/sms/status": WebhookKind.RECEIPT_ARRIVED,
    }
    assert provider.name == "twilio"
