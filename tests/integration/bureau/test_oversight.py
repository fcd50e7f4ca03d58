"""Spot checks, what repeats, and what is referred."""

from __future__ import annotations

import re

import pytest

from gateway.domain.bureau.officers import Role
from tests.integration.bureau.officer_desk import officer
from tests.integration.bureau.test_follow_ups import judged, path_of
from tests.integration.conftest import Rig


@pytest.mark.requirement("R-13")
async def test_a_sample_is_drawn_checked_and_recorded_on_the_follow_up(rig: Rig) -> None:
    """Its seed is shown; what the check found is a step of the follow-up, and in the sample."""
    number, desk = await judged(rig)
    async with officer(rig) as at:
        await at.open("/bureau/spot-checks")
        sample = await at.send("/bureau/spot-checks", month="2026-11", size="5", agency="")
        (path,) = re.findall(rf'href="({path_of(number)}\?sample=[^"]+)"', sample.html)
        page = await at.open(path)
        sample_id = path.partition("=")[2]
        silent = await at.send(path_of(number), act="spot_check", seen=page.seen, sample=sample_id, words="x")
        checked = await at.send(
            path_of(number),
            act="spot_check",
            seen=page.seen,
            sample=sample_id,
            passed="no",
            words="本人说没人打过电话",
        )
        after = await at.open(f"/bureau/spot-checks/{sample_id}")
        listed = await at.open("/bureau/spot-checks")

    assert re.search(r"随机种子 [0-9a-f]{32}", sample.text)
    assert "请选择抽查结果" in silent.text
    assert "抽查结果 不实" in checked.text
    assert "不实" in after.text
    assert sample_id in listed.text
    assert "本人说没人打过电话" in (await desk.open()).text


async def test_what_cannot_be_drawn_is_told(rig: Rig) -> None:
    """A month that is none, too many, nothing to draw from; and nothing for whoever only looks."""
    async with officer(rig) as at, officer(rig, "wu", Role.VIEWER) as viewer:
        await at.open("/bureau/spot-checks")
        told = [
            (await at.send("/bureau/spot-checks", month="x", size="5"), "月份请写成"),
            (await at.send("/bureau/spot-checks", month="2026-11", size="0"), "抽取数量请填"),
            (await at.send("/bureau/spot-checks", month="2026-11", size="1"), "没有可以抽查的工单"),
        ]
        await viewer.open("/bureau/spot-checks")
        refused = await viewer.send("/bureau/spot-checks", month="2026-11", size="1")
        nothing = await viewer.open("/bureau/spot-checks/x")

    assert [(shown.status, words in shown.text) for shown, words in told] == [(422, True)] * 3
    assert (refused.status, nothing.status) == (403, 404)


@pytest.mark.requirement("R-20")
@pytest.mark.requirement("R-18")
async def test_a_suspected_violation_goes_to_the_department_and_not_to_the_agency(rig: Rig) -> None:
    """By email; the agency's page shows nothing of it, and is not held up by it."""
    number, desk = await judged(rig)
    await desk.open()
    async with officer(rig) as at:
        page = await at.open(path_of(number))
        unknown = await at.send(path_of(number), act="refer", seen=page.seen, department="x", words="收红包")
        shown = await at.send(
            path_of(number), act="refer", seen=page.seen, department="discipline", words="收红包 13900139000"
        )
    await rig.quiet()
    letters = [mail for mail in rig.mail.inbox if "discipline@jiwei.example" in mail.recipients]
    noted = await desk.fill_in("comment", words="已处理")
    agency_page = await desk.open()

    assert unknown.status == 422
    assert "市纪委监委派驻机构" in shown.text
    (letter,) = letters
    assert "线索移送" in str(letter.message["Subject"])
    body = letter.message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "收红包" in text
    assert "139" not in text.replace(number, "")
    assert noted.status == 200
    assert "移送" not in agency_page.text
    assert "红包" not in agency_page.text


@pytest.mark.requirement("R-15")
async def test_what_repeats_leads_to_its_follow_ups(rig: Rig) -> None:
    """From twice on; the period and the number may be chosen."""
    await judged(rig, "true")
    async with officer(rig) as at:
        page = await at.open("/bureau/repeats?days=30&least=x")

    assert (page.status, "没有。" in page.text) == (200, True)
