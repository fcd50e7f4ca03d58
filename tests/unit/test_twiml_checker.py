"""The TwiML checker itself: it accepts what Twilio documents and refuses what Twilio refuses."""

from __future__ import annotations

import pytest

from tests.twiml_checker import assert_twiml, twiml_faults

GOOD = [
    "<Response/>",
    "<Response><Hangup/></Response>",
    '<?xml version="1.0"?><Response><Say voice="Polly.Zhiyu" language="cmn-CN">您好</Say></Response>',
    '<Response><Gather input="dtmf speech" finishOnKey="" actionOnEmptyResult="true"/></Response>',
    "<Response><Gather><Play>https://a.example/x.wav</Play><Pause length='1'/></Gather></Response>",
    '<Response><Record maxLength="60" finishOnKey="#*" playBeep="false"/></Response>',
    '<Response><Redirect method="POST">/next</Redirect></Response>',
    '<Response><Say>one <break strength="weak"/> two <s>three</s></Say></Response>',
    '<Response><Play digits="1w2"/></Response>',
    '<Response><Dial action="/rate" record="record-from-answer"/></Response>',
    '<Response><Dial><Number statusCallbackEvent="ringing answered">+15005550006</Number></Dial></Response>',
]
BAD = [
    ("", "before the root"),
    ("hello <Response/>", "before the root"),
    ("<Response><Say>x</Response>", "not well-formed"),
    ("<response/>", "not <Response>"),
    ("<Response>hello</Response>", "holds text"),
    ("<Response><Gather>4<Say>x</Say></Gather></Response>", "holds text"),
    ("<Response><say>x</say></Response>", "not allowed inside"),
    ("<Response><Gather><Hangup/></Gather></Response>", "not allowed inside"),
    ("<Response><Gather><Gather/></Gather></Response>", "not allowed inside"),
    ("<Response><Say><Play>x.wav</Play>x</Say></Response>", "not allowed inside"),
    ('<Response><Gather numdigits="1"/></Response>', "no such attribute"),
    ('<Response><Hangup reason="busy"/></Response>', "no such attribute"),
    ('<Response><Gather numDigits="one"/></Response>', "is no number"),
    ('<Response><Gather numDigits="0"/></Response>', "out of what"),
    ('<Response><Gather actionOnEmptyResult="True"/></Response>', "is no boolean"),
    ('<Response><Gather input="dtmf,speech"/></Response>', "is no GatherInput"),
    ('<Response><Gather finishOnKey="#*"/></Response>', "out of what"),
    ('<Response><Gather method="PUT"/></Response>', "is no string"),
    ('<Response><Gather language="zh-CN"/></Response>', "is no GatherLanguage"),
    ('<Response><Gather action="https://a.example/a b"/></Response>', "out of what"),
    ('<Response><Record maxLength="0"/></Response>', "out of what"),
    ('<Response><Say voice="Polly.Nobody">x</Say></Response>', "is no SayVoice"),
    ('<Response><Say language="zh">x</Say></Response>', "is no SayLanguage"),
    ('<Response><Say voice="Polly.Zhiyu" language="en-US">x</Say></Response>', "does not speak"),
    ("<Response><Say> </Say></Response>", "is empty"),
    ("<Response><Play/></Response>", "is empty"),
    ("<Response><Redirect/></Response>", "is empty"),
    ("<Response><Redirect>ftp://a.example/</Redirect></Response>", "is no URL"),
    (f"<Response><Say>{'好' * 501}</Say></Response>", "longer than"),
]


@pytest.mark.parametrize("document", GOOD)
def test_accepts_documented_twiml(document: str) -> None:
    """What Twilio's pages show passes."""
    assert_twiml(document)


@pytest.mark.parametrize(("document", "fault"), BAD)
def test_refuses_what_twilio_refuses(document: str, fault: str) -> None:
    """Each kind of mistake is found, and found once."""
    faults = twiml_faults(document)

    assert len(faults) == 1
    assert fault in faults[0]


def test_fails_a_test_with_the_fault_and_the_document() -> None:
    """A failing check shows where to look."""
    with pytest.raises(AssertionError, match=r"Response/Gather\[1\]/Hangup\[1\](.|\n)*<Response>"):
        assert_twiml("<Response><Gather><Hangup/></Gather></Response>")
