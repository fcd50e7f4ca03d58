"""Getting in, staying in, getting out."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway.adapters.argon2_passwords import Argon2Passwords
from gateway.adapters.one_time_codes import TimeBasedCodes
from gateway.application.bureau.sign_in import Credentials, SignIn
from gateway.bootstrap.bureau import new_token
from gateway.domain.bureau.ledger import LedgerEvent
from gateway.domain.bureau.officers import Role
from gateway.web.bureau.sign_in_pages import _FAILURES
from tests.integration.bureau.officer_desk import PASSWORD, browser, invited, officer
from tests.integration.conftest import Rig


async def events(rig: Rig) -> list[tuple[str, str]]:
    """What the ledger says, oldest first."""
    async with rig.gateway.database.reading() as work:
        entries = [entry for _, entry in await work.ledger.newest(100)][::-1]
    return [
        (each.event.value, each.actor) for each in entries if each.event is not LedgerEvent.AGENCIES_CHANGED
    ]


async def test_an_invited_officer_enrols_and_signs_in(rig: Rig) -> None:
    """The link is good once, and each step is in the ledger."""
    link = await invited(rig, "li")
    async with browser(rig) as at:
        done = await at.enrol(link)
        again = await at.open(link)
        inside = await at.sign_in("Li")

    assert "账号已启用" in done.text
    assert (again.status, "已经用过" in again.text) == (403, True)
    assert "差评整改工单" in inside.text
    assert await events(rig) == [("officer_added", "operator"), ("enrolled", "li"), ("signed_in", "li")]


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "密码至少12个字符"),
        ("correct horse battery", "correct horse batterx", "两次输入的密码不一样"),
        ("111111111111111", "111111111111111", "太容易猜"),
    ],
)
async def test_a_bad_choice_at_enrolment_is_told(rig: Rig, password: str, again: str, said: str) -> None:
    """And the link is still good."""
    link = await invited(rig, "li")
    async with browser(rig) as at:
        await at.open(link)
        shown = await at.send(link, password=password, again=again, code="123456")
        wrong = await at.send(link, password=PASSWORD, again=PASSWORD, code="000000")
        done = await at.enrol(link)

    assert (shown.status, said in shown.text) == (422, True)
    assert "动态码不对" in wrong.text
    assert done.status == 200


async def test_an_invitation_ends_after_three_days(rig: Rig) -> None:
    """Or with the next one."""
    link = await invited(rig, "li")
    rig.clock.advance(timedelta(days=3))
    async with browser(rig) as at:
        shown = await at.open(link)

    assert shown.status == 403


async def test_whatever_is_wrong_the_answer_is_the_same(rig: Rig) -> None:
    """A name that nobody has, a wrong password, a wrong code, an officer who may not any more."""
    async with officer(rig) as at:
        await at.send("/bureau/sign-out")
        answers = [
            await at.sign_in("nobody"),
            await at.sign_in("li", password="wrong wrong wrong"),
            await at.sign_in("li", code="000000"),
            await at.sign_in(""),
        ]

    assert {shown.status for shown in answers} == {401}
    assert len({shown.text for shown in answers}) == 1
    assert "登录名、密码或动态码不对" in answers[0].text


async def test_a_name_is_shut_whether_anybody_has_it_or_not(rig: Rig) -> None:
    """After five tries the right password does not help for a quarter of an hour."""
    async with officer(rig) as at:
        await at.send("/bureau/sign-out")
        for name in ("li", "nobody"):
            for _ in range(5):
                await at.sign_in(name, password="wrong wrong wrong")
        shut = await at.sign_in("li")
        rig.clock.advance(timedelta(minutes=16))
        open_again = await at.sign_in("li")

    assert shut.status == 401
    assert open_again.status == 200
    assert ("shut_out", "li") in await events(rig)
    assert ("shut_out", "") in await events(rig)


async def test_many_tries_at_once_are_no_more_guesses_than_one_after_the_other(rig: Rig) -> None:
    """All are counted before any is looked at."""
    async with officer(rig) as at:
        await at.send("/bureau/sign-out")
        await at.open("/bureau/sign-in")
        code = at.code()
        await asyncio.gather(*(at.sign_in("li", password="wrong wrong wrong", code=code) for _ in range(8)))
        shown = await at.sign_in("li", code=code)

    assert shown.status == 401


class CountingPasswords(Argon2Passwords):
    """Counts how many passwords it was asked about."""

    asked = 0

    async def matches(self, kept: str, password: str) -> bool:
        """One more."""
        self.asked += 1
        return await super().matches(kept, password)


async def test_every_try_asks_about_one_password(rig: Rig) -> None:
    """Whether the name is known, unknown, none at all, not enrolled or shut: a watch tells nothing."""
    await invited(rig, "newcomer")
    passwords = CountingPasswords()
    sign_in = SignIn(rig.gateway.essentials, passwords, TimeBasedCodes(), new_token)
    async with officer(rig):
        cost = []
        for login in ("li", "nobody", "!", "newcomer", *["shut"] * 6):
            before = passwords.asked
            assert await sign_in(Credentials(login=login, password="guess", code="1", address="")) is None
            cost.append(passwords.asked - before)

    assert set(cost) == {1}


async def test_an_address_that_fails_often_has_to_wait(rig: Rig) -> None:
    """By whatever names."""
    async with browser(rig) as at:
        await rig.gateway.pace.take("sign-in-failures:127.0.0.1", _FAILURES, 20)
        await rig.gateway.pace.use("sign-in-failures:127.0.0.1", _FAILURES, 100)
        shown = await at.sign_in("nobody")

    assert (shown.status, "请稍后再试" in shown.text) == (429, True)


async def test_who_guesses_next_door_keeps_nobody_out_who_was_here_before(rig: Rig) -> None:
    """Behind a balancer all have one address; the browser's note is good for its own name alone."""
    async with officer(rig) as at, browser(rig) as stranger:
        await at.send("/bureau/sign-out")
        await rig.gateway.pace.use("sign-in-failures:127.0.0.1", _FAILURES, 200)
        strange = await stranger.sign_in("li")
        other = await at.sign_in("wang")
        vain = await at.sign_in("li", password="wrong wrong wrong")
        back = await at.sign_in("li")
        rig.clock.advance(timedelta(days=91))
        at.form = ""
        later = await at.sign_in("li")

    assert [shown.status for shown in (strange, other, vain, back, later)] == [429, 429, 401, 200, 429]


async def test_a_code_is_good_once(rig: Rig) -> None:
    """Whoever looks over a shoulder is too late."""
    async with officer(rig) as at, browser(rig) as other:
        code = at.code()
        first = await other.sign_in("li", code=code)
        await other.send("/bureau/sign-out")
        second = await other.sign_in("li", code=code)

    assert (first.status, second.status) == (200, 401)
    assert (await events(rig))[-1] == ("sign_in_failed", "li")


async def test_a_session_ends_by_itself(rig: Rig) -> None:
    """Unused for half an hour, or after twelve hours; what was wanted then comes after signing in."""
    async with officer(rig) as at:
        rig.clock.advance(timedelta(minutes=29))
        used = await at.open("/bureau/account")
        rig.clock.advance(timedelta(minutes=31))
        over = await at.open("/bureau/account?x=1")
        sent = await at.send("/bureau/account", act="sign_out_everywhere")

    assert used.status == 200
    assert over.status == 401
    assert 'name="next" value="/bureau/account?x=1"' in over.html
    assert (sent.status, "没有保存任何内容" in sent.text) == (401, True)


async def test_signing_out_ends_the_session_here_or_everywhere(rig: Rig) -> None:
    """The cookie that is left opens nothing."""
    async with officer(rig) as at, browser(rig) as other:
        other.secret = at.secret
        await other.sign_in("li")
        cookies = [cookie.value for cookie in at.http.cookie_jar]
        await at.send("/bureau/account", act="sign_out_everywhere")
        here, there = await at.open("/bureau/account"), await other.open("/bureau/account")
        stolen = await at.open("/bureau/account", Cookie=f"haochaping_session={cookies[0]}")

    assert [shown.status for shown in (here, there, stolen)] == [401, 401, 401]


async def test_a_form_from_elsewhere_is_refused(rig: Rig) -> None:
    """Without the page's token, with another's, or when the browser says that another site sent it."""
    async with officer(rig) as at, officer(rig, "wang") as other:
        bare = await at.send("/bureau/account", form="", act="sign_out_everywhere")
        anothers = await at.send("/bureau/account", form=other.form, act="sign_out_everywhere")
        at.http.headers["Sec-Fetch-Site"] = "cross-site"
        crossed = await at.send("/bureau/account", act="sign_out_everywhere")
        del at.http.headers["Sec-Fetch-Site"]
        still = await at.open("/bureau/account")

    assert [shown.status for shown in (bare, anothers, crossed, still)] == [403, 403, 403, 200]


async def test_nobody_is_led_elsewhere_after_signing_in(rig: Rig) -> None:
    """An address in a link cannot send officers to another site."""
    async with officer(rig) as at:
        await at.send("/bureau/sign-out")
        for wanted in ("https://evil.example", "//evil.example", "/bureau/\\evil", "/demo/"):
            page = await at.open(f"/bureau/sign-in?next={wanted}")
            assert "evil" not in page.html
            assert "/demo/" not in page.html


async def test_cookies_are_not_for_scripts_nor_other_sites(rig: Rig) -> None:
    """HttpOnly and SameSite; over TLS they are Secure and bound to the host too."""
    async with browser(rig) as at:
        shown = await at.open("/bureau/sign-in")

    (cookie,) = [value for name, value in shown.headers.items() if name == "Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert shown.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]


async def test_another_password_signs_out_elsewhere(rig: Rig) -> None:
    """The present one is asked for first."""
    async with officer(rig) as at, browser(rig) as other:
        other.secret = at.secret
        await other.sign_in("li")
        await at.open("/bureau/account")
        new = "another horse, another battery"
        wrong = await at.send("/bureau/account", act="change_password", present="x", wanted=new, again=new)
        right = await at.send(
            "/bureau/account", act="change_password", present=PASSWORD, wanted=new, again=new
        )
        there = await other.open("/bureau/account")
        other.form = ""
        back = await other.sign_in("li", password=new)

    assert (wrong.status, right.status, there.status, back.status) == (422, 200, 401, 200)


async def test_an_open_session_is_no_place_to_guess_the_password(rig: Rig) -> None:
    """After five tries even the right one is not looked at; what is wrong with the new one costs no try."""
    new = "another horse, another battery"
    async with officer(rig) as at:
        await at.open("/bureau/account")
        short = [
            await at.send("/bureau/account", act="change_password", present="x", wanted="y", again="y")
        ] * 6
        guesses = [
            await at.send(
                "/bureau/account", act="change_password", present=f"guess {n}", wanted=new, again=new
            )
            for n in range(5)
        ]
        right = await at.send(
            "/bureau/account", act="change_password", present=PASSWORD, wanted=new, again=new
        )

    assert {"密码至少" in shown.text for shown in short} == {True}
    assert {"现在的密码不对" in shown.text for shown in guesses} == {True}
    assert (right.status, "15分钟后再试" in right.text) == (422, True)
    assert (await events(rig))[-1] == ("shut_out", "li")


@pytest.mark.requirement("R-18")
async def test_only_administrators_manage_people(rig: Rig) -> None:
    """Others get neither list nor form."""
    async with officer(rig, role=Role.OFFICER) as at:
        look = await at.open("/bureau/people")
        ledger = await at.open("/bureau/ledger")
        await at.open("/bureau/account")
        act = await at.send("/bureau/people", act="add", login="x1", name="x", role="administrator")

    assert [shown.status for shown in (look, ledger, act)] == [403, 403, 403]
