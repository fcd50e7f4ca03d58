"""The page of an agency: administrators say who is written to."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest

from gateway.application.bureau.keep_agencies import KeepAgencies
from gateway.application.bureau.manage_people import Doer
from gateway.application.ports.database import KeptMail, MailOutcome
from gateway.bootstrap.returning_mail import return_addresses
from gateway.domain.bureau.officers import Role
from tests.integration.agency_desk import link, rated_badly
from tests.integration.bureau.officer_desk import Browser, officer
from tests.integration.conftest import AGENCY, Rig, until

PAGE = f"/bureau/agencies/{AGENCY}"
FILLED = {
    "act": "save",
    "seen": "0",
    "name": "市公安局",
    "region_code": "441500",
    "contact-0-name": "值班室",
    "contact-0-email": "duty@gongan.example",
    "contact-0-role": "contact",
    "contact-4-name": "局领导",
    "contact-4-email": "chief@gongan.example",
    "contact-4-role": "head",
}


def administrator(rig: Rig, login: str = "admin") -> AbstractAsyncContextManager[Browser]:
    """Somebody who may change agencies."""
    return officer(rig, login, Role.ADMINISTRATOR)


@pytest.mark.requirement("R-13")
async def test_the_bureau_sees_whom_the_gateway_writes_to(rig: Rig) -> None:
    """Agencies with their contacts, found by any word; who only looks gets no way to change them."""
    async with officer(rig, role=Role.VIEWER) as at:
        page = await at.open("/bureau/agencies")
        found = await at.open("/bureau/agencies?q=GONGAN.example")
        none = await at.open("/bureau/agencies?q=nobody&only=unreachable")
        closed = await at.open(PAGE)

    assert "service@renshe.example" in page.text
    assert "市纪委监委派驻机构" in page.text
    assert PAGE not in page.html
    assert ("市公安局" in found.text, "市自然资源局" in found.text) == (True, False)
    assert "没有符合条件的单位" in none.text
    assert closed.status == 403


async def test_a_change_holds_at_once_and_is_on_record(rig: Rig) -> None:
    """Where the gateway writes, in the list, in the ledger; beside it what the file says, to go back to."""
    async with administrator(rig) as at:
        await at.open(PAGE)
        saved = await at.send(PAGE, **FILLED)
        written_to = [contact.email for contact in rig.gateway.directory.agencies[AGENCY].contacts]
        listed = await at.open("/bureau/agencies?only=changed")
        ledger = await at.open("/bureau/ledger")
        back = await at.send(PAGE, act="file", seen="1")

    assert "已保存" in saved.text
    assert "service@gongan.example" in saved.text, "what the file says"
    assert written_to == ["duty@gongan.example", "chief@gongan.example"]
    assert ("duty@gongan.example" in listed.text, "市自然资源局" in listed.text) == (True, False)
    assert f"修改单位 admin {AGENCY} 联系人" in ledger.text
    assert "service@gongan.example" in back.text
    assert rig.gateway.directory.agencies[AGENCY].contacts[0].email == "service@gongan.example"


async def test_a_change_on_another_node_is_heard_without_a_restart(rig: Rig) -> None:
    """By the running gateway, which asks by itself."""
    here = rig.gateway
    elsewhere = KeepAgencies(here.agencies.file, here.database, rig.clock)
    await elsewhere.retire(Doer("zhang"), AGENCY, 0)

    async def is_heard() -> bool:
        return here.directory.find(AGENCY) is None

    assert not await is_heard()
    await until(is_heard)


async def test_what_is_wrong_is_told_at_its_field(rig: Rig) -> None:
    """By the rules of the file; what was typed stays, and nothing is stored."""
    wrong = {"region_code": "44", "contact-0-email": "no address", "contact-4-name": "", "name": "<script>x"}
    nobody = {key: "" if key.startswith("contact") else value for key, value in FILLED.items()}
    async with administrator(rig) as at:
        await at.open(PAGE)
        told = await at.send(PAGE, **(FILLED | wrong))
        empty = await at.send(PAGE, **nobody)
        odd = await at.send(PAGE, **(FILLED | {"contact-0-role": "king"}))
        dance = await at.send(PAGE, act="dance", seen="0")
        unseen = await at.send(PAGE, **(FILLED | {"seen": "x"}))

    assert [each.status for each in (told, empty, odd, dance, unseen)] == [422] * 5
    assert told.html.count('aria-invalid="true"') == 3
    for words in ("行政区划代码是6位或12位数字", "请填写一个邮箱地址", "请填写。"):
        assert words in told.text
    assert 'value="no address"' in told.html
    assert "<script>" not in told.html
    assert "至少填写一位联系人" in empty.text
    assert rig.gateway.directory.agencies[AGENCY].contacts[0].email == "service@gongan.example"


async def test_the_second_of_two_administrators_sees_what_the_first_did(rig: Rig) -> None:
    """And keeps what was typed, to be saved once it was thought over."""
    async with administrator(rig) as at, administrator(rig, "other") as other:
        await at.open(PAGE)
        await other.open(PAGE)
        await other.send(PAGE, act="retire", seen="0")
        late = await at.send(PAGE, **FILLED)
        saved = await at.send(PAGE, **(FILLED | {"seen": "1"}))

    assert (late.status, "刚才有人改过" in late.text, "停用单位" in late.text) == (409, True, True)
    assert "duty@gongan.example" in late.html
    assert 'name="seen" value="1"' in late.html
    assert "已保存" in saved.text


async def test_a_new_agency_is_added_once(rig: Rig) -> None:
    """By a code that can be one, and that nobody has."""
    new = FILLED | {"code": "11441500mb2z00000x"}
    async with administrator(rig) as at:
        await at.open("/bureau/agencies/new")
        bad = await at.send("/bureau/agencies/new", **new)
        taken = await at.send("/bureau/agencies/new", **(new | {"code": AGENCY}))
        added = await at.send("/bureau/agencies/new", **(new | {"code": "11441500mb2c00000x"}))
        lost = await at.open("/bureau/agencies/none")

    assert (bad.status, "18位统一社会信用代码" in bad.text) == (422, True)
    assert (taken.status, PAGE in taken.html) == (409, True)
    assert (added.status, "11441500MB2C00000X" in added.text) == (200, True)
    assert lost.status == 404


@pytest.mark.requirement("R-19")
async def test_who_is_no_contact_any_more_is_shut_out_and_the_bureau_acts(rig: Rig) -> None:
    """Links of a retired agency open nothing; its follow-up is the bureau's."""
    follow_up_id = await rated_badly(rig)
    async with administrator(rig) as at:
        await at.open(PAGE)
        await at.send(PAGE, act="retire", seen="0")
        async with rig.http.get(link(rig, follow_up_id)) as answer:
            status = answer.status
        page = await at.open(f"/bureau/follow-ups/{follow_up_id}")
        retired = await at.open("/bureau/agencies?only=retired")

    assert status == 403
    assert "打开代办页面" in page.text
    assert "市公安局" in retired.text


@pytest.mark.requirement("R-10")
async def test_an_address_whose_mail_came_back_is_marked_until_it_is_another(rig: Rig) -> None:
    """So that somebody names one that is read."""
    follow_up_id = await rated_badly(rig)
    contact = rig.gateway.directory.agencies[AGENCY].contacts[0]
    addresses = return_addresses(rig.gateway.settings, rig.gateway.personal_data)
    mail = KeptMail(
        key="m",
        received_at=rig.clock.now(),
        outcome=MailOutcome.PERMANENT,
        follow_up_id=follow_up_id,
        contact=addresses.name_of(contact),
    )
    async with rig.gateway.database.transaction() as work:
        await work.incoming_mails.add(mail)
    async with administrator(rig) as at:
        marked = await at.open("/bureau/agencies?only=unreachable")
        await at.open(PAGE)
        await at.send(PAGE, **FILLED)
        mended = await at.open("/bureau/agencies?only=unreachable")

    assert (marked.text.count("邮箱不存在"), "没有符合条件的单位" in mended.text) == (1, True)
