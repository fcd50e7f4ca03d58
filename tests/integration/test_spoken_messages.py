"""A citizen's spoken message on the agency's page: opened by a click that is on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock
from gateway.domain.handling.acts import PlayRecording
from gateway.domain.ids import FollowUpId
from tests.integration.agency_desk import BUREAU, CONTACT, Desk, Shown, link
from tests.integration.bureau.officer_desk import officer
from tests.integration.conftest import AGENCY, Rig, open_rig
from tests.peers.twilio_call import Awaiting

SOUND = bytes(range(256)) * 8
ENTRY = f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=4415000001"


async def message_left(rig: Rig) -> FollowUpId:
    """A caller rates badly and says why; the number of the follow-up."""
    call = rig.call()
    await call.enter(ENTRY)
    await call.press("5")
    while call.awaiting is Awaiting.KEY:
        await call.press("1")
    reference = await call.speak(7)
    rig.twilio.recordings[reference.rpartition("/")[2]] = SOUND
    await call.hang_up()
    (email,) = await rig.emails(1)
    return FollowUpId(str(email.message["X-Follow-Up"]))


async def heard(rig: Rig, address: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """What a player gets from there."""
    async with rig.http.get(address, headers=headers) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


def player_in(rig: Rig, page: Shown) -> str:
    """Where the page's player plays from."""
    assert "<audio controls" in page.html
    return rig.url + page.html.split('<audio controls preload="none" src="')[1].split('"')[0]


@pytest.mark.requirement("R-18")
async def test_a_message_is_heard_by_whoever_is_written_down_for_it(
    tmp_path: Path, clock: MovableClock
) -> None:
    """By a click, for half an hour, by parts; without it, later, or by another's click there is nothing."""
    async with open_rig(f"sqlite:///{tmp_path / 'gateway.db'}", tmp_path, clock) as rig:
        follow_up_id = await message_left(rig)
        desk = Desk(rig, link(rig, follow_up_id))
        page = await desk.open()
        assert "play_recording" in page.forms
        assert (await heard(rig, f"{desk.url}/recordings/1"))[0] == 410

        opened = await desk.fill_in("play_recording")
        player = player_in(rig, opened)
        status, whole, headers = await heard(rig, player)
        part = await heard(rig, player, Range="bytes=10-19")
        beyond = await heard(rig, player, Range="bytes=99999-")

        assert (status, whole, headers["Content-Type"]) == (200, SOUND, "audio/mpeg")
        assert (part[0], part[1], part[2]["Content-Range"]) == (
            206,
            SOUND[10:20],
            f"bytes 10-19/{len(SOUND)}",
        )
        assert beyond[0] == 416
        assert headers["Cache-Control"] == "no-store"
        assert "twilio" not in opened.html.casefold()
        assert "收听语音留言" in (await desk.open()).text
        async with rig.gateway.database.reading() as work:
            history = [kept.step for kept in await work.follow_ups.history(follow_up_id)]
        assert [type(step.act) for step in history] == [PlayRecording]
        assert history[0].actor.name == f"陈某（{CONTACT.name}）"
        other = player.replace(
            desk.url.rpartition("/")[2], link(rig, follow_up_id, BUREAU).rpartition("/")[2]
        )
        assert (await heard(rig, other))[0] == 410
        async with officer(rig) as at:
            path = f"/bureau/follow-ups/{follow_up_id}"
            seen = (await at.open(path)).seen
            shown = await at.send(path, act="play_recording", seen=seen)
            async with at.http.get(player_in(rig, shown)) as answer:
                assert await answer.read() == SOUND
            async with at.http.get(f"{rig.url}{path}/recordings/1") as answer:
                assert answer.status == 404, "what the agency has opened is open to the agency"
        rig.skip(minutes=31)
        assert (await heard(rig, player))[0] == 410


@pytest.mark.requirement("R-18")
async def test_what_is_kept_no_more_harms_nothing(tmp_path: Path, clock: MovableClock) -> None:
    """The player gets no sound; the page stays as it is."""
    async with open_rig(f"sqlite:///{tmp_path / 'gateway.db'}", tmp_path, clock) as rig:
        follow_up_id = await message_left(rig)
        rig.twilio.recordings.clear()
        desk = Desk(rig, link(rig, follow_up_id))
        await desk.open()
        player = player_in(rig, await desk.fill_in("play_recording"))

        gone = await heard(rig, player)

        assert gone[0] == 410
        assert (await desk.open()).status == 200
