"""JSON objects as they come from outside, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidInput, Malformed
from gateway.domain.json_objects import read_json_object


@pytest.mark.parametrize("body", [b'{"a": 1}', b'\xef\xbb\xbf{"a": 1}', b' \n{"a":1}\r\n'])
def test_an_object_is_read(body: bytes) -> None:
    """With or without byte order mark and white space."""
    assert read_json_object(body) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "line 1, column 1"),
        (b'{"a": 1,}', "column"),
        (b'{"a": \xff}', "byte 7"),
        (b'{"a": NaN}', "none of JSON's"),
        (b'{"a": -Infinity}', "none of JSON's"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[" * 100_000, "deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        ("{}".encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, words: str) -> None:
    """With the place, and nothing of what it says."""
    with pytest.raises(Malformed, match=words):
        read_json_object(body)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    """Well-formed, yet no document."""
    with pytest.raises(InvalidInput, match="object in braces"):
        read_json_object(body)


@given(st.binary(max_size=200))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    """It is an object or refused."""
    try:
        assert read_json_object(body) == json.loads(body)
    except InvalidInput:
        return
