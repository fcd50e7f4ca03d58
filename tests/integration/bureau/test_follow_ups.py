"""The bureau sees all follow-ups and acts on each."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from gateway.adapters.database import follow_up_lists
from gateway.adapters.database.tables import follow_up_steps
from gateway.domain.bureau.officers import Role
from gateway.domain.ids import FollowUpId
from tests.integration.agency_desk import CONTACT, Desk, at_desk, link, rated_badly
from tests.integration.bureau.officer_desk import officer
from tests.integration.conftest import Rig
from tests.integration.test_attachments import PDF, Clip, attach

UNKNOWN = "11999999MB2C90123X"


def path_of(follow_up_id: str) -> str:
    """Its page."""
    return f"/bureau/follow-ups/{follow_up_id}"


async def judged(rig: Rig, verdict: str = "malicious") -> tuple[str, Desk]:
    """A follow-up that the agency has given its verdict on."""
    desk = await at_desk(rig)
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict=verdict, reasons="本人说按错了键")
    number = desk.url.rpartition("/")[2].partition(".")[0]
    return number, desk


@pytest.mark.requirement("R-13")
async def test_the_list_leads_to_each_follow_up_overdue_ones_marked(rig: Rig) -> None:
    """Filtered by what the address asks for; what it asks that means nothing is left out."""
    number = await rated_badly(rig)
    async with officer(rig) as at:
        rig.clock.advance(timedelta(days=5))
        await at.open("/bureau/sign-in")
        await at.sign_in("li")
        page = await at.open("/bureau/")
        overdue = await at.open("/bureau/follow-ups?overdue=yes&month=2026-11&level=dissatisfied&agency=x")
        odd = await at.open("/bureau/follow-ups?state=%00&level=x&month=2026-99&after=%F0%9F.x.y&overdue=1")

    assert path_of(number) in page.html
    assert "已超期" in page.text
    assert "没有符合条件的工单" in overdue.text
    assert (odd.status, number in odd.text) == (200, True)


async def test_a_page_that_was_not_looked_through_says_so_and_goes_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked for stays: on the way on, and back to the first page."""
    monkeypatch.setattr(follow_up_lists, "_CHUNKS", (1,))
    number = await rated_badly(rig)
    asked = "/bureau/follow-ups?subject=none&month=2026-11"
    async with officer(rig) as at:
        cut = await at.open(asked)
        (on,) = re.findall(r'href="([^"]+)" rel="next"', cut.html)
        last = await at.open(unescape(on))

    assert "还没有找" in cut.text
    assert "查找过的工单里没有符合条件的" in cut.text
    assert "没有符合条件的工单" in last.text
    assert "还没有找" not in last.text
    assert f'href="{asked}"' in unescape(last.html)
    assert number not in cut.text + last.text


@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-18")
async def test_an_officer_overrules_returns_and_closes_with_their_name(rig: Rig) -> None:
    """The history has who did it; no page of the bureau's has the citizen's number."""
    number, _ = await judged(rig)
    async with officer(rig) as at:
        page = await at.open(path_of(number))
        seen = page.seen
        overruled = await at.send(
            path_of(number), act="overrule", seen=seen, verdict="true", why="录音与此不符", days="3"
        )
        remarked = await at.send(
            path_of(number), act="comment", seen="0", words="请<b>今天</b>办 13800138000"
        )

    assert {"return", "overrule", "comment"} <= set(page.forms)
    assert "数据局改判" in overruled.text
    assert "李某（li）" in overruled.text
    assert "整改中" in overruled.text
    assert "13800138000" not in page.html + overruled.html + remarked.html
    assert "<b>今天" not in remarked.html


async def test_of_two_who_act_the_second_sees_what_happened(rig: Rig) -> None:
    """And what was written is kept on the page."""
    number, desk = await judged(rig)
    async with officer(rig) as at, officer(rig, "wang", name="王某") as other:
        seen = (await at.open(path_of(number))).seen
        await other.open(path_of(number))
        await other.send(path_of(number), act="return", seen=seen, why="请重新回访")
        late = await at.send(path_of(number), act="return", seen=seen, why="我也觉得要退回")

    assert (late.status, "有了新的进展" in late.text) == (409, True)
    assert "王某（wang）" in late.text
    assert "请重新回访" in (await desk.open()).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"act": "overrule", "why": "x"}, "请选择改判的结论"),
        ({"act": "overrule", "verdict": "true", "why": " "}, "请写明情况"),
        ({"act": "return", "why": "x", "days": "0"}, "1至60个工作日"),
        ({"act": "return", "why": "x", "days": "９"}, "1至60个工作日"),
        ({"act": "return", "why": "长" * 2001}, "文字太长"),
        ({"act": "dance"}, "刷新后重试"),
        ({"act": "comment", "words": "x", "seen": "?"}, "刷新后重试"),
        ({"act": "in_place"}, "不由您办理"),
    ],
)
async def test_a_form_that_says_too_little_is_told_how_to_mend_it(
    rig: Rig, fields: dict[str, str], said: str
) -> None:
    """422, and nothing is done."""
    number, _ = await judged(rig)
    async with officer(rig) as at:
        seen = (await at.open(path_of(number))).seen
        shown = await at.send(path_of(number), **({"seen": seen} | fields))

    assert (shown.status, said in shown.text) == (422, True)


@pytest.mark.requirement("R-18")
async def test_whoever_only_looks_can_do_nothing(rig: Rig) -> None:
    """No form is offered, and none is taken."""
    number, _ = await judged(rig)
    async with officer(rig, role=Role.VIEWER) as at:
        page = await at.open(path_of(number))
        sent = await at.send(path_of(number), act="comment", seen="0", words="x")
        nothing = await at.open(path_of("GD-20261123-XXXXXXXX"))

    assert page.forms == []
    assert (sent.status, nothing.status) == (403, 404)


@pytest.mark.requirement("R-19")
async def test_for_an_agency_nobody_knows_an_officer_acts_in_its_place(rig: Rig) -> None:
    """On the agency's own page; that it was opened, and each look at the number, is on record."""
    number = await rated_badly(rig, agency_code=UNKNOWN)
    async with officer(rig) as at:
        page = await at.open(path_of(number))
        in_place = await at.send(path_of(number), act="in_place", seen=page.seen)
    async with rig.gateway.database.reading() as work:
        newest = (await work.ledger.newest(1))[0][1]

    assert "in_place" in page.forms
    assert "acknowledge" in in_place.forms
    assert (newest.event.value, newest.actor, newest.subject) == ("acted_in_place", "li", number)


async def test_what_is_no_form_and_what_is_damaged_is_told_in_words(rig: Rig) -> None:
    """400 for the one, 500 for the other, as pages; nothing is done."""
    number, _ = await judged(rig)
    async with officer(rig) as at:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        async with at.http.post(rig.url + path_of(number), data=b"--y", headers=headers) as answer:
            no_form = (answer.status, "无法读取" in await answer.text())
        async with rig.gateway.database.engine.begin() as connection:
            await connection.execute(update(follow_up_steps).values(facts={}))
        damaged = await at.open(path_of(number))
        sound = await at.open(f"{path_of(number)}/recordings/1")

    assert no_form == (400, True)
    assert [(page.status, "办理记录损坏" in page.text) for page in (damaged, sound)] == [(500, True)] * 2


async def test_what_the_agency_attached_is_handed_out(rig: Rig) -> None:
    """To be kept, not to be shown; what is no step, or none with a file, is nothing."""
    desk = await at_desk(rig)
    await desk.open()
    await attach(rig, desk, Clip("说明.pdf", PDF))
    number = desk.url.rpartition("/")[2].partition(".")[0]
    async with officer(rig, role=Role.VIEWER) as at:
        page = await at.open(path_of(number))
        file = await at.open(f"{path_of(number)}/attachments/1")
        missing = [
            (await at.open(f"{path_of(number)}/attachments/{step}")).status for step in ("2", "x", "٣")
        ]

    assert f"{path_of(number)}/attachments/1" in page.html
    assert file.headers["Content-Disposition"].startswith("attachment; ")
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert missing == [404, 404, 404]


async def test_an_agency_still_uses_its_own_link(rig: Rig) -> None:
    """What the bureau's pages do changes nothing for contacts."""
    number = await rated_badly(rig)
    desk = Desk(rig, link(rig, FollowUpId(number), CONTACT))

    assert "acknowledge" in (await desk.open()).forms
