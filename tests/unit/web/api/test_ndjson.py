"""Lines out of a stream of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.api.ndjson import LineSplitter


def split(chunks: list[bytes], longest: int = 10) -> list[bytes | None]:
    """All lines of a stream that arrives in these chunks."""
    splitter = LineSplitter(longest)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [*lines, *splitter.finish()]


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([], []),
        ([b""], []),
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a\nb"], [b"a", b"b"]),
        ([b"a\r\nb\r\n"], [b"a", b"b"]),
        ([b"a", b"b\n", b"c"], [b"ab", b"c"]),
        ([b"\n\n"], [b"", b""]),
        ([b"0123456789\n"], [b"0123456789"]),
        ([b"0123456789x\na"], [None, b"a"]),
        ([b"01234", b"56789", b"x", b"y\na"], [None, b"a"]),
        ([b"0123456789x"], [None]),
    ],
)
def test_chunks_become_lines(chunks: list[bytes], lines: list[bytes | None]) -> None:
    """Wherever the chunks are cut; a line that is too long has its place and no content."""
    assert split(chunks) == lines


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 20))
def test_the_cut_of_the_chunks_changes_nothing(lines: list[bytes], step: int) -> None:
    """Any cutting of the same bytes gives the same lines."""
    stream = b"\n".join(lines)
    pieces = [stream[start : start + step] for start in range(0, len(stream), step)]

    assert split(pieces) == split([stream])
