"""An administrator manages people; every change is in the ledger."""

from __future__ import annotations

import re

from gateway.domain.bureau.officers import Role
from tests.integration.bureau.officer_desk import browser, invited, officer
from tests.integration.conftest import Rig


async def test_an_administrator_adds_somebody_who_then_signs_in(rig: Rig) -> None:
    """The link is shown once."""
    async with officer(rig, "admin", Role.ADMINISTRATOR) as at, browser(rig) as newcomer:
        await at.open("/bureau/people")
        added = await at.send("/bureau/people", act="add", login="Wang", name="王某", role="viewer")
        link = re.search(r'<p class="copy">([^<]+)</p>', added.html)
        assert link is not None
        later = await at.open("/bureau/people")
        done = await newcomer.enrol(link[1])
        await newcomer.sign_in("wang")
        inside = await newcomer.open("/bureau/account")
        ledger = await at.open("/bureau/ledger")

    assert "王某" in later.text
    assert link[1] not in later.html
    assert done.status == 200
    assert "查阅人员" in inside.text
    assert "新增人员 admin wang" in ledger.text


async def test_what_cannot_be_is_told(rig: Rig) -> None:
    """A login name twice, no name, no such person, nobody left who may change people."""
    async with officer(rig, "admin", Role.ADMINISTRATOR, "管某") as at:
        await at.open("/bureau/people")
        taken = await at.send("/bureau/people", act="add", login="admin", name="x", role="viewer")
        nameless = await at.send("/bureau/people", act="add", login="new", name=" ", role="viewer")
        bad = await at.send("/bureau/people", act="add", login="!", name="x", role="viewer")
        roleless = await at.send("/bureau/people", act="add", login="new", name="x", role="king")
        unknown = await at.send("/bureau/people", act="invite", login="unknown")
        last = await at.send(
            "/bureau/people", act="change", login="admin", name="管某", role="viewer", active="yes"
        )
        odd = await at.send("/bureau/people", act="dance", login="admin")

    told = [(taken, "已经有人用了"), (nameless, "请填写姓名"), (bad, "登录名请用"), (roleless, "请选择角色")]
    told += [(unknown, "没有这个人员"), (last, "最后一位管理员"), (odd, "刷新页面")]
    assert [(shown.status, words in shown.text) for shown, words in told] == [(422, True)] * len(told)


async def test_an_administrator_who_cannot_sign_in_yet_is_no_successor(rig: Rig) -> None:
    """The last who can may not step down for one who was only invited."""
    await invited(rig, "new", Role.ADMINISTRATOR)
    async with officer(rig, "admin", Role.ADMINISTRATOR, "管某") as at:
        await at.open("/bureau/people")
        stays = await at.send(
            "/bureau/people", act="change", login="admin", name="管某", role="viewer", active="yes"
        )
        other = await at.send(
            "/bureau/people", act="change", login="new", name="新某", role="viewer", active="yes"
        )

    assert (stays.status, "最后一位管理员" in stays.text) == (422, True)
    assert other.status == 200


async def test_whoever_may_not_any_more_is_out_at_once(rig: Rig) -> None:
    """Deactivated, or invited afresh because their telephone was lost."""
    async with (
        officer(rig, "admin", Role.ADMINISTRATOR) as at,
        officer(rig, "li") as li,
        officer(rig, "wu") as wu,
    ):
        await at.open("/bureau/people")
        await at.send("/bureau/people", act="change", login="li", name="李某", role="officer")
        await at.send("/bureau/people", act="invite", login="wu")
        statuses = [(await each.open("/bureau/account")).status for each in (li, wu)]
        li.form = wu.form = ""
        again = [(await each.sign_in(login)).status for each, login in ((li, "li"), (wu, "wu"))]
        ledger = await at.open("/bureau/ledger")

    assert statuses == again == [401, 401]
    assert "可登录 是、否" in ledger.text


async def test_another_role_holds_at_once(rig: Rig) -> None:
    """Without signing in again."""
    async with officer(rig, "admin", Role.ADMINISTRATOR) as at, officer(rig, "li") as li:
        before = await li.open("/bureau/people")
        await at.open("/bureau/people")
        await at.send(
            "/bureau/people", act="change", login="li", name="李某", role="administrator", active="yes"
        )
        after = await li.open("/bureau/people")

    assert (before.status, after.status) == (403, 200)


async def test_names_are_only_words(rig: Rig) -> None:
    """Markup in a name is shown, not obeyed."""
    async with officer(rig, "admin", Role.ADMINISTRATOR) as at:
        await at.open("/bureau/people")
        shown = await at.send(
            "/bureau/people", act="add", login="x1", name="<script>a</script>", role="viewer"
        )

    assert "<script>" not in shown.html
    assert "<script>a</script>" in shown.text
