"""Reads a whole flow, going on after each fault, so that an operator sees them all at once."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.adapters.flow_files.document import Document, Malformed, Section
from gateway.adapters.flow_files.node_reading import read_defaults, read_node
from gateway.adapters.flow_files.wording_reading import LANGUAGES, read_variable, read_wording
from gateway.domain.findings import Finding
from gateway.domain.flow.definition import Flow, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.domain.languages import Language

_T = TypeVar("_T")
_KEYS: Final = ("name", "languages", "start", "farewell", "limits", "asking", "variables", "prompts", "nodes")
_VERSION_LENGTH: Final = 10


def read_flow(document: Document) -> tuple[Flow | None, list[Finding]]:
    """The flow, or None and everything that keeps it from being read."""
    findings: list[Finding] = []
    with _collecting(findings):
        return _read(Section(document, document.tree, "the flow"), findings), findings
    return None, findings


def _read(section: Section, findings: list[Finding]) -> Flow | None:
    section.allow(*_KEYS)
    name = section.text("name")
    if name != section.document.path.stem:
        section.fail(f"the flow is named {name!r}", "name it like its file", section.keys["name"])
    defaults = read_defaults(section.section("asking"))
    variables = _read_each(section, "variables", "variable", read_variable, findings)
    wordings = _read_each(section, "prompts", "prompt", read_wording, findings)
    nodes = _read_each(section, "nodes", "node", lambda node, part: read_node(node, part, defaults), findings)
    flow = Flow(
        name=name,
        version=_version(section.document),
        languages=_languages(section),
        start=section.text("start"),
        farewell=section.text("farewell"),
        limits=_limits(section.section("limits")),
        variables=variables,
        wordings=wordings,
        nodes=nodes,
    )
    return None if findings else flow


def _read_each(
    section: Section,
    key: str,
    what: str,
    read: Callable[[str, Section], _T],
    findings: list[Finding],
) -> dict[str, _T]:
    parts: dict[str, _T] = {}
    if key == "variables" and key not in section.keys:
        return parts
    entries = section.section(key)
    for name, node in entries.keys.items():
        with _collecting(findings):
            parts[name] = read(name, Section(section.document, node, f"{what} {name!r}"))
    return parts


def _languages(section: Section) -> tuple[Language, ...]:
    tags = section.names("languages")
    for tag in tags:
        if tag not in LANGUAGES or tags.count(tag) > 1:
            node = section.keys["languages"]
            section.fail(f"language {tag!r} is unknown or named twice", f"use {', '.join(LANGUAGES)}", node)
    return tuple(LANGUAGES[tag] for tag in tags)


def _limits(section: Section) -> Limits:
    section.allow("call", "repeats")
    return Limits(section.seconds("call"), section.number("repeats"))


def _version(document: Document) -> str:
    return hashlib.sha256(document.content).hexdigest()[:_VERSION_LENGTH]


@contextmanager
def _collecting(findings: list[Finding]) -> Iterator[None]:
    try:
        yield
    except Malformed as error:
        findings.append(error.finding)
