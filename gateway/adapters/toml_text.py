"""TOML files of the operator, read with the lines their keys stand on."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.domain.errors import InvalidInput
from gateway.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Steps: TypeAlias = tuple[str | int, ...]

_NAME: Final = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_DOTTED: Final = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER: Final = re.compile(rf"\s*\[(\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(rf"\s*({_DOTTED})\s*=(.*)")
_TRIPLE: Final = re.compile(r"\"\"\"|'''")
_AT_LINE: Final = re.compile(r"(.*?)\s*\(at line (\d+), column \d+\)")


class MalformedToml(InvalidInput):
    """A file that cannot be read as TOML; carries the finding that says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.problem}, {finding.remedy}", pointer=finding.place)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class TomlText:
    """A TOML file and the lines its tables and keys stand on."""

    path: Path
    content: Mapping[str, object]
    lines: Mapping[Steps, int]

    @classmethod
    def read(cls, path: Path) -> TomlText:
        """The file's content.

        Raises:
            MalformedToml: not there, not UTF-8 or not TOML.

        """
        try:
            text = path.read_bytes().decode("utf-8-sig")
            content = tomllib.loads(text)
        except OSError as error:
            reason = (error.strerror or "no reason given").lower()
            finding = Finding(str(path), f"cannot be read ({reason})", "check the path and its rights")
            raise MalformedToml(finding) from None
        except UnicodeDecodeError:
            raise MalformedToml(Finding(str(path), "is not UTF-8", "save it in that encoding")) from None
        except tomllib.TOMLDecodeError as error:
            raise MalformedToml(_syntax_finding(path, str(error))) from None
        return cls(path, content, _index(text))

    def place(self, *steps: str | int) -> str:
        """`file:line` of a key or table, or of the nearest thing around it.

        Steps are names, and numbers from 0 for the tables of an array.
        """
        for end in range(len(steps), 0, -1):
            line = self.lines.get(steps[:end])
            if line is not None:
                return f"{self.path}:{line}"
        return f"{self.path}:1" if self.content else str(self.path)


def _syntax_finding(path: Path, error: str) -> Finding:
    match = _AT_LINE.fullmatch(error)
    problem, line = (match[1], match[2]) if match else (error.partition(" (at end")[0], "")
    place = f"{path}:{line}" if line else str(path)
    return Finding(place, f"is not TOML: {problem}", "write key = value, with text in double quotes")


def _index(text: str) -> dict[Steps, int]:
    """Lines by steps; a text that runs over several lines is skipped, so that its words are no keys."""
    lines: dict[Steps, int] = {}
    arrays: Counter[Steps] = Counter()
    table: Steps = ()
    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
        elif header := _HEADER.fullmatch(line):
            table = _table(header, arrays)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_names(key[1])), number)
            closing = _left_open(key[2])
    return lines


def _table(header: re.Match[str], arrays: Counter[Steps]) -> Steps:
    names = _names(header[2])
    steps: Steps = ()
    for name in names:
        steps = (*steps, name)
        if steps == names and header[1]:
            arrays[steps] += 1
        if arrays[steps]:
            steps = (*steps, arrays[steps] - 1)
    return steps


def _left_open(value: str) -> str:
    marks = _TRIPLE.findall(value)
    return marks[0] if len(marks) == 1 else ""


def _names(dotted: str) -> Steps:
    return tuple(name.strip("\"'") for name in re.findall(_NAME, dotted))
