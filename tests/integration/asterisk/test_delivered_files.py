"""The delivered dial plan and its files, loaded into a real Asterisk: what they promise, they do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.adapters.clock import MovableClock, SystemClock
from gateway.bootstrap.doctor import pbx
from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Diagnosis, Verdict
from gateway.settings import load_settings
from tests.integration.asterisk.conftest import (
    Hotline,
    Open,
    asterisk_settings,
    hotline_opener,
)
from tests.integration.conftest import AGENCY, until
from tests.integration.doctor.conftest import troubles
from tests.peers.asterisk_image import VERSION
from tests.peers.asterisk_operator_files import APP, DELIVERED, HOTLINE_NUMBER, TRUNK
from tests.peers.asterisk_rig import NoiseAudio
from tests.peers.asterisk_server import AsteriskServer
from tests.peers.sip_caller import SipCaller

LEVELS = "非常满意请按1，满意按2，基本满意按3，不满意按4，非常不满意按5。"
GOODBYE = "谢谢您，再见。"
SORRY = {"zh-CN": "对不起。", "en": "Sorry."}
CONTEXTS = ("rate", "hotline", "tail", "headers", "call", "called")
ITS_APP = {"HAOCHAPING_ASTERISK__APP": APP}
CALLS = {
    "HAOCHAPING_OUTBOUND__ENABLED": "true",
    "HAOCHAPING_OUTBOUND__CALLER_ID": "+8675512345678",
    "HAOCHAPING_OUTBOUND__ENDPOINT": f"PJSIP/{{national}}@{TRUNK}",
}


@pytest.fixture
def asterisk(delivered_asterisk: AsteriskServer) -> AsteriskServer:
    """One that has the delivered files."""
    return delivered_asterisk


@pytest.fixture
def audio(asterisk: AsteriskServer) -> NoiseAudio:
    """Short prompts, beside those of the dial plan under their names."""
    noise = NoiseAudio(asterisk.sounds)
    for language, words in SORRY.items():
        noise.prompts.file_of(words, name=f"sorry.{language}")
    return noise


@pytest.fixture
async def open_hotline(
    asterisk: AsteriskServer, audio: NoiseAudio, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[Open]:
    """Opens a hotline on this Asterisk."""
    async with hotline_opener(asterisk, audio, tmp_path, clock) as opened:
        yield opened


def test_they_load_without_a_complaint(asterisk: AsteriskServer) -> None:
    """Every context is there with its fallback; no line of ours is warned of."""
    shown = asterisk.cli("dialplan show")

    assert [name for name in CONTEXTS if f"Context 'haochaping-{name}'" not in shown] == []
    assert "sorry.zh-CN" in asterisk.cli("dialplan show haochaping-rate")
    own = "|".join(re.escape(path.name) for path in DELIVERED.glob("*.conf"))
    complaints = [line for line in asterisk.log().splitlines() if re.search(r"WARNING|ERROR", line)]
    assert [line for line in complaints if re.search(own, line)] == []
    assert "hotline" in asterisk.cli("pjsip show endpoints")


async def test_a_transferred_caller_rates(open_hotline: Open) -> None:
    """The PBX says in headers what the call was about, and in the number who served."""
    hotline = await open_hotline(**ITS_APP)
    caller = await _transferred(hotline, "rate*0231", agency=AGENCY, region="441500", item="4415000001")
    await caller.hears(LEVELS)
    await caller.press("2")
    await caller.hears(LEVELS, times=2)
    await caller.press("1")
    await caller.hears(GOODBYE)
    await hotline.rig.quiet()

    rated = {d["subject"]["kind"]: d for d in hotline.rig.store.newest.values()}
    assert (rated["item"]["level_code"], rated["item"]["subject"]["code"]) == (2, "4415000001")
    assert (rated["staff"]["level_code"], rated["staff"]["subject"]["code"]) == (1, "0231")
    assert {document["agency_code"] for document in rated.values()} == {AGENCY}


async def test_what_headers_hold_is_never_an_expression(open_hotline: Open) -> None:
    """Only what ids consist of is left of them; the caller is asked all the same."""
    hotline = await open_hotline(**ITS_APP)
    caller = await _transferred(hotline, "rate", agency=AGENCY, staff='7"]?Hangup():${SHELL(id)}', item="1,x")
    await caller.hears(LEVELS)
    await caller.press("1")
    await caller.hears(LEVELS, times=2)
    await caller.hang_up()
    await hotline.rig.quiet()

    (document,) = hotline.rig.store.newest.values()
    assert (document["agency_code"], document["subject"]["code"]) == (AGENCY, "1x")


@pytest.mark.requirement("R-16")
async def test_every_call_of_the_example_hotline_is_offered_the_rating(
    asterisk: AsteriskServer, open_hotline: Open
) -> None:
    """The queue's caller goes on when the agent hangs up, with the agent's own id."""
    hotline = await open_hotline(**ITS_APP)
    asterisk.cli(f"channel originate Local/{HOTLINE_NUMBER}@haochaping-hotline application Wait 20")
    rated = r'HAOCHAPING_STAFF_ID=0245".*HAOCHAPING_AGENCY_CODE=.*@haochaping-rate:\d+\] Stasis'

    async def handed_over() -> bool:
        return re.search(rated, asterisk.log(), re.DOTALL) is not None

    await until(handed_over)
    asterisk.cli("channel request hangup all")
    await hotline.rig.quiet()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_without_a_gateway_the_caller_is_told(
    asterisk: AsteriskServer, audio: NoiseAudio, language: str
) -> None:
    """In their language, and then the call ends: never silence."""
    caller = SipCaller(asterisk.sip_port, audio.prompts.words)
    try:
        await caller.call("rate", agency=AGENCY, language=language)
        await caller.hears(SORRY[language])
    finally:
        await caller.hang_up()


async def test_nothing_else_can_be_called(asterisk: AsteriskServer) -> None:
    """No number but those of the rating."""
    caller = SipCaller(asterisk.sip_port)
    await caller.call(HOTLINE_NUMBER)
    await caller.aclose()

    assert caller.status == 404


async def examined(asterisk: AsteriskServer, **keys: str) -> list[Diagnosis]:
    """What the doctor finds on this Asterisk, apart from the audio that lies here."""
    environ = asterisk_settings(asterisk) | ITS_APP | keys
    async with aiohttp.ClientSession() as session:
        settings = load_settings(environ=environ)
        found = await pbx.examine(
            Patient(config=None, settings=settings, session=session, clock=SystemClock())
        )
    return [each for each in found if each.check.startswith("pbx ")]


async def test_the_doctor_finds_everything_well(asterisk: AsteriskServer, open_hotline: Open) -> None:
    """Once a gateway is connected and the dial plan names it; before, that none is connected."""

    async def nobody() -> bool:
        # Asterisk takes a moment to see that the gateway of the test before is gone.
        found = troubles(await examined(asterisk), Verdict.FAIL, Verdict.WARN)
        return found == [f"no gateway is connected as {APP}"]

    await until(nobody)
    await open_hotline(**ITS_APP)
    after = await examined(asterisk, **CALLS)

    assert troubles(after, Verdict.FAIL, Verdict.WARN) == []
    assert f"Asterisk {VERSION}" in "".join(each.evidence for each in after)
    assert "it can make rating calls" in [each.finding for each in after]


async def test_the_doctor_names_what_does_not_fit(asterisk: AsteriskServer) -> None:
    """Password, address, application, sounds and ceiling, each with its remedy."""
    wrong = await examined(asterisk, HAOCHAPING_ASTERISK__PASSWORD="guessed")
    gone = await examined(asterisk, HAOCHAPING_ASTERISK__URL="http://127.0.0.1:9/ari")
    path = await examined(asterisk, HAOCHAPING_ASTERISK__URL=asterisk.url.removesuffix("/ari"))
    other = await examined(
        asterisk,
        HAOCHAPING_ASTERISK__APP="haochaping-9",
        HAOCHAPING_ASTERISK__SOUNDS="/elsewhere",
        HAOCHAPING_ASTERISK__LONGEST_CALL="4m",
    )

    assert troubles(wrong) == ["does not take the login"]
    assert troubles(gone) == ["cannot be reached"]
    assert troubles(path) == ["answers, but has no REST interface there"]
    assert troubles(other) == [
        "the dial plan gives its calls to others than haochaping-9",
        "the dial plan's fallback would be silent: it looks for sounds elsewhere",
    ]
    assert troubles(other, Verdict.WARN)[-1] == "the dial plan's own limit does not come after the gateway's"
    assert "guessed" not in repr(wrong)


async def test_the_doctor_sees_what_hinders_calls_of_ours(asterisk: AsteriskServer) -> None:
    """No such trunk, and nobody who listens for machines."""
    elsewhere = CALLS | {"HAOCHAPING_OUTBOUND__ENDPOINT": "PJSIP/nowhere/sip:{national}@127.0.0.1"}
    asterisk.cli("module unload app_amd.so")
    try:
        found = await examined(asterisk, **elsewhere)
    finally:
        asterisk.cli("module load app_amd.so")

    assert troubles(found) == ["it has no trunk nowhere: nobody can be called"]
    silent = "answering machines are not listened for: each counts as a person"
    assert troubles(found, Verdict.WARN)[-1] == silent


async def _transferred(hotline: Hotline, number: str, **headers: str) -> SipCaller:
    return await hotline.caller("", number, **headers)
