"""The doctor on mail servers, Redis, core stores and Twilio, real or scripted, well and ill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from gateway.bootstrap.doctor import core_store, mail, redis, twilio
from gateway.domain.diagnoses import Verdict
from tests.integration.doctor.conftest import Examine, troubles
from tests.peers import smtp_server
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.postgres import free_port
from tests.peers.redis_server import redis_server
from tests.peers.smtp_server import ScriptedSmtpServer, make_certificate
from tests.peers.twilio_account import TwilioAccount
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE


async def test_a_mail_server_is_tried_up_to_the_sender(examine: Examine, tmp_path: Path) -> None:
    """STARTTLS, login and sender are tried; nothing is sent. Each failure names what to mend."""
    context, ca_file = make_certificate(tmp_path)
    script = ScriptedSmtpServer()
    async with smtp_server.running(script, certificate=context, login=True):
        well = {
            "smtp__host": "127.0.0.1",
            "smtp__port": str(script.port),
            "smtp__username": "gateway",
            "smtp__password": "secret",
            "smtp__sender": "好差评 <haochaping@sz.gov.cn>",
            "smtp__ca_file": str(ca_file),
        }
        good = await examine(mail.examine, **well)
        wrong = await examine(mail.examine, **well | {"smtp__password": "guessed"})
        untrusted = await examine(mail.examine, **well | {"smtp__ca_file": ""})
        script.mail_answers.append("553 not your address")
        refused = await examine(mail.examine, **well)
        script.mail_answers += ["250 OK", "553 sender must be the user"]
        no_returns = await examine(mail.examine, **well | {"mailbox__address": "rating@sz.gov.cn"})
        example = await examine(mail.examine, **well | {"smtp__sender": "haochaping@example.org"})
    gone = await examine(mail.examine, **well | {"smtp__port": str(free_port())})

    assert troubles(good, Verdict.FAIL, Verdict.WARN) == []
    assert [each.remedy for each in wrong] == ["smtp.username and smtp.password"]
    assert "certificate that is not trusted" in troubles(untrusted)[0]
    assert "553" in troubles(refused)[0]
    assert "return addresses" in troubles(no_returns)[0]
    assert "mailbox.address" in no_returns[0].remedy
    assert "nobody's domain" in troubles(example, Verdict.WARN)[0]
    assert "cannot be used" in troubles(gone)[0]
    assert script.inbox == []
    assert "guessed" not in repr(wrong)


async def test_a_server_without_starttls_is_told(examine: Examine) -> None:
    """It is never merely tried."""
    async with smtp_server.running(ScriptedSmtpServer()) as script:
        found = await examine(
            mail.examine,
            smtp__host="127.0.0.1",
            smtp__port=str(script.port),
            smtp__sender="haochaping@sz.gov.cn",
        )

    assert len(troubles(found)) == 1


async def test_redis_is_tried_by_what_it_is_used_for(examine: Examine) -> None:
    """It serves, persistent or not; an account that may not publish and a server that is gone are told.

    One that may do what docs/runbook.md asks for and nothing else is as good as any.
    """
    with redis_server() as server:
        good = await examine(redis.examine, redis__url=server.url)
        admin = Redis.from_url(server.url)
        await admin.acl_setuser(
            "reader", enabled=True, passwords="+pw", keys="*", commands=["+@read", "+select"]
        )
        least = ("subscribe", "publish", "select", "eval", "get", "set", "time")
        await admin.acl_setuser(
            "gateway",
            enabled=True,
            passwords="+pw",
            keys="haochaping:*",
            channels="haochaping:*",
            commands=[f"+{command}" for command in least],
        )
        await admin.aclose()
        scanty = await examine(redis.examine, redis__url=server.url.replace("//", "//gateway:pw@"))
        reader = server.url.replace("redis://", "redis://reader:pw@")
        denied = await examine(redis.examine, redis__url=reader)
        server.kill()
        gone = await examine(redis.examine, redis__url=server.url)
    none = await examine(redis.examine)

    assert [each.verdict for each in (*good, *scanty, *none)] == [Verdict.OK] * 3
    assert scanty[0].evidence == "Redis of unknown version"
    assert "neither persistence nor an eviction policy matters" in good[0].finding
    assert "maxmemory-policy noeviction" in good[0].evidence
    assert len(troubles(denied)) == len(troubles(gone)) == 1
    assert "pw" not in repr(denied)


@asynccontextmanager
async def store_that_answers(statuses: Mapping[str, int]) -> AsyncIterator[str]:
    """A core store that answers every GET by the token it comes with."""

    async def handle(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return web.Response(status=statuses.get(given, 401), headers={"Location": "/v2"})

    app = web.Application()
    app.router.add_get("/v1/evaluations/{evaluation_id}", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.mark.parametrize(
    ("statuses", "verdict", "words"),
    [
        ({"right": 404}, Verdict.OK, "takes the token"),
        ({"right": 405}, Verdict.OK, "takes the token"),
        ({}, Verdict.FAIL, "does not take the token"),
        ({"right": 403}, Verdict.FAIL, "does not take the token"),
        ({"right": 404, "": 404}, Verdict.WARN, "asks nobody for a token"),
        ({"right": 502, "": 502}, Verdict.FAIL, "error of its own"),
        ({"right": 302}, Verdict.FAIL, "another address"),
    ],
)
async def test_a_core_store_is_asked_with_the_token_and_without(
    statuses: Mapping[str, int], verdict: Verdict, words: str, examine: Examine
) -> None:
    """What can be known of a token without storing anything."""
    async with store_that_answers(statuses) as url:
        found = await examine(
            core_store.examine, core_store__kind="http", core_store__url=url, core_store__token="right"
        )

    (told,) = found
    assert (told.verdict, words in told.finding) == (verdict, True)
    assert "right" not in repr(told)


async def test_a_core_store_that_is_away_or_our_own(examine: Examine) -> None:
    """Nobody there: told. The embedded one needs no question. Looking stores nothing."""
    async with ScriptedCoreStore() as store:
        keys = {"core_store__kind": "http", "core_store__token": store.token}
        await examine(core_store.examine, core_store__url=store.url, **keys)
        assert store.puts == []
    gone = await examine(core_store.examine, core_store__url=store.url, **keys)
    own = await examine(core_store.examine)

    assert "cannot be reached" in troubles(gone)[0]
    assert [each.verdict for each in own] == [Verdict.OK]


@pytest.mark.parametrize(
    ("account", "verdicts", "words"),
    [
        (TwilioAccount(sms_url="https://r.gov.cn/twilio/sms/inbound"), {Verdict.OK}, "brings replies here"),
        (TwilioAccount(), {Verdict.OK, Verdict.WARN}, "brings replies elsewhere"),
        (TwilioAccount(number="+15005550001"), {Verdict.OK, Verdict.FAIL}, "not one of the account's"),
        (TwilioAccount(takes_texts=False), {Verdict.OK, Verdict.FAIL}, "cannot text"),
        (TwilioAccount(status="suspended"), {Verdict.FAIL, Verdict.WARN}, "not active"),
        (TwilioAccount(kind="Trial"), {Verdict.WARN}, "trial account"),
    ],
)
async def test_twilio_is_asked_for_account_and_number(
    account: TwilioAccount, verdicts: set[Verdict], words: str, examine: Examine
) -> None:
    """By its REST API; the number is not shown."""
    async with account.listening():
        found = await examine(twilio.examine, **twilio_settings(account.url))

    assert {each.verdict for each in found} == verdicts
    assert any(words in each.finding for each in found)
    assert LINE not in repr(found)


async def test_twilio_refuses_or_is_away(examine: Examine) -> None:
    """A wrong token and a server that is gone are told apart."""
    async with TwilioAccount().listening() as account:
        keys = twilio_settings(account.url)
        wrong = await examine(twilio.examine, **keys | {"twilio__auth_token": "another"})
    gone = await examine(twilio.examine, **keys)

    assert "does not know the account with this token" in troubles(wrong)[0]
    assert "no answer from Twilio" in troubles(gone)[0]


def twilio_settings(url: str) -> dict[str, str]:
    """Texts by Twilio."""
    return {
        "sms__providers": '["twilio"]',
        "server__public_url": "https://r.gov.cn",
        "twilio__account_sid": ACCOUNT_SID,
        "twilio__auth_token": AUTH_TOKEN,
        "twilio__from_number": LINE,
        "twilio__api_base_url": url,
    }
