"""Emails that come back, handed in by HTTP."""

from __future__ import annotations

import pytest

from gateway.domain.mail.incoming import LARGEST
from gateway.web.api import mails as route
from tests.integration.api.conftest import BODY_LIMIT, Api, TakeMail

PATH = "/v1/mails"
EMAIL = b"From: service@gongan.example\r\nTo: rating+gd-1@example.cn\r\n\r\nhello"
MAIL = {"Content-Type": "message/rfc822"}


async def test_an_email_is_taken_once(api: Api, mails: list[bytes]) -> None:
    """As it came, byte by byte; told again, nothing changes."""
    first, again = [await api.send("POST", PATH, raw=EMAIL, headers=MAIL) for _ in range(2)]

    assert (first.status, first.json) == (201, {"outcome": "comment"})
    assert (again.status, again.json) == (200, {"outcome": "repeated"})
    assert mails == [EMAIL]


async def test_of_a_large_email_the_beginning_is_read(api: Api, mails: list[bytes]) -> None:
    """Attachments are sent too, and are no reason to refuse what was written before them."""
    content = EMAIL + b"x" * LARGEST
    assert len(content) > BODY_LIMIT

    told = await api.send("POST", PATH, raw=content, headers=MAIL)

    assert told.status == 201
    assert mails == [content[:LARGEST]]


@pytest.mark.parametrize(
    ("body", "media_type", "status", "kind"),
    [
        (b" \r\n", "message/rfc822", 400, "malformed"),
        (b'{"email": "hi"}', "application/json", 415, "unsupported-media-type"),
        (EMAIL * 9, "message/rfc822", 413, "too-large"),
    ],
)
async def test_what_is_no_email_is_refused_in_words(
    api: Api,
    mails: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    media_type: str,
    status: int,
    kind: str,
) -> None:
    """Empty, in another form, or without end; nothing is taken."""
    monkeypatch.setattr(route, "_MOST", 2 * len(EMAIL))

    told = await api.send("POST", PATH, raw=body, headers={"Content-Type": media_type})

    assert told.status == status
    assert told.headers["Content-Type"].startswith("application/problem+json")
    assert told.json["type"].endswith(kind)
    assert mails == []


async def test_strangers_hand_in_nothing(api: Api, mails: list[bytes]) -> None:
    """It takes a token, as all of the API does."""
    told = await api.send("POST", PATH, raw=EMAIL, headers={**MAIL, "Authorization": "Bearer wrong"})

    assert told.status == 401
    assert mails == []


class TestWithoutMailbox:
    """`mailbox.address` is not set."""

    @pytest.fixture
    def take_mail(self) -> TakeMail | None:
        """Nobody."""
        return None

    async def test_the_mail_server_is_told_what_is_missing(self, api: Api) -> None:
        """It keeps the email: the status is one of those that pass."""
        told = await api.send("POST", PATH, raw=EMAIL, headers=MAIL)

        assert told.status == 503
        assert "mailbox.address" in told.json["detail"]
