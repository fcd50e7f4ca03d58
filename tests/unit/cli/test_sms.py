"""`haochaping sms parse`: how replies are read, for people and for scripts."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.unit.cli.command import haochaping


def test_json_has_exactly_the_promised_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """One object per reply, in order; the level is 1 to 5 or null."""
    told = haochaping(capsys, "sms", "parse", "--json", "4 等太久", "退订", "谢谢")

    read = [json.loads(line) for line in told.output.splitlines()]
    assert told.exit_code == 0
    assert [list(each) for each in read] == [["text", "outcome", "level", "comment", "rule"]] * 3
    assert [(r["text"], r["outcome"], r["level"]) for r in read] == [
        ("4 等太久", "rating", 4),
        ("退订", "opt_out", None),
        ("谢谢", "unclear", None),
    ]
    assert read[0]["comment"] == "等太久"
    assert all(each["rule"] for each in read)


def test_a_pipe_gets_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    """A header, then one line per reply, whatever the reply holds."""
    told = haochaping(capsys, "sms", "parse", "5\n太慢\t了")

    header, line = told.output.splitlines()
    assert header == "text\toutcome\tlevel\tcomment\trule"
    assert line.split("\t")[:3] == ["5\\n太慢\\t了", "rating", "5"]


def test_a_terminal_gets_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns in line, and square brackets are a citizen's words, not markup."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)

    told = haochaping(capsys, "sms", "parse", "1 [bold]好[/bold]")

    assert "[bold]好[/bold]" in told.output
    assert "\t" not in told.output


def test_a_file_is_read_by_its_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    r"""Tabs separate, nothing is quoted, `\n` stands for a line break, BOM and CRLF are no text."""
    path = tmp_path / "replies.tsv"
    path.write_bytes('\ufeffid\ttext\r\n1\t"4"\r\n2\t5\\n太慢\r\n3\t\r\n'.encode())

    told = haochaping(capsys, "sms", "parse", "--json", "--file", str(path))

    texts = [json.loads(line)["text"] for line in told.output.splitlines()]
    assert texts == ['"4"', "5\n太慢", ""]


def test_standard_input_is_a_file_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--file -` reads what is piped in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("text\n满意\n".encode())))

    told = haochaping(capsys, "sms", "parse", "--json", "--file", "-")

    assert json.loads(told.output)["level"] == 2


@pytest.mark.parametrize(
    ("content", "place", "fault"),
    [
        (None, "", "cannot be read (No such file or directory); name a file that is there"),
        (b"", ":1", "there is no column text; name the columns in the first line"),
        (b"reply\n5\n", ":1", "there is no column text; name the columns in the first line"),
        (b"id\ttext\n1\t5\n2\n", ":3", "has 1 of 2 columns; separate them by tabs"),
        ("text\n满意\n".encode("gbk"), ":2", "is not UTF-8; save the file as UTF-8"),
    ],
    ids=["missing", "empty", "no column", "short row", "not UTF-8"],
)
def test_a_bad_file_is_told_in_one_line(
    content: bytes | None, place: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File, line, fault and remedy on standard error; exit 1."""
    path = tmp_path / "replies.tsv"
    if content is not None:
        path.write_bytes(content)

    told = haochaping(capsys, "sms", "parse", "--json", "--file", str(path))

    assert told.exit_code == 1
    assert told.errors == f"{path}{place}: {fault}\n"


def test_nothing_to_read_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Without text and file it says what it wants."""
    told = haochaping(capsys, "sms", "parse")

    assert told.exit_code == 2
    assert "--file" in told.errors


def test_bytes_that_are_no_text_are_shown_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    """An argument in another encoding is read as far as it goes, and breaks nothing."""
    told = haochaping(capsys, "sms", "parse", "--json", "5\udcff")

    assert told.exit_code == 0
    assert json.loads(told.output)["text"] == "5\ufffd"
