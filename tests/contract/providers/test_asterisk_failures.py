"""What callers notice when something breaks: never silence, and never a rating that they did not give."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.flow_files import load_flow
from gateway.adapters.providers.asterisk.desk import Limits
from gateway.adapters.providers.asterisk.transport import AriClient, AriError
from gateway.domain.errors import Unavailable
from tests.peers.asterisk_rig import FALLBACK, TOO_LONG, AsteriskRig, NoiseAudio, asterisk_rig, stop_now
from tests.peers.asterisk_server import PASSWORD, USER, AsteriskServer
from tests.peers.sip_caller import SipCaller
from tests.peers.wire import wire_to

FLOW = load_flow(Path(__file__).parents[3] / "ivr_flows" / "hotline_rating.yaml")
ITEM = "请评价这次办事。"
LEVELS = "非常满意请按1，满意按2，基本满意按3，不满意按4，非常不满意按5。"
REASON = "哪里不满意？等太久按1，态度不好按2，来回跑按3，没办成按4，其他按5。"
GOODBYE = "谢谢您，再见。"
LONG = timedelta(seconds=20)


def outcomes(rig: AsteriskRig) -> dict[str, float]:
    """How often calls were let go in which way."""
    lines = rig.metrics.expose().decode().splitlines()
    told = [line for line in lines if line.startswith("haochaping_pbx_calls_left_total")]
    return {line.split('outcome="')[1].split('"')[0]: float(line.rpartition(" ")[2]) for line in told}


async def heard_again(caller: SipCaller, words: str) -> None:
    """Return once these words are heard once more."""
    await caller.hears(words, caller.heard.count(words) + 1)


async def test_without_a_gateway_the_dial_plan_speaks(asterisk: AsteriskServer) -> None:
    """Nobody is connected: the caller hears the dial plan's own words at once."""
    audio = NoiseAudio(asterisk.sounds)
    caller = SipCaller(asterisk.sip_port, audio.prompts.words)
    await caller.call(app="nobody")
    await caller.hears(FALLBACK)
    await caller.ended()
    await caller.aclose()


async def test_a_gateway_that_froze_leaves_callers_to_the_ceiling(asterisk: AsteriskServer) -> None:
    """It holds its connection and does nothing: Asterisk's own limit ends the silence."""
    audio = NoiseAudio(asterisk.sounds)
    caller = SipCaller(asterisk.sip_port, audio.prompts.words)
    ari = AriClient(asterisk.url, USER, PASSWORD, "frozen")
    async with ari.events():
        await caller.call(app="frozen", ceiling="1")
        await caller.hears(TOO_LONG)
        await caller.ended()
    await caller.aclose()
    await ari.aclose()


async def test_asterisk_is_told_a_ceiling_for_every_call(asterisk: AsteriskServer) -> None:
    """The dial plan may have forgotten it."""
    async with asterisk_rig(asterisk, FLOW, longest_call=timedelta(seconds=40)) as rig:
        caller = await rig.caller()
        await caller.hears(ITEM)
        ari = AriClient(asterisk.url, USER, PASSWORD, "other")
        (channel,) = (await ari.ask("GET", "applications", "haochaping"))["channel_ids"]
        left = await ari.ask("GET", "channels", channel, "variable", variable="TIMEOUT(absolute)")
        await ari.aclose()

    assert 40 < float(left["value"]) <= 55


async def test_more_calls_than_wanted_go_to_the_dial_plan(asterisk: AsteriskServer) -> None:
    """Whoever comes too late hears of the text message, and the call is known for it to follow."""
    async with asterisk_rig(asterisk, FLOW, limits=Limits(1, hangs_up=True)) as rig:
        first = await rig.caller("1")
        await first.hears(ITEM)
        second = await rig.caller("2")
        await second.hears(FALLBACK)
        await second.ended()

        assert ITEM not in second.heard
        assert (await rig.told("2")).keys == []
        assert outcomes(rig)["busy"] == 1


async def test_a_call_that_takes_too_long_goes_to_the_dial_plan(asterisk: AsteriskServer) -> None:
    """In the middle of whatever is being said."""
    async with asterisk_rig(asterisk, FLOW, longest_call=timedelta(seconds=1), prompt_seconds=15) as rig:
        caller = await rig.caller()
        await caller.hears(FALLBACK)

        assert caller.heard == [ITEM, FALLBACK]
        assert (await rig.told(ended=True)).keys == []
        assert outcomes(rig) == {"too_long": 1}


@pytest.mark.parametrize("fault", ["silent", "broken"])
async def test_a_prompt_without_sound_is_not_taken_for_said(asterisk: AsteriskServer, fault: str) -> None:
    """Whether we have no file or Asterisk does not find it: no silence in which to press a key."""
    async with asterisk_rig(asterisk, FLOW) as rig:
        getattr(rig.audio, fault).add(LEVELS)
        caller = await rig.caller()
        await caller.hears(FALLBACK)

        assert caller.heard == [ITEM, FALLBACK]
        assert outcomes(rig) == {"no_sound": 1}


@pytest.mark.requirement("R-16")
async def test_a_key_that_cannot_be_recorded_is_not_thanked_for(asterisk: AsteriskServer) -> None:
    """The next prompt is played after the rating is stored, or never."""
    async with asterisk_rig(asterisk, FLOW) as rig:
        caller = await rig.caller()
        await caller.hears(LEVELS)
        rig.leader.is_away = True
        await caller.press("1")
        await caller.hears(FALLBACK)

        assert GOODBYE not in caller.heard
        assert outcomes(rig) == {"failed": 1}


async def test_a_connection_that_breaks_costs_a_repetition(asterisk: AsteriskServer) -> None:
    """The call stays in Asterisk; when the connection is back, the question is asked again."""
    async with wire_to(asterisk.http_port) as wire:
        url = asterisk.url.replace(str(asterisk.http_port), str(wire.port))
        async with asterisk_rig(asterisk, FLOW, url=url, silence=LONG) as rig:
            stays, leaves = await rig.caller("1"), await rig.caller("2")
            await stays.hears(LEVELS)
            await leaves.hears(LEVELS)
            await wire.cut()
            with pytest.raises(Unavailable):
                while True:
                    await rig.connection.check()
                    await asyncio.sleep(0.01)
            await leaves.hang_up()
            await wire.join()
            await heard_again(stays, LEVELS)
            await stays.press("3")
            await stays.ended()

            assert (await rig.told("1", ended=True)).keys == ["3"]
            assert (await rig.told("2", ended=True)).keys == []


async def test_a_successor_goes_on_where_a_gateway_died(asterisk: AsteriskServer) -> None:
    """Nothing but the channel knows where the call stands."""
    async with asterisk_rig(asterisk, FLOW, silence=LONG) as first:
        caller = await first.caller()
        await caller.hears(LEVELS)
        await caller.press("4")
        await caller.hears(REASON)
        await die(first)
        async with asterisk_rig(asterisk, FLOW, told=first.leader.told) as second:
            await heard_again(caller, REASON)
            await caller.press("2")

            told = await second.told(steps=4)
            assert [type(fact).__name__ for fact in told.facts] == ["Rated", "ReasonGiven"]


async def test_the_later_of_two_with_one_name_has_the_calls(asterisk: AsteriskServer) -> None:
    """The earlier stands by, takes nothing away, and is there again when the later goes."""
    async with asterisk_rig(asterisk, FLOW, silence=LONG) as first:
        async with asterisk_rig(asterisk, FLOW) as second:
            with pytest.raises(Unavailable, match="another gateway"):
                while True:
                    await first.connection.check()
                    await asyncio.sleep(0.01)
            caller = await second.caller()
            await caller.hears(LEVELS)
            await caller.press("1")
            await caller.ended()
            assert first.leader.told == {}
        await first.connected()
        caller = await first.caller()
        await caller.hears(ITEM)


async def test_a_standby_has_the_calls_of_a_gateway_that_died(asterisk: AsteriskServer) -> None:
    """Asterisk keeps the dead one's name while it has calls; that it shows no life tells."""
    async with (
        asterisk_rig(asterisk, FLOW, silence=LONG) as standby,
        asterisk_rig(asterisk, FLOW, silence=LONG) as first,
    ):
        caller = await first.caller()
        await caller.hears(LEVELS)
        standby.leader.told |= first.leader.told
        await die(first)
        await standby.connected()
        await heard_again(caller, LEVELS)
        await caller.press("2")

        assert (await standby.told(ended=True)).keys == ["2"]


async def test_a_gateway_that_stops_gives_its_calls_back(asterisk: AsteriskServer) -> None:
    """What is not done in time goes to the dial plan, which has another gateway, or its own words."""
    async with asterisk_rig(asterisk, FLOW, silence=LONG) as rig:
        caller = await rig.caller()
        await caller.hears(ITEM)
        await stop_now(rig.connection)
        await caller.hears(FALLBACK)

        assert outcomes(rig) == {"stopped": 1}


async def test_a_gateway_that_stops_lets_callers_finish(asterisk: AsteriskServer) -> None:
    """They have been asked, and may answer."""
    async with asterisk_rig(asterisk, FLOW) as rig:
        caller = await rig.caller()
        await caller.hears(LEVELS)
        stopping = asyncio.create_task(rig.connection.stop())
        await caller.press("1")
        await caller.ended()
        await stopping

        assert (await rig.told(ended=True)).keys == ["1"]
        assert GOODBYE in caller.heard


async def test_who_comes_while_a_gateway_stops_is_given_back_and_known(asterisk: AsteriskServer) -> None:
    """Another gateway may take them; else a text message follows, for which the call has to be known."""
    async with asterisk_rig(asterisk, FLOW, silence=LONG) as rig:
        caller = await rig.caller("1")
        await caller.hears(LEVELS)
        stopping = asyncio.create_task(rig.connection.stop())
        late = await rig.caller("2")
        await late.hears(FALLBACK)
        await caller.press("1")
        await caller.ended()
        await stopping

        assert (await rig.told("2")).keys == []
        assert ITEM not in late.heard


async def test_who_comes_in_the_last_moment_is_not_left_in_silence(asterisk: AsteriskServer) -> None:
    """Asterisk has handed them over, and the gateway goes before it hears of it."""
    async with asterisk_rig(asterisk, FLOW) as rig:
        unheard = asyncio.Event()
        rig.connection._take = lambda event: unheard.set()  # type: ignore[method-assign]  # noqa: ARG005
        caller = await rig.caller()
        await unheard.wait()
        await rig.connection.stop()
        await caller.hears(FALLBACK)

        assert (await rig.told()).keys == []


async def test_a_second_talk_on_the_same_channel_is_rated_by_itself(asterisk: AsteriskServer) -> None:
    """A caller who speaks with another agent afterwards is asked again, and both ratings are kept."""
    async with asterisk_rig(asterisk, FLOW, limits=Limits(9, hangs_up=False)) as rig:
        caller = await rig.caller(extension="twice")
        await caller.hears(LEVELS)
        await caller.press("1")
        await caller.hears(GOODBYE)
        await heard_again(caller, LEVELS)
        await caller.press("2")
        await caller.ended()

        assert [told.keys for told in rig.leader.told.values()] == [["1"], ["2"]]


async def test_asterisk_may_restart(asterisk: AsteriskServer) -> None:
    """Its calls are gone and said to be; the gateway is there again when it is."""
    async with asterisk_rig(asterisk, FLOW, silence=LONG) as rig:
        caller = await rig.caller()
        await caller.hears(ITEM)
        # From this thread: the server ends with the thread that started it.
        asterisk.kill()
        asterisk.start()
        told = await rig.told(ended=True)
        await rig.connected()

        assert told.ended is not None
        assert told.ended.carrier_failed
        again = await rig.caller("2")
        await again.hears(ITEM)


async def test_a_wrong_password_is_told_as_such(asterisk: AsteriskServer) -> None:
    """Whoever reads `/readyz` or the log learns what to mend, and not the password."""
    ari = AriClient(asterisk.url, USER, "wrong", "haochaping")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(ari.aclose)
        with pytest.raises(AriError, match=r"asterisk\.username") as refused:
            await stack.enter_async_context(ari.events())

    assert "wrong" not in str(refused.value)


async def die(rig: AsteriskRig) -> None:
    """End a gateway as `kill -9` does: connections break, and nothing more is said or stored."""
    rig.connection._desk.connected = False
    supervisor = rig.connection._supervisor
    assert supervisor is not None
    for task in [supervisor, *rig.connection._desk._tasks]:
        task.cancel()
    await asyncio.gather(supervisor, *rig.connection._desk._tasks, return_exceptions=True)
    await rig.connection._ari.aclose()
