"""The agency's page: from the link in an email to the verdict, by forms alone, on either database."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import literal_column, update
from structlog.testing import capture_logs

from gateway.adapters.database.tables import follow_up_steps
from gateway.domain.agencies import Contact
from gateway.domain.handling.acts import ActKind
from tests.integration.agency_desk import BUREAU, CONTACT, Desk, acts, at_desk, link, rated_badly
from tests.integration.conftest import CITIZEN, Rig

TOKEN_END = 6
PART = b'--x\r\nContent-Disposition: form-data; name="act"\r\n'


async def steps(rig: Rig, desk: Desk) -> list[str]:
    """What the record says was done."""
    return [act.kind.value for act in await acts(rig, desk.follow_up_id)]


async def rewrite(rig: Rig, **values: object) -> None:
    """Somebody, or a newer release, wrote other steps."""
    async with rig.gateway.database.engine.begin() as connection:
        await connection.execute(update(follow_up_steps).values(**values))


@pytest.mark.requirement("R-11")
async def test_a_bad_rating_is_handled_from_the_link_to_the_citizen_who_is_told(rig: Rig) -> None:
    """Taken on, called back, found true, put right, told; each page offers what comes next."""
    desk = await at_desk(rig)
    rig.skip(hours=12.5)  # at night the text about the result waits, so that the contact can tell it first
    page = await desk.open()
    assert page.status == 200
    assert "待签收" in page.text
    assert "等太久" in page.text
    assert page.forms == ["acknowledge", "show_number", "call_back", "attach", "comment"]

    for act, fields, state in (
        ("acknowledge", {}, "待回访"),
        ("judge", {"verdict": "true", "reasons": "属实"}, "请先回访评价人"),
    ):
        assert state in (await desk.fill_in(act, **fields)).text
    assert "待核实" in (await desk.call_back()).text
    assert "整改中" in (await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")).text
    done = await desk.rectify()
    assert "已整改" in done.text
    assert "{{" not in done.html
    told = await desk.fill_in("tell", words="已电话告知，表示满意")
    assert "已反馈" in told.text
    assert told.forms == ["attach", "comment"]
    assert 'value="陈某"' in told.html, "who signed last is offered as the next to sign"
    assert [
        word in told.text for word in ("签收", "群众说窗口太少", "增开两个窗口", "陈某（政务服务科）")
    ] == [True] * 4


@pytest.mark.requirement("R-12")
async def test_a_verdict_of_mistaken_takes_the_rating_out_of_the_core_store(rig: Rig) -> None:
    """The same evaluation, its next revision, no longer adopted."""
    desk = await at_desk(rig)
    await desk.open()
    await desk.call_back(words="本人说按错了")

    shown = await desk.fill_in("judge", verdict="mistaken", reasons="本人确认按错")

    assert "不予采纳" in shown.text
    (document,) = (await rig.stored(2)).values()
    assert (document["revision"], document["adopted"]) == (2, False)


@pytest.mark.requirement("R-18")
async def test_the_number_is_shown_on_a_click_and_each_look_is_on_record(rig: Rig) -> None:
    """On no page before or after, and not even in the citizen's own words."""
    desk = await at_desk(rig)
    before = await desk.open()

    shown = await desk.fill_in("show_number")
    after = await desk.open()

    assert "138 0013 8000" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert CITIZEN[3:] not in before.html + after.html + shown.html.replace("138 0013 8000", "")
    assert "138 0013 8000" not in after.html
    assert "查看联系电话" in after.text
    assert await steps(rig, desk) == ["number_shown"]


async def test_looking_changes_nothing(rig: Rig) -> None:
    """Programs that scan mail open every link, and ask for its head."""
    desk = await at_desk(rig)

    for method in ("GET", "HEAD", "GET"):
        async with rig.http.request(method, desk.url) as answer:
            assert answer.status == 200

    assert await steps(rig, desk) == []
    assert "待签收" in (await desk.open()).text


@pytest.mark.requirement("R-18")
async def test_only_who_was_written_to_gets_in(rig: Rig) -> None:
    """Forged, cut, of somebody else, of somebody who left the list: 403; over: 410; nothing is done."""
    desk = await at_desk(rig)
    stranger = link(rig, desk.follow_up_id, Contact("别人", "else@agency.example"))
    forged = [
        desk.url[:-TOKEN_END],
        desk.url[:-1] + ("A" if desk.url[-1] != "A" else "B"),
        desk.url.replace("GD-", "GX-"),
        f"{rig.url}/follow-ups/x",
        f"{rig.url}/follow-ups/%00%ff..{'a' * 500}",
        stranger,
    ]

    for url in forged:
        refused = Desk(rig, url)
        for shown in (await refused.open(), await refused.fill_in("acknowledge")):
            assert shown.status == 403
            assert "链接无效" in shown.text
    expired = Desk(rig, link(rig, desk.follow_up_id, days=-1))
    assert ((await expired.open()).status, (await expired.fill_in("acknowledge")).status) == (410, 410)
    assert await steps(rig, desk) == []


async def test_of_two_at_once_the_second_sees_what_happened_and_loses_no_words(rig: Rig) -> None:
    """The form comes back with what was written in it."""
    desk = await at_desk(rig)
    other = Desk(rig, desk.url)
    await desk.open()
    await other.open()
    await desk.call_back()

    shown = await other.call_back(words="我也打了电话")

    assert shown.status == 409
    assert "有了新的进展" in shown.text
    assert "我也打了电话" in shown.html
    assert await steps(rig, desk) == ["called_back"]


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("acknowledge", {"handler": ""}, "请填写经办人姓名"),
        ("acknowledge", {"handler": "长" * 41}, "请填写经办人姓名"),
        ("acknowledge", {"seen": "x"}, "页面不完整"),
        ("dance", {}, "不知道要办理什么"),
        ("call_back", {"reached": "", "called_at": "2026-11-23T10:00", "words": "x"}, "请选择是否联系上"),
        ("call_back", {"reached": "yes", "called_at": "昨天", "words": "x"}, "回访时间请写成"),
        ("call_back", {"reached": "yes", "called_at": "2020-01-01 10:00", "words": "x"}, "回访时间不对"),
        ("call_back", {"reached": "yes", "called_at": "2026-11-23T10:00", "words": " \u200b "}, "请写明情况"),
        ("comment", {"words": "长" * 2001}, "文字太长"),
        ("rectify", {"words": "a", "answer": "b"}, "现在不能办理这一步"),
    ],
)
async def test_a_form_that_says_too_little_is_told_how_to_mend_it(
    rig: Rig, act: str, fields: dict[str, str], said: str
) -> None:
    """422, in words, and nothing is done."""
    desk = await at_desk(rig)
    await desk.open()

    shown = await desk.fill_in(act, **fields)

    assert shown.status == 422
    assert said in shown.text
    assert await steps(rig, desk) == []


async def test_words_from_outside_are_only_words(rig: Rig) -> None:
    """Markup is shown, not obeyed; what cannot be seen is left out; too long a form is told so."""
    desk = await at_desk(rig, item={"code": "x", "name": "<script>alert(1)</script>\u202e证"})
    await desk.open()

    shown = await desk.fill_in(
        "comment", words="<img src=x onerror=alert(1)>\u202e\x07 张三", handler="<b>陈</b>"
    )
    too_long = await desk.fill_in("comment", words="x" * rig.gateway.settings.server.body_limit)

    assert "<script>" not in shown.html
    assert "<img" not in shown.html
    assert "<b>陈" not in shown.html
    assert "<img src=x onerror=alert(1)> 张三" in shown.text
    assert "\u202e" not in shown.html
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (too_long.status, "内容太长" in too_long.text) == (413, True)


@pytest.mark.requirement("R-13")
async def test_the_bureau_looks_on_and_remarks(rig: Rig) -> None:
    """What is the agency's to do is offered to the agency alone."""
    desk = await at_desk(rig, BUREAU)

    page = await desk.open()
    refused = await desk.fill_in("acknowledge")
    remarked = await desk.fill_in("comment", words="请今天回访")

    assert page.forms == ["attach", "comment"]
    assert "这一步不由您办理" in refused.text
    assert "请今天回访" in remarked.text


@pytest.mark.requirement("R-19")
async def test_for_an_agency_nobody_knows_the_bureau_acts(rig: Rig) -> None:
    """Somebody must call back."""
    desk = await at_desk(rig, BUREAU, agency_code="11999999MB2C90123X")

    page = await desk.open()

    assert "acknowledge" in page.forms
    assert "待回访" in (await desk.fill_in("acknowledge")).text


async def test_a_follow_up_whose_words_were_purged_still_opens(rig: Rig) -> None:
    """Its facts stay; where words were, it says that their time was over."""
    follow_up_id = await rated_badly(rig)
    desk = Desk(rig, link(rig, follow_up_id, CONTACT, days=2000))
    await desk.open()
    await desk.fill_in("comment", words="请尽快")
    async with rig.gateway.database.engine.begin() as connection:
        await connection.execute(update(follow_up_steps).values(words_sealed=None))

    page = await desk.open()

    assert page.status == 200
    assert "已按保存期限删除" in page.text


@pytest.mark.requirement("R-18")
async def test_a_damaged_history_is_told_in_words_that_give_no_link_away__regression(rig: Rig) -> None:
    """A contact gets a page; whoever reads the log must not get in by it: the link is what opens the page."""
    desk = await at_desk(rig)
    await desk.open()
    await desk.fill_in("acknowledge")
    await rewrite(rig, act=ActKind.RECTIFIED)

    with capture_logs() as logs:
        shown = await desk.open()

    token = desk.url.rsplit("/", 1)[1]
    assert shown.status == 500
    assert shown.headers["Content-Type"].startswith("text/html")
    assert "请联系数据局" in shown.text
    assert token not in shown.html
    assert token not in str(logs)
    assert [e["follow_up_id"] for e in logs if e["event"] == "history_damaged"] == [desk.follow_up_id]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=nonsense", b"act=comment"),
        ("application/x-www-form-urlencoded", b"act=comment&words=\xff\xfe"),
        ("multipart/form-data", b"act"),
        ("multipart/form-data; boundary=x", b"act"),
        (
            "multipart/form-data; boundary=x",
            PART + b"Content-Transfer-Encoding: y\r\n\r\nz\r\n--x--",
        ),
        (
            "multipart/form-data; boundary=x",
            PART + b"Content-Type: text/plain; charset=y\r\n\r\nz\r\n--x--",
        ),
    ],
)
async def test_a_form_that_cannot_be_read_is_a_fault_of_the_form__regression(
    rig: Rig, kind: str, body: bytes
) -> None:
    """Not ours: a page that says so, and nothing is done."""
    desk = await at_desk(rig)

    async with rig.http.post(desk.url, data=BytesIO(body), headers={"Content-Type": kind}) as answer:
        assert answer.status == 400
        assert "表单无法读取" in await answer.text()
    assert await steps(rig, desk) == []


async def test_a_step_of_a_newer_release_is_shown_and_left_to_it__regression(rig: Rig) -> None:
    """While nodes are upgraded one by one: the page opens, tells nothing of it, and adds nothing to it."""
    desk = await at_desk(rig)
    await desk.open()
    await desk.fill_in("comment", words="请尽快处理")
    await rewrite(rig, act=literal_column("'mediated'"), facts={"by": "somebody"})

    page = await desk.open()
    acted = await desk.fill_in("acknowledge")

    assert page.status == 200
    assert "未知步骤" in page.text
    assert "请尽快处理" not in page.text
    assert acted.status == 422
    assert "系统正在升级" in acted.text
