"""Draws a flow, for people who must know what callers hear: as Mermaid source and as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.flow.captions import GIVEN_UP, joined, kind_of, ways_of, words_of
from gateway.domain.flow.definition import BranchNode, HangupNode, MenuNode, RateNode, RecordNode, SayNode
from gateway.domain.flow.svg_drawing import to_svg

if TYPE_CHECKING:
    from gateway.domain.flow.definition import Flow

__all__ = ["to_mermaid", "to_svg"]

_SHAPES: Final = {
    SayNode: ("[", "]"),
    RateNode: ("[/", "/]"),
    MenuNode: ("[/", "/]"),
    RecordNode: ("[/", "/]"),
    BranchNode: ("{{", "}}"),
    HangupNode: ("([", "])"),
}
_RESERVED: Final = frozenset({"class", "click", "default", "end", "graph", "flowchart", "style", "subgraph"})
"""Words of Mermaid's own that no node there can be named after."""
_ENTITIES: Final = {"#": "#35;", '"': "#quot;", "|": "#124;", "<": "#lt;", ">": "#gt;"}


def to_mermaid(flow: Flow) -> str:
    """The flow as a Mermaid flowchart, which GitHub and many wikis draw."""
    lines = ["flowchart TD"]
    for node in flow.nodes.values():
        opening, closing = _SHAPES[type(node)]
        label = "<br/>".join(
            _quoted(line) for line in (node.name, kind_of(node), *words_of(flow, node)) if line
        )
        lines.append(f'  {_id(node.name)}{opening}"{label}"{closing}')
    for (source, target), labels in ways_of(flow).items():
        arrow = "-.->" if GIVEN_UP.issuperset(labels) else "-->"
        label = _quoted(joined(labels))
        lines.append(f"  {_id(source)} {arrow}{f'|{label}|' if label else ''} {_id(target)}")
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    return f"{name}_" if name in _RESERVED else name


def _quoted(text: str) -> str:
    """The text without the letters that mean something to Mermaid."""
    return "".join(_ENTITIES.get(letter, letter) for letter in text)
