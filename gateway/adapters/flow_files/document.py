"""A YAML file read with its line numbers and without guessing: every scalar is the text that was written.

YAML's own types are left aside on purpose: `yes`, `no` and `1` stay what the operator typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import yaml

from gateway.domain.errors import InvalidInput
from gateway.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_T = TypeVar("_T")
_SECONDS: Final = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*s")
_NUMBER: Final = re.compile(r"\d{1,4}")


class Malformed(InvalidInput):
    """A place of the file that cannot be read; carries the finding that says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.problem}, {finding.remedy}", pointer=finding.place)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Document:
    """A file and the tree of its YAML nodes."""

    path: Path
    content: bytes
    tree: yaml.Node

    @classmethod
    def parsed(cls, path: Path, content: bytes) -> Document:
        """The file with its tree.

        Raises:
            Malformed: not UTF-8 or not YAML.

        """
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise Malformed(Finding(str(path), "is not UTF-8", "save it in that encoding")) from None
        try:
            tree = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise Malformed(_syntax_fault(path, text, error)) from None
        if tree is None:
            raise Malformed(Finding(f"{path}:1", "is empty", "write a flow, see docs/flows.md"))
        return cls(path, content, tree)

    def line_of(self, pointer: str) -> int:
        """Line of a JSON pointer into the file; of the nearest thing around it when it is not there."""
        node, line = self.tree, self.tree.start_mark.line
        for part in pointer.split("/")[1:]:
            children = _children(node)
            if part not in children:
                break
            line, node = children[part]
        return int(line) + 1

    def finding(self, node: yaml.Node, problem: str, remedy: str) -> Finding:
        """A finding at a node of this file."""
        return Finding(f"{self.path}:{node.start_mark.line + 1}", problem, remedy)


def _children(node: yaml.Node) -> dict[str, tuple[int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): (key.start_mark.line, value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return {str(number): (item.start_mark.line, item) for number, item in enumerate(node.value)}
    return {}


def _syntax_fault(path: Path, text: str, error: yaml.YAMLError) -> Finding:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line, problem = error.problem_mark.line + 1, error.problem or "cannot be read"
    else:
        position = getattr(error, "position", 0)
        line, problem = text.count("\n", 0, position) + 1, "holds a character that YAML does not allow"
    return Finding(f"{path}:{line}", f"is not YAML: {problem}", "check indentation, quotes and brackets")


class Section:
    """A mapping of the file, read key by key."""

    def __init__(self, document: Document, node: yaml.Node, what: str) -> None:
        self.document = document
        self.node = node
        self.what = what
        """How messages call it: `node 'item'`."""
        if not isinstance(node, yaml.MappingNode):
            self.fail(f"{what} must be a mapping", "write `key: value` lines")
        self.keys: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fail(f"{what} has a key that is no text", "write a plain key", key)
            if key.value in self.keys:
                self.fail(f"{what} has {key.value!r} twice", "delete one of them", key)
            self.keys[key.value] = value

    def fail(self, problem: str, remedy: str, node: yaml.Node | None = None) -> NoReturn:
        """Raise Malformed for a node of this section, or for the section."""
        raise Malformed(self.document.finding(node or self.node, problem, remedy))

    def allow(self, *known: str) -> None:
        """Refuse every key that is not known here; a misspelt key would else silently do nothing."""
        for key in self.keys:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(known)}"
                place = f"{self.document.path}:{self._key_line(key)}"
                raise Malformed(Finding(place, f"{self.what} knows no {key!r}", remedy))

    def _key_line(self, key: str) -> int:
        return next(int(node.start_mark.line) + 1 for node, _ in self.node.value if node.value == key)

    def required(self, key: str) -> yaml.Node:
        """The node under the key."""
        if key not in self.keys:
            self.fail(f"{self.what} has no {key!r}", f"add `{key}:`")
        return self.keys[key]

    def text(self, key: str, default: str | None = None) -> str:
        """The text under the key."""
        if default is not None and key not in self.keys:
            return default
        return self.scalar(self.required(key), repr(key))

    def scalar(self, node: yaml.Node, what: str) -> str:
        """The text of a node, without blanks around it."""
        if not isinstance(node, yaml.ScalarNode):
            self.fail(f"{what} must be a text", "write it in one line", node)
        return str(node.value).strip()

    def names(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """One name or a list of names under the key."""
        if default is not None and key not in self.keys:
            return default
        node = self.required(key)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.scalar(item, f"each of {key!r}") for item in node.value)
        return (self.scalar(node, repr(key)),)

    def section(self, key: str, what: str = "") -> Section:
        """The mapping under the key."""
        return Section(self.document, self.required(key), what or repr(key))

    def sections(self, what: str) -> Iterator[tuple[str, Section]]:
        """Every key of this section with the mapping under it; `what` names one in messages."""
        for key, node in self.keys.items():
            yield key, Section(self.document, node, f"{what} {key!r}")

    def items(self, key: str) -> list[Section]:
        """The list of mappings under the key."""
        node = self.required(key)
        if not isinstance(node, yaml.SequenceNode):
            self.fail(f"{key!r} must be a list", "begin each entry with a dash", node)
        return [Section(self.document, item, f"an entry of {key!r}") for item in node.value]

    def seconds(self, key: str, default: timedelta | None = None) -> timedelta:
        """The duration under the key, written as seconds with their unit."""
        if default is not None and key not in self.keys:
            return default
        found = _SECONDS.fullmatch(self.text(key))
        if found is None:
            self.fail(f"{key!r} is no duration", "write seconds, such as 5s", self.keys[key])
        return timedelta(seconds=float(found[1]))

    def number(self, key: str, default: int | None = None) -> int:
        """The whole number under the key."""
        if default is not None and key not in self.keys:
            return default
        text = self.text(key)
        if not _NUMBER.fullmatch(text):
            self.fail(f"{key!r} is no whole number", "write digits, such as 3", self.keys[key])
        return int(text)

    def choice(self, node: yaml.Node, choices: Mapping[str, _T], what: str) -> _T:
        """What the text of a node stands for."""
        text = self.scalar(node, what)
        if text not in choices:
            self.fail(f"there is no {what} {text!r}", f"use one of {', '.join(choices)}", node)
        return choices[text]
