"""How `SmtpMailer` behaves towards servers that protect, refuse, drop and keep silent (RFC 5321, 3207)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from gateway.adapters.mailer import SmtpMailer, SmtpServer, connections
from gateway.application.ports.mailer import EmailReceipt, OutgoingEmail, RefusedRecipient
from gateway.domain.errors import ConfigurationError, DeliveryFailed, FailureFacts
from tests.peers.smtp_server import Act, ScriptedSmtpServer, make_certificate, running

if TYPE_CHECKING:
    from pathlib import Path

SENDER: Final = "政务服务好差评 <noreply@example.cn>"
FIRST, SECOND = "first@example.cn", "second@example.cn"
EMAIL: Final = OutgoingEmail(
    message_id="<GD-1.opened@example.cn>", subject="差评整改", to=(FIRST, SECOND), text="文", html="<p>文</p>"
)
SOON: Final = timedelta(milliseconds=200)


class FixedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """The moment."""
        return datetime(2026, 11, 23, 7, 42, tzinfo=UTC)


def plain(server: ScriptedSmtpServer) -> SmtpServer:
    """The server without protection, one connection, so that reuse shows."""
    return SmtpServer(host="127.0.0.1", port=server.port, security="none", connections=1)


def mailer_for(server: SmtpServer) -> SmtpMailer:
    """A mailer that sends as the tests do."""
    return SmtpMailer(server, sender=SENDER, clock=FixedClock())


async def failure_of(mailer: SmtpMailer, email: OutgoingEmail = EMAIL) -> FailureFacts:
    """The facts of a send that must fail."""
    with pytest.raises(DeliveryFailed) as caught:
        await mailer.send(email)
    return caught.value.facts


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
async def test_protected_and_logged_in(tmp_path: Path, *, implicit: bool) -> None:
    """With an own CA, by STARTTLS and by TLS from the start, user and password are given inside TLS."""
    context, ca_file = make_certificate(tmp_path)
    script = ScriptedSmtpServer()
    async with running(script, certificate=context, implicit_tls=implicit, login=not implicit) as server:
        target = SmtpServer(
            host="127.0.0.1",
            port=server.port,
            security="tls" if implicit else "starttls",
            username="" if implicit else "gateway",
            password="" if implicit else "secret",
            ca_file=ca_file,
        )
        mailer = mailer_for(target)
        assert await mailer.send(EMAIL) == EmailReceipt(accepted=(FIRST, SECOND))
        await mailer.close()

    assert server.logins == ([] if implicit else ["gateway"])
    assert len(server.inbox) == 1
    if not implicit:
        assert server.protected == [True]


async def test_a_wrong_password_waits_for_the_operator(tmp_path: Path) -> None:
    """A refused login is no fault of the email: it is kept, and the password is in no error."""
    context, ca_file = make_certificate(tmp_path)
    async with running(ScriptedSmtpServer(), certificate=context, login=True) as server:
        mailer = mailer_for(
            SmtpServer(
                host="127.0.0.1", port=server.port, username="gateway", password="geheim", ca_file=ca_file
            )
        )
        with pytest.raises(DeliveryFailed, match="535") as caught:
            await mailer.send(EMAIL)

    assert caught.value.facts == FailureFacts("535", retryable=True)
    assert "geheim" not in str(caught.value)
    assert "geheim" not in repr(SmtpServer(host="h", port=1, password="geheim"))
    assert server.inbox == []


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
async def test_an_untrusted_certificate_is_told_as_such(tmp_path: Path, *, implicit: bool) -> None:
    """No letter and no password go to a server that cannot prove who it is."""
    context, _ = make_certificate(tmp_path)
    async with running(ScriptedSmtpServer(), certificate=context, implicit_tls=implicit) as server:
        mailer = mailer_for(
            SmtpServer(host="127.0.0.1", port=server.port, security="tls" if implicit else "starttls")
        )
        with pytest.raises(
            DeliveryFailed, match=r"certificate that is not trusted .*smtp\.ca_file"
        ) as caught:
            await mailer.send(EMAIL)

    assert caught.value.facts == FailureFacts("certificate", retryable=True)
    assert server.inbox == []


async def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    """Trusting the issuer is not enough; the name has to fit."""
    context, ca_file = make_certificate(tmp_path, host="127.0.0.2")
    async with running(ScriptedSmtpServer(), certificate=context) as server:
        facts = await failure_of(mailer_for(SmtpServer(host="127.0.0.1", port=server.port, ca_file=ca_file)))

    assert facts.code == "certificate"


async def test_starttls_is_never_given_up() -> None:
    """A server, or somebody in between, that does not offer STARTTLS gets nothing."""
    async with running(ScriptedSmtpServer()) as server:
        facts = await failure_of(mailer_for(SmtpServer(host="127.0.0.1", port=server.port)))

    assert (facts.retryable, facts.outcome_unknown) == (True, False)
    assert server.inbox == []


async def test_a_closed_port_is_retryable() -> None:
    """Nobody listens: try again, surely nothing was sent."""
    async with running(ScriptedSmtpServer()) as server:
        pass
    assert await failure_of(mailer_for(plain(server))) == FailureFacts("unreachable", retryable=True)


async def test_one_connection_serves_many_emails() -> None:
    """The connection stays open between emails and is closed politely."""
    async with running(ScriptedSmtpServer()) as server:
        mailer = mailer_for(plain(server))
        for number in range(3):
            await mailer.send(replace(EMAIL, message_id=f"<{number}@example.cn>"))
        await mailer.close()

        assert (len(server.inbox), len(server.sessions), server.quits) == (3, 1, 1)


async def test_parallel_emails_share_the_connections() -> None:
    """Never more connections than configured, and no two emails mixed on one."""
    async with running(ScriptedSmtpServer()) as server:
        mailer = mailer_for(replace(plain(server), connections=2))
        emails = [replace(EMAIL, message_id=f"<{n}@example.cn>", to=(f"{n}@example.cn",)) for n in range(10)]
        await asyncio.gather(*(mailer.send(email) for email in emails))
        await mailer.close()

    assert {(m.message["Message-ID"], m.recipients) for m in server.inbox} == {
        (f"<{n}@example.cn>", (f"{n}@example.cn",)) for n in range(10)
    }
    assert len(server.sessions) <= 2


async def test_a_stale_connection_is_replaced() -> None:
    """A server that hung up meanwhile costs a new connection, not a failure."""
    async with running(ScriptedSmtpServer()) as server:
        mailer = mailer_for(plain(server))
        await mailer.send(EMAIL)
        server.hang_up()
        await mailer.send(replace(EMAIL, message_id="<2@example.cn>"))
        await mailer.close()

    assert len(server.inbox) == 2
    assert len(server.sessions) == 2


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            ScriptedSmtpServer(content_answers=["451 4.3.0 try later"]),
            FailureFacts("451", retryable=True),
        ),
        (ScriptedSmtpServer(content_answers=["552 5.3.4 too big"]), FailureFacts("552", retryable=False)),
        (ScriptedSmtpServer(mail_answers=["452 4.2.2 full"]), FailureFacts("452", retryable=True)),
        (ScriptedSmtpServer(mail_answers=["550 5.7.1 not you"]), FailureFacts("550", retryable=False)),
        (
            ScriptedSmtpServer(recipient_answers={FIRST: ["550 no"], SECOND: ["551 no"]}),
            FailureFacts("550", retryable=False),
        ),
        (
            ScriptedSmtpServer(recipient_answers={FIRST: ["550 no"], SECOND: ["450 busy"]}),
            FailureFacts("450", retryable=True),
        ),
        (ScriptedSmtpServer(mail_answers=[Act.DROP]), FailureFacts("disconnected", retryable=True)),
        (
            ScriptedSmtpServer(recipient_answers={SECOND: ["421 4.3.2 closing"]}, mail_answers=["250 OK"]),
            FailureFacts("disconnected", retryable=True),
        ),
    ],
    ids=["451", "552", "mail-452", "mail-550", "all-550", "some-450", "drop-early", "421-last-recipient"],
)
async def test_a_refusal_tells_whether_to_try_again(
    script: ScriptedSmtpServer, expected: FailureFacts
) -> None:
    """4xx may pass, 5xx will not; nothing that was refused is in doubt; the next email goes through."""
    async with running(script) as server:
        mailer = mailer_for(plain(server))
        assert await failure_of(mailer) == expected
        assert server.inbox == []

        assert await mailer.send(EMAIL) == EmailReceipt(accepted=(FIRST, SECOND))
        await mailer.close()
    assert len(server.inbox) == 1


@pytest.mark.parametrize("code", [450, 550])
async def test_a_partial_refusal_is_told_by_address(code: int) -> None:
    """The others have it; who does not is named with the code."""
    script = ScriptedSmtpServer(recipient_answers={SECOND: [f"{code} not here"]})
    async with running(script) as server:
        mailer = mailer_for(plain(server))
        receipt = await mailer.send(EMAIL)
        await mailer.close()

    assert receipt == EmailReceipt((FIRST,), (RefusedRecipient(SECOND, code),))
    assert [mail.recipients for mail in server.inbox] == [(FIRST,)]


@pytest.mark.parametrize(("act", "code"), [(Act.DROP, "disconnected"), (Act.SILENCE, "timeout")])
async def test_no_answer_to_the_content_leaves_the_outcome_unknown(act: Act, code: str) -> None:
    """The server has the letter and never said so: the repeat carries the same Message-ID."""
    async with running(ScriptedSmtpServer(content_answers=[act])) as server:
        mailer = mailer_for(replace(plain(server), content_timeout=SOON))
        facts = await failure_of(mailer)
        assert facts == FailureFacts(code, retryable=True, outcome_unknown=True)

        await mailer.send(EMAIL)
        await mailer.close()
    assert {mail.message["Message-ID"] for mail in server.inbox} == {EMAIL.message_id}
    assert len(server.inbox) == 2


async def test_silence_before_the_content_is_no_doubt() -> None:
    """A server that stops answering before the content surely has nothing."""
    async with running(ScriptedSmtpServer(mail_answers=[Act.SILENCE])) as server:
        facts = await failure_of(mailer_for(replace(plain(server), answer_timeout=SOON)))

    assert facts == FailureFacts("timeout", retryable=True)


async def test_a_server_that_never_greets_times_out() -> None:
    """A port that accepts and says nothing costs the connect time-out, not for ever."""
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        target = SmtpServer(host="127.0.0.1", port=port, security="none", connect_timeout=SOON)
        assert await failure_of(mailer_for(target)) == FailureFacts("timeout", retryable=True)
        await gone.wait()


@pytest.mark.parametrize("answer", ["451 4.3.0 odd", "554 5.3.0 no", Act.DROP, Act.SILENCE])
async def test_an_error_at_the_goodbye_changes_nothing(
    answer: str | Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was accepted stays accepted, whatever QUIT brings; nothing waits long for it."""
    monkeypatch.setattr(connections, "_GOODBYE_SECONDS", SOON.total_seconds())
    async with running(ScriptedSmtpServer(quit_answers=[answer])) as server:
        mailer = mailer_for(plain(server))
        assert await mailer.send(EMAIL) == EmailReceipt(accepted=(FIRST, SECOND))
        await mailer.close()

    assert (len(server.inbox), server.quits) == (1, 1)


async def test_a_server_that_hangs_up_after_taking_an_email_gets_no_second_one() -> None:
    """Its connection is found broken at the next email, which is the only one it gets then."""
    async with running(ScriptedSmtpServer()) as server:
        mailer = mailer_for(plain(server))
        await mailer.send(EMAIL)
        server.hang_up()
        await mailer.send(replace(EMAIL, message_id="<GD-2.opened@example.cn>"))
        await mailer.close()

    ids = [str(email.message["Message-ID"]) for email in server.inbox]
    assert ids == ["<GD-1.opened@example.cn>", "<GD-2.opened@example.cn>"]


async def test_a_cancelled_send_leaves_no_connection_half_used() -> None:
    """After a stop amid a command the next email gets a connection of its own."""
    async with running(ScriptedSmtpServer(mail_answers=[Act.SILENCE])) as server:
        mailer = mailer_for(plain(server))
        sending = asyncio.create_task(mailer.send(EMAIL))
        await server.silent.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

        await mailer.send(EMAIL)
        await mailer.close()
    assert (len(server.inbox), len(server.sessions)) == (1, 2)


async def test_stopped_while_an_idle_connection_is_tried_it_is_closed__regression() -> None:
    """It is out of the idle ones, so that nobody else would."""
    async with running(ScriptedSmtpServer(reset_answers=[Act.SILENCE])) as server:
        mailer = mailer_for(plain(server))
        await mailer.send(EMAIL)
        sending = asyncio.create_task(mailer.send(EMAIL))
        await server.silent.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

        async with asyncio.timeout(60):
            while server.sessions[0].transport is not None:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0)


def test_settings_that_cannot_work_are_refused_at_start(tmp_path: Path) -> None:
    """A sender that is no address and a CA file without certificates stop the start, naming the key."""
    empty = tmp_path / "ca.pem"
    empty.write_text("")
    with pytest.raises(ConfigurationError, match=r"smtp\.ca_file: .*ca\.pem holds no certificates"):
        mailer_for(SmtpServer(host="127.0.0.1", port=25, ca_file=empty))
    with pytest.raises(ConfigurationError, match=r"smtp\.ca_file"):
        mailer_for(SmtpServer(host="127.0.0.1", port=25, ca_file=tmp_path / "absent.pem"))
    with pytest.raises(ConfigurationError, match=r"smtp\.sender: .*no email address"):
        SmtpMailer(SmtpServer(host="127.0.0.1", port=25), sender="nobody", clock=FixedClock())
