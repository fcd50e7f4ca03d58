"""Instructions become prompts, reports become input: the rules about keys, without an Asterisk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import pytest

from gateway.adapters.providers.asterisk.codes import STEP, Outcome
from gateway.adapters.providers.asterisk.lines import BEEP, Line
from gateway.adapters.providers.asterisk.reports import (
    ConnectionLost,
    HangingUp,
    KeyPressed,
    Left,
    PlaybackBegan,
    PlaybackEnded,
    RecordingEnded,
    Report,
    Stop,
)
from gateway.adapters.providers.asterisk.transport import AriError, NotThereError
from gateway.adapters.providers.asterisk.voice import Conduct, Conversation
from gateway.domain.errors import Unavailable
from gateway.domain.events import CallArrived, CallEnded, CallStepped
from gateway.domain.flow.inputs import Input, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Gather, Hangup, Instruction, Prompt, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId
from gateway.domain.languages import Language

CALL = CallId("asterisk:1")
ASKED = Say("ask", Language.CHINESE)
THANKS = Say("thanks", Language.CHINESE)
END: tuple[Instruction, ...] = (THANKS, Hangup())
SHORT = timedelta(milliseconds=10)
LONG = timedelta(seconds=60)


def session(node: str) -> Session:
    """Where the flow waits."""
    return Session("flow", "1", node, 1, Language.CHINESE)


def ask(node: str = "item", silence: timedelta = LONG) -> Gather:
    """A question of one prompt."""
    return Gather((ASKED,), silence, session(node))


class FakeLine:
    """A channel that does as it is told; playbacks are named p1, p2, … in order."""

    def __init__(self) -> None:
        self.played: list[str] = []
        self.stopped: list[str] = []
        self.forgotten: list[str] = []
        self.steps: list[str] = []
        self.fault: AriError | None = None
        self.there = True

    async def set(self, variable: str, value: str) -> None:
        """Remember a step."""
        assert variable == STEP
        self.steps.append(value)

    async def play(self, media: str) -> str:
        """Play, or fail as told."""
        if self.fault:
            raise self.fault
        self.played.append(media)
        return f"p{len(self.played)}"

    async def stop(self, playback: str) -> None:
        """Stop a playback."""
        self.stopped.append(playback)

    async def record(self, _longest: timedelta, _silence: timedelta, _finish_key: str) -> str:
        """Record as r."""
        return "r"

    async def forget(self, recording: str) -> None:
        """Delete it."""
        self.forgotten.append(recording)

    async def is_there(self) -> bool:
        """Whether the caller is."""
        return self.there

    @staticmethod
    def address_of(recording: str) -> str:
        """Its address."""
        return f"ari/{recording}"


class ScriptedLeader:
    """Says what is on its list, and remembers what it was told (`CallLeader`)."""

    def __init__(self, *said: Sequence[Instruction]) -> None:
        self.said = list(said)
        self.given: list[Input] = []

    async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
        """The next on the list; away when it is over."""
        if isinstance(event, CallStepped):
            self.given.append(event.given)
        if not self.said:
            raise Unavailable("nothing is stored")
        return self.said.pop(0)

    async def ended(self, event: CallEnded) -> None:
        """Not the conversation's to tell."""
        raise AssertionError(event)


class Stage:
    """A conversation and all around it."""

    def __init__(self, *said: Sequence[Instruction], longest: timedelta = LONG) -> None:
        self.line = FakeLine()
        self.leader = ScriptedLeader(*said)
        self.waits: list[float] = []
        conduct = Conduct(
            leader=self.leader,
            media_of=_media_of,
            seal=lambda _, at: f"sealed-{at.node}",
            longest_call=longest,
            answered=self.waits.append,
        )
        self.conversation = Conversation(cast("Line", self.line), CALL, conduct)

    async def run(self, *reports: Report) -> Outcome:
        """Let all this be reported, in order, to somebody who was just handed over."""
        for report in reports:
            self.conversation.report(report)
        return await self.conversation.run(CallArrived(call_id=CALL, caller=None))


async def _media_of(prompt: Prompt) -> str:
    return prompt.text


def key(digit: str, let_go_at: float, held: float = 0.1) -> KeyPressed:
    """A key let go then."""
    return KeyPressed(digit, let_go_at - held, let_go_at)


def heard(playback: str, at: float) -> tuple[Report, Report]:
    """A prompt from its beginning to its end."""
    return PlaybackBegan(playback, at), PlaybackEnded(playback, failed=False)


async def test_a_key_stops_the_prompt_and_is_told_before_the_next_is_played() -> None:
    """Where the call stands is on the channel before each question, and that it is over at the end."""
    stage = Stage([ask()], END)

    outcome = await stage.run(PlaybackBegan("p1", 10), key("4", 11), *heard("p2", 11.2))

    assert outcome is Outcome.DONE
    assert stage.leader.given == [Key("4")]
    assert stage.line.stopped == ["p1"]
    assert stage.line.steps == ["asterisk:1 sealed-item", "asterisk:1 over"]
    assert stage.waits == [pytest.approx(0.2)]


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    "stray",
    [
        key("1", 9.9),  # before the question
        key("1", 10.2),  # too soon after the talk with the agent
        key("1", 12.0, held=3.0),  # held since then
        PlaybackBegan("another", 1.0),
        PlaybackEnded("another", failed=True),
    ],
)
async def test_what_is_left_of_the_talk_before_does_not_rate(stray: Report) -> None:
    """The first key that was meant for the question counts."""
    stage = Stage([ask()], END)
    begun = PlaybackBegan("p1", 10.0)

    await stage.run(begun, stray, key("5", 13), *heard("p2", 13.1))

    assert stage.leader.given == [Key("5")]


async def test_the_rest_of_a_repeated_press_answers_nothing() -> None:
    """Neither while a word is said between two questions nor before the next has begun."""
    stage = Stage([ask("item")], [Say("heard", Language.CHINESE), ask("staff")], END)

    await stage.run(
        PlaybackBegan("p1", 10), key("4", 11), key("4", 11.2), PlaybackBegan("p2", 11.3), key("4", 11.5),
        PlaybackEnded("p2", failed=False), key("4", 12), PlaybackBegan("p3", 12.05), key("2", 13),
        *heard("p4", 14),
    )  # fmt: skip

    assert stage.leader.given == [Key("4"), Key("2")]


async def test_a_key_that_comes_as_the_time_runs_out_still_counts() -> None:
    """Silence leads to the question once more; a key pressed meanwhile is its answer."""
    stage = Stage([ask(silence=SHORT)], [ask()], END)
    leader = stage.leader

    class PressedMeanwhile(ScriptedLeader):
        async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
            if isinstance(event, CallStepped) and isinstance(event.given, NoInput):
                for report in (key("3", 16), *heard("p3", 17)):
                    stage.conversation.report(report)
            return await super().__call__(event)

    stage.leader = PressedMeanwhile(*leader.said)
    stage.conversation._conduct = Conduct(stage.leader, _media_of, lambda *_: "", LONG, stage.waits.append)

    assert await stage.run(*heard("p1", 10)) is Outcome.DONE
    assert stage.leader.given == [NoInput(), Key("3")]


async def test_a_key_for_one_question_is_none_for_another() -> None:
    """After silence the flow went on to something else: what comes late is dropped."""
    stage = Stage([ask("reason", SHORT)], [ask("offer", SHORT)], END)

    class PressedMeanwhile(ScriptedLeader):
        async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
            if len(self.given) == 0 and isinstance(event, CallStepped):
                for report in (key("1", 16), *heard("p2", 17)):
                    stage.conversation.report(report)
            elif isinstance(event, CallStepped):
                for report in heard("p3", 18):
                    stage.conversation.report(report)
            return await super().__call__(event)

    stage.leader = PressedMeanwhile(*stage.leader.said)
    stage.conversation._conduct = Conduct(stage.leader, _media_of, lambda *_: "", LONG, stage.waits.append)

    await stage.run(*heard("p1", 10))

    assert stage.leader.given == [NoInput(), NoInput()]


@pytest.mark.parametrize(("seconds", "failed"), [(1, False), (0, False), (9, True)])
async def test_a_recording_without_words_is_silence_and_is_deleted(seconds: int, failed: bool) -> None:
    """Asterisk reports one second for silence."""
    stage = Stage([Record((ASKED,), LONG, LONG, "#", session("message"))], END)
    ended = RecordingEnded("r", seconds, failed=failed)

    await run_recording(stage, ended)

    assert stage.leader.given == [NoInput()]
    assert stage.line.forgotten == ["r"]


async def test_a_message_counts_though_its_caller_hung_up() -> None:
    """To hang up is how the flow asks them to end it."""
    stage = Stage([Record((ASKED,), LONG, LONG, "#", session("message"))], END)

    outcome = await run_recording(stage, HangingUp(), RecordingEnded("r", 7, failed=False), Left())

    assert stage.leader.given == [Recorded("ari/r", timedelta(seconds=7))]
    assert outcome is Outcome.GONE


async def run_recording(stage: Stage, *reports: Report) -> Outcome:
    """Let this be reported once the recording has begun."""
    record = stage.line.record

    async def begun(_longest: timedelta, _silence: timedelta, _finish_key: str) -> str:
        name = await record(_longest, _silence, _finish_key)
        for report in (*reports, *heard("p3", 30)):
            stage.conversation.report(report)
        return name

    stage.line.record = begun  # type: ignore[method-assign]
    outcome = await stage.run(*heard("p1", 10))
    assert stage.line.played[1] == BEEP
    return outcome


@pytest.mark.parametrize(
    ("report", "due"),
    [
        (HangingUp(), Outcome.GONE),
        (Left(), Outcome.GONE),
        (ConnectionLost(), Outcome.LOST),
        (Stop(), Outcome.STOPPED),
    ],
)
async def test_the_end_of_a_conversation_has_its_reason(report: Report, due: Outcome) -> None:
    """Nothing is told as an answer."""
    stage = Stage([ask()], END)

    assert await stage.run(PlaybackBegan("p1", 10), report) is due
    assert stage.leader.given == []


@pytest.mark.parametrize(("there", "due"), [(True, Outcome.NO_SOUND), (False, Outcome.GONE)])
async def test_a_prompt_that_failed_was_not_said(there: bool, due: Outcome) -> None:
    """Asterisk says the same of a missing file and of a caller who left."""
    stage = Stage([ask()], END)
    stage.line.there = there

    assert await stage.run(PlaybackBegan("p1", 10), PlaybackEnded("p1", failed=True)) is due


@pytest.mark.parametrize(
    ("fault", "due"), [(NotThereError("gone"), Outcome.GONE), (AriError("no answer"), Outcome.LOST)]
)
async def test_a_caller_who_left_and_an_asterisk_that_is_away_are_told_apart(
    fault: AriError, due: Outcome
) -> None:
    """The first call is over; the second is taken up again."""
    stage = Stage([ask()], END)
    stage.line.fault = fault

    assert await stage.run() is due


async def test_what_is_not_stored_is_not_gone_on_from() -> None:
    """No further prompt sounds as if it had been."""
    stage = Stage([ask()])

    assert await stage.run(PlaybackBegan("p1", 10), key("1", 11)) is Outcome.FAILED
    assert stage.line.played == ["ask"]


async def test_no_call_goes_on_for_ever() -> None:
    """Whatever it waits for."""
    assert await Stage([ask()], longest=SHORT).run() is Outcome.TOO_LONG


async def test_what_is_reported_between_two_tries_still_counts() -> None:
    """A gateway that is told to stop while a request is repeated does not go on talking."""
    stage = Stage([ask()], [ask()])
    stage.line.fault = AriError("no answer")
    assert await stage.run() is Outcome.LOST

    stage.line.fault = None
    stage.conversation.report(Stop())
    stage.conversation = stage.conversation.taken_up()

    assert await stage.run() is Outcome.STOPPED
