"""TwiML: what each instruction becomes, and that Twilio's schema accepts every document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.adapters.providers.twilio.voice import DEFAULT_VOICES, EMPTY, TwimlWriter, Voice
from gateway.domain.flow.instructions import Gather, Hangup, Instruction, Play, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.languages import Language
from tests.twiml_checker import assert_twiml

SESSION = Session("hotline_rating", "v1", "rate_item", 1, Language.CHINESE)
URL = "https://rating.example.gov.cn/twilio/voice/step?t=abc&x=\"<'>"
GREETING = Say("您好", Language.CHINESE)
FIVE = timedelta(seconds=5)

durations = st.timedeltas(timedelta(0), timedelta(seconds=600))
spoken = st.text(max_size=60).filter(lambda text: any(c.isalnum() for c in text)) | st.text(
    "好。", min_size=1
)
prompts = st.builds(Say, spoken, st.sampled_from(Language)) | st.builds(
    Play, st.from_regex(r"[a-z0-9_]{1,20}\.wav", fullmatch=True)
)
prompt_lists = st.lists(prompts, max_size=4).map(tuple)
endings = (
    st.builds(Gather, prompt_lists, durations, st.just(SESSION))
    | st.builds(
        Record,
        prompt_lists,
        durations,
        durations,
        st.sampled_from(["", "#", "*"]),
        st.just(SESSION),
    )
    | st.just(Hangup())
)
instruction_lists = st.tuples(st.lists(prompts, max_size=4), endings).map(lambda both: [*both[0], both[1]])


@pytest.fixture(scope="module")
def writer() -> TwimlWriter:
    """One writer for all documents, so that its memory is tested too."""
    return TwimlWriter(lambda name: f"https://rating.example.gov.cn/ivr-audio/f/{name}", DEFAULT_VOICES)


def written(writer: TwimlWriter, instructions: Sequence[Instruction], url: str = URL) -> ET.Element:
    """The parsed document."""
    document = writer.write(instructions, lambda _: url)
    assert document.startswith('<?xml version="1.0" encoding="UTF-8"?><Response')
    return ET.fromstring(document)  # noqa: S314 - our own


@given(instructions=instruction_lists, url=st.sampled_from([URL, "https://a.example/s?t=1"]))
def test_every_document_is_twiml(writer: TwimlWriter, instructions: Sequence[Instruction], url: str) -> None:
    """Whatever the engine says, Twilio's schema accepts it, and the step's URL is in it unharmed."""
    document = writer.write(instructions, lambda _: "https://a.example/s?t=1")
    assert_twiml(document)

    root = written(writer, instructions, url)
    urls = [verb.get("action") for verb in root if verb.get("action")]
    assert urls == ([] if isinstance(instructions[-1], Hangup) else [url])


@given(text=st.text())
@example(text="a\ufffe\uffff\x00\ud800b")
@example(text="😀" * 400)
def test_any_text_can_be_spoken(writer: TwimlWriter, text: str) -> None:
    """No character of a name breaks the document; nothing visible is lost in long texts."""
    root = written(writer, [Say(text, Language.CHINESE), Hangup()])

    heard = "".join(say.text or "" for say in root.iter("Say"))
    visible = [c for c in text if c.isalnum()]
    assert [c for c in heard if c.isalnum()] == visible


def test_a_question_takes_one_key_of_any_kind(writer: TwimlWriter) -> None:
    """One digit, no finishing key (so `*` and `#` count), prompts inside (barge-in), silence reported."""
    root = written(writer, [Gather((GREETING, Play("a.wav")), FIVE, SESSION)])

    gather = root[0]
    assert gather.attrib == {
        "input": "dtmf",
        "numDigits": "1",
        "finishOnKey": "",
        "timeout": "5",
        "action": URL,
        "method": "POST",
        "actionOnEmptyResult": "true",
    }
    assert [(p.tag, p.text) for p in gather] == [
        ("Say", "您好"),
        ("Play", "https://rating.example.gov.cn/ivr-audio/f/a.wav"),
    ]
    assert len(root) == 1


def test_a_recording_that_stays_empty_goes_on_all_the_same(writer: TwimlWriter) -> None:
    """Record posts to the step; the Redirect behind it does so when nothing was said."""
    root = written(writer, [Record((GREETING,), timedelta(seconds=60), FIVE, "#", SESSION)])

    say, record, redirect = root
    assert say.text == "您好"
    assert record.attrib == {
        "action": URL,
        "method": "POST",
        "maxLength": "60",
        "timeout": "5",
        "finishOnKey": "#",
        "playBeep": "true",
    }
    assert (redirect.tag, redirect.text, redirect.get("method")) == ("Redirect", URL, "POST")


def test_speaks_each_language_with_its_voice() -> None:
    """Voices are the operator's choice."""
    voices = {**DEFAULT_VOICES, Language.ENGLISH: Voice("en-GB", "Polly.Amy")}
    writer = TwimlWriter(str, voices)

    root = written(writer, [GREETING, Say("Hello", Language.ENGLISH), Hangup()])

    assert [(v.get("language"), v.get("voice")) for v in root if v.tag == "Say"] == [
        ("cmn-CN", "Polly.Zhiyu"),
        ("en-GB", "Polly.Amy"),
    ]
    assert root[-1].tag == "Hangup"


@pytest.mark.parametrize(("seconds", "written_as"), [(0, "1"), (0.2, "1"), (4.1, "5"), (5, "5")])
def test_rounds_time_up_to_whole_seconds(writer: TwimlWriter, seconds: float, written_as: str) -> None:
    """Nobody gets less time than the flow gives; Twilio takes no less than a second."""
    root = written(writer, [Gather((), timedelta(seconds=seconds), SESSION)])

    assert root[0].get("timeout") == written_as


def test_builds_a_document_once_whatever_the_call() -> None:
    """Two calls at the same question share the built document and differ in their URL alone."""
    writer = TwimlWriter(str, DEFAULT_VOICES)
    later = Session("hotline_rating", "v1", "rate_item", 2, Language.CHINESE)

    first = writer.write([Gather((GREETING,), FIVE, SESSION)], lambda session: f"/{session.attempt}")
    second = writer.write([Gather((GREETING,), FIVE, later)], lambda session: f"/{session.attempt}")

    assert writer._pieces.cache_info().misses == 1
    assert first.replace("/1", "/2", 1) == second


def test_a_gather_and_a_recording_with_the_same_words_stay_apart() -> None:
    """The memory does not take one for the other."""
    writer = TwimlWriter(str, DEFAULT_VOICES)

    gathered = written(writer, [Gather((GREETING,), FIVE, SESSION)])
    recorded = written(writer, [Record((GREETING,), FIVE, FIVE, "", SESSION)])

    assert gathered[0].tag == "Gather"
    assert recorded[1].tag == "Record"


def test_says_sorry_in_both_languages_and_hangs_up(writer: TwimlWriter) -> None:
    """The words for a broken system are sound TwiML that ends the call."""
    document = writer.sorry()

    assert_twiml(document)
    assert "对不起" in document
    assert "Sorry" in document
    assert document.endswith("<Hangup /></Response>")


def test_nothing_to_say_is_an_empty_document() -> None:
    """The constant for "received" is TwiML."""
    assert_twiml(EMPTY)
