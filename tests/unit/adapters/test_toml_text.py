"""On which line of a TOML file a key stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.toml_text import MalformedToml, TomlText

TEXT = '''# a comment
[first]
plain = 1
"quoted" = 2
words = """
plain = in a text
[first.fake]
"""
[[row]] # with a comment
name = "a"
[[row]]
name = "b"
list = [
  { name = "c" },
]
[row.inner]
deep.key = 1
'''


@pytest.fixture
def toml(tmp_path: Path) -> TomlText:
    """The file above."""
    path = tmp_path / "file.toml"
    path.write_text(TEXT, encoding="utf-8")
    return TomlText.read(path)


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (("first",), 2),
        (("first", "plain"), 3),
        (("first", "quoted"), 4),
        (("row", 0), 9),
        (("row", 0, "name"), 10),
        (("row", 1, "name"), 12),
        (("row", 1, "list", 0, "name"), 13),
        (("row", 1, "inner", "deep", "key"), 17),
        (("first", "absent"), 2),
        (("absent",), 1),
    ],
)
def test_place_of_a_key(toml: TomlText, steps: tuple[str | int, ...], line: int) -> None:
    """A key is found on its own line, what is not there at the nearest thing around it."""
    assert toml.place(*steps) == f"{toml.path}:{line}"


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        (b"a = 1\nb 2\n", ":2", "is not TOML"),
        (b"a = [1,", "", "is not TOML"),
        (b"a = '\xff'", "", "is not UTF-8"),
    ],
)
def test_file_that_cannot_be_read(tmp_path: Path, content: bytes, place: str, problem: str) -> None:
    """The fault is told with its line, as far as there is one."""
    path = tmp_path / "file.toml"
    path.write_bytes(content)

    with pytest.raises(MalformedToml) as refused:
        TomlText.read(path)

    assert refused.value.finding.place == f"{path}{place}"
    assert problem in refused.value.finding.problem
