"""Headers of outgoing email survive any wording."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.adapters.mailer.files import eml_name
from gateway.adapters.mailer.message import build_message
from gateway.application.ports.mailer import OutgoingEmail
from gateway.domain.plain_text import one_line

SENT_AT: Final = datetime(2026, 11, 23, 7, 42, tzinfo=UTC)


@given(st.text(max_size=120).map(one_line))
@example(
    "【差评整改】GD-20261123-ABCDEFG 非常不满意（追加） · "
    + "城乡居民基本养老保险" * 6
    + "（请于11月24日 18:00前回访）"
)
@example("a" * 200)
@example("=?utf-8?q?no?= 満")
def test_any_subject_is_read_as_it_was_written(subject: str) -> None:
    """Long, Chinese, mixed or odd: the mail program shows the same words, in lines of legal length."""
    email = OutgoingEmail(
        message_id="<1@example.cn>", subject=subject, to=("a@example.cn",), text="文", html=""
    )

    content = build_message(email, "政务服务好差评 <noreply@example.cn>", SENT_AT).as_bytes()

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    read = message_from_bytes(content, policy=policy.default)["Subject"]
    assert read == subject.replace("=?", "=？")


@given(st.text(max_size=200))
def test_any_id_gives_a_plain_file_name(message_id: str) -> None:
    """No path, no hidden file, no name that a file system refuses."""
    name = eml_name(message_id)
    assert name.endswith(".eml")
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith("..")
    assert name.isascii()
    assert len(name) <= 160
