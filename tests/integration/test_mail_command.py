"""`haochaping mail`: as mail servers run it, and operators."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers.returning_mail import reply
from tests.unit.cli.command import Told, haochaping

Mail = Callable[..., Told]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite only: what is taken is held to both engines elsewhere."""
    return f"sqlite:///{tmp_path}/gateway.db"


@pytest.fixture
def mail(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Mail:
    """The command in an empty folder, with an email on its standard input."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", database_url)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", json.dumps([b64encode(b"k" * 32).decode()]))
    monkeypatch.setenv("HAOCHAPING_MAILBOX__ADDRESS", "rating@example.cn")
    assert haochaping(capsys, "db", "upgrade").exit_code == 0

    def run(*arguments: str, content: bytes = b"") -> Told:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        return haochaping(capsys, "mail", *arguments)

    return run


def test_what_is_piped_in_is_taken_once_and_shown_to_operators(mail: Mail) -> None:
    """Of a stranger: kept aside with the reason, without numbers, and nothing that moves a terminal."""
    content = reply("rating@example.cn", '"\x1b[2J" <who@else.example>', "打我13800138000\x1b[31m")

    first, again = mail("receive", content=content), mail("receive", content=content)
    shown = mail("aside")

    assert (first.exit_code, first.output) == (0, "aside\n")
    assert (again.exit_code, again.output) == (0, "taken before\n")
    assert "it does not say which follow-up it is about" in shown.output
    assert "who@else.example" in shown.output
    assert "13800138000" not in shown.output
    assert "\x1b" not in shown.output
    assert mail("aside", "--limit", "0").exit_code == 2


def test_nothing_is_kept_aside_in_the_beginning(mail: Mail) -> None:
    """And that is what is said."""
    assert mail("aside").output == "nothing is kept aside\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HAOCHAPING_MAILBOX__ADDRESS", ""),
        ("HAOCHAPING_MAILBOX__PORT", "none"),
        ("HAOCHAPING_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/gateway"),
    ],
)
def test_no_fault_of_ours_sends_an_email_back__regression(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Mail servers keep an email for 75 alone; for any other code an agency's reply would be lost."""
    monkeypatch.setenv(name, value)

    told = mail("receive", content=reply("rating@example.cn", "a@example.cn", "好"))

    assert told.exit_code == 75
    assert "try again later" in told.errors
    assert "Traceback" not in told.errors


def test_an_empty_pipe_is_a_mistake(mail: Mail) -> None:
    """Of whoever set it up."""
    told = mail("receive")

    assert told.exit_code == 2
    assert "pipe an email into it" in told.errors
