"""Whole calls: the delivered flow, the Asterisk provider and a real Asterisk, with real telephones on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.flow_files import load_flow
from gateway.domain.flow.facts import MessageLeft
from gateway.domain.flow.inputs import Input, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Gather, Hangup, Record
from gateway.domain.flow.transcript import Script, input_line, play, read_script, spoken_message, step_lines
from tests.peers.asterisk_rig import AsteriskRig, Told, asterisk_rig
from tests.peers.asterisk_server import AsteriskServer

FLOW_FILE = Path(__file__).parents[3] / "ivr_flows" / "hotline_rating.yaml"
FLOW = load_flow(FLOW_FILE)
GOLDEN = sorted(FLOW_FILE.with_suffix(".transcripts").glob("*.txt"))
SPOKEN_SECONDS = 3.0
SHORT, LONG = timedelta(seconds=1), timedelta(seconds=30)
"""Silence: where the caller is silent, and where a key is to come."""
ITEM = "请评价这次办事。"
LEVELS = "非常满意请按1，满意按2，基本满意按3，不满意按4，非常不满意按5。"
NO_KEY = "没听到按键。"
REASON = "哪里不满意？等太久按1，态度不好按2，来回跑按3，没办成按4，其他按5。"
OFFER = "留言请按1，不留言请挂机。"
MESSAGE = "请在嘀声后留言，说完挂机。"
GOODBYE = "谢谢您，再见。"


@pytest.fixture
async def rig(asterisk: AsteriskServer) -> AsyncIterator[AsteriskRig]:
    """Connected, with short prompts."""
    async with asterisk_rig(asterisk, FLOW, silence=LONG, prompt_seconds=0.5) as opened:
        yield opened


def prompts_of(told: Told, number: int) -> tuple[list[str], list[str]]:
    """What a step says without heeding keys, and what it asks."""
    *said, last = told.steps[number][1].instructions
    asked = last.prompts if isinstance(last, Gather | Record) else ()
    return [each.text for each in said if not isinstance(each, Gather | Record | Hangup)], [
        prompt.text for prompt in asked
    ]


async def act_out(rig: AsteriskRig, name: str, script: Script) -> Told:
    """Do with a telephone what a transcript's caller does; what was told of the call."""
    rig.leader.variables[name] = (script.variables, script.language)
    rig.leader.silences[name] = [SHORT if isinstance(given, NoInput) else LONG for given in script.inputs]
    caller = await rig.caller(name)
    for number, given in enumerate(script.inputs):
        told = await rig.told(name, steps=number + 1)
        asked = prompts_of(told, number)[1]
        before = told.heard_before[number]
        match given:
            case Key(digit):
                # Later than the hand-over's grace, in the first question's second prompt.
                words = asked[1 if number == 0 else 0]
                await caller.hears(words, caller.heard[:before].count(words) + 1)
                await caller.press(digit)
            case Recorded():
                await caller.hears(asked[-1], caller.heard[:before].count(asked[-1]) + 1)
                await caller.speak(SPOKEN_SECONDS)
                await caller.press("#")
    if script.hangs_up:
        await rig.told(name, steps=len(script.inputs) + 1)
        await caller.hang_up()
    else:
        await caller.ended()
    return await rig.told(name, ended=True)


def was_heard(script: Script, told: Told, heard: list[str]) -> bool:
    """Whether what was heard is what was said: in order, each question up to the key that cut it short."""
    reached = {0}
    for number in range(len(told.steps)):
        said, asked = prompts_of(told, number)
        last = number == len(script.inputs)
        whole = not script.hangs_up if last else not isinstance(script.inputs[number], Key)
        all_of_it = [*said, *asked]
        least = len(all_of_it) if whole else 0 if last else len(said)
        reached = {
            start + length
            for start in reached
            for length in range(least, len(all_of_it) + 1)
            if heard[start : start + length] == all_of_it[:length]
        }
    return len(heard) in reached


def transcript_of(script: Script, told: Told) -> str:
    """The transcript of a call that was led."""
    lines = [*script.notes, f"flow: {script.flow}", f"language: {script.language.value}"]
    lines += [f"{name}: {value}" for name, value in script.variables.items()]
    for event, step in told.steps:
        lines += ["", *([input_line(event.given)] if event else []), *step_lines(step)]
    if script.hangs_up:
        lines += ["", "> hangs up"]
    return "\n".join(lines) + "\n"


def as_recorded(script: Script, told: Told) -> Script:
    """The script with each message as Asterisk recorded it.

    The seconds of speech are Asterisk's to count, and a key that ends a recording before a word is silence.
    """
    inputs: list[Input] = []
    for number, (due, (event, _)) in enumerate(zip(script.inputs, told.steps[1:], strict=True)):
        was = event.given if event else due
        recorded = isinstance(told.steps[number][1].instructions[-1], Record)
        inputs.append(
            spoken_message(int(was.duration.total_seconds()))
            if isinstance(was, Recorded)
            else NoInput()
            if recorded
            else due
        )
    return replace(script, inputs=tuple(inputs))


@pytest.mark.requirement("R-17")
async def test_golden_transcripts_come_out_by_telephone(rig: AsteriskRig) -> None:
    """Every transcript of the flow, acted out at once: told letter for letter, heard in the same order."""
    scripts = {path.stem: read_script(path.read_text(encoding="utf-8")) for path in GOLDEN}

    played = await asyncio.gather(*(act_out(rig, name, script) for name, script in scripts.items()))

    for (name, script), told in zip(scripts.items(), played, strict=True):
        assert transcript_of(script, told) == play(FLOW, as_recorded(script, told)), name
        heard = rig.leader.callers[name].heard
        assert was_heard(script, told, heard), (name, heard)


@pytest.mark.requirement("R-16")
async def test_a_key_held_from_the_talk_with_the_agent_does_not_rate(rig: AsteriskRig) -> None:
    """Pressed before the agent hung up and let go after the question has begun: it is not an answer."""
    caller = await rig.caller()
    await caller.press("1", seconds=1.5)
    await caller.hears(LEVELS)
    await caller.press("5")

    await caller.hears(REASON)
    assert (await rig.told()).keys == ["5"]


async def test_a_key_while_no_key_is_said_rates(rig: AsteriskRig) -> None:
    """Many press just then, and mean it."""
    rig.leader.silences["1"] = [SHORT]
    caller = await rig.caller()
    await caller.hears(NO_KEY)
    await caller.press("2")

    await caller.ended()
    assert (await rig.told(ended=True)).keys == ["2"]


async def test_of_a_key_pressed_many_times_the_first_counts(rig: AsteriskRig) -> None:
    """The rest of "4444" is no reason and no wrong key."""
    caller = await rig.caller()
    await caller.hears(LEVELS)
    for _ in range(4):
        await caller.press("4", after=0.04)
    await caller.hears(REASON)
    await caller.press("3")

    told = await rig.told(steps=3)
    given = [event.given for event, _ in told.steps if event]
    assert given == [Key("4"), Key("3")]


async def test_keys_by_sip_info_and_calls_that_nobody_answered(rig: AsteriskRig) -> None:
    """A call that comes ringing is answered, and keys are taken however the telephone tells them."""
    caller = await rig.caller(extension="direct")
    await caller.hears(LEVELS)
    await caller.press_by_info("2")

    await caller.ended()
    assert (await rig.told(ended=True)).keys == ["2"]
    assert caller.heard[-1] == GOODBYE


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("state", ["prompt", "silence", "between", "goodbye"])
async def test_hanging_up_ends_the_call_in_every_state(rig: AsteriskRig, state: str) -> None:
    """Whatever is going on, the end is told once, and nothing is taken for an answer."""
    caller = await rig.caller()
    match state:
        case "prompt":
            await caller.hears(ITEM)
        case "silence":
            await caller.hears("重听按星号。")
            await caller.be_silent(0.8)
        case "between":
            await caller.hears(LEVELS)
            await caller.press("1")
        case "goodbye":
            await caller.hears(LEVELS)
            await caller.press("1")
            await caller.hears(GOODBYE)
    await caller.hang_up()

    told = await rig.told(ended=True)
    assert told.ended is not None
    assert told.keys == (["1"] if state in {"between", "goodbye"} else [])


async def test_a_message_ended_by_hanging_up_is_kept(rig: AsteriskRig, asterisk: AsteriskServer) -> None:
    """The flow asks for it: speak, then hang up."""
    caller = await rig.caller()
    await caller.hears(LEVELS)
    await caller.press("5")
    for words in (REASON, OFFER):
        await caller.hears(words)
        await caller.press("1")
    await caller.hears(MESSAGE)
    await caller.speak(SPOKEN_SECONDS)
    await caller.hang_up()

    told = await rig.told(ended=True)
    (left,) = [fact for fact in told.facts if isinstance(fact, MessageLeft)]
    assert left.duration >= timedelta(seconds=2)
    name = left.reference.split("/")[-2]
    assert (asterisk.recordings / f"{name}.wav").stat().st_size > 16_000
