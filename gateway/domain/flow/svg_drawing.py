"""Draws a flow as SVG: layered boxes, arrows downwards, text in the flow's first language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from xml.sax.saxutils import escape

from gateway.domain.flow.captions import GIVEN_UP, joined, kind_of, ways_of, words_of
from gateway.domain.flow.definition import BranchNode, HangupNode, MenuNode, RateNode, RecordNode, SayNode
from gateway.domain.flow.layout import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.flow.definition import Flow, Node
    from gateway.domain.flow.layout import Layout

_FILLS: Final = {
    SayNode: "#ffffff",
    RateNode: "#dbeafe",
    MenuNode: "#e0f2f1",
    RecordNode: "#fdf0d5",
    BranchNode: "#f1f3f5",
    HangupNode: "#e9ecef",
}
_SLOT: Final = 36.0
_LETTER: Final = 7.2
_LINE: Final = 18
_PADDING: Final = 10
_BOX_COLUMNS: Final = 32
_FIRST_WIDE: Final = 0x1100
"""Where Unicode's wide scripts begin."""
_MARGIN: Final = 24
_GAP_X: Final = 32
_GAP_Y: Final = 72
_FONTS: Final = "'Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
_STYLE: Final = (
    f"text{{font:13px {_FONTS};fill:#1b2733;text-anchor:middle}}"
    ".name{font-weight:600}.kind{fill:#5b6b7a;font-size:12px}"
    ".label{fill:#33475b;font-size:11px;stroke:#fff;stroke-width:4;paint-order:stroke}"
    "rect{stroke:#7b8a99}path{fill:none;stroke:#33475b;stroke-width:1.3}"
    "path.given-up{stroke:#9aa7b3;stroke-dasharray:5 4}"
)
_TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto">'
    '<path d="M0 0L8 4L0 8z" style="fill:#33475b;stroke:none"/></marker></defs>'
)
_PAPER: Final = '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>'

Point: TypeAlias = tuple[float, float]


class _Row(NamedTuple):
    """A layer's share of the sheet; arrows run straight down through it and bend below."""

    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class _Box:
    """A node's place on the sheet."""

    x: float
    """Centre."""
    top: float
    width: float
    height: float
    lines: tuple[str, ...]

    @property
    def bottom(self) -> float:
        """Where arrows leave."""
        return self.top + self.height


def to_svg(flow: Flow) -> str:
    """The flow as a drawing of its own, without any script or font from elsewhere."""
    ways = ways_of(flow)
    lines = {node.name: _box_lines(flow, node) for node in flow.nodes.values()}
    widths = {name: max(map(_columns, box)) * _LETTER + 2 * _PADDING for name, box in lines.items()}
    spaced = {name: width + _GAP_X for name, width in widths.items()}
    layout = lay_out(flow.start, list(flow.nodes), ways, spaced, _SLOT)
    rows = _rows(layout.layers, lines)
    boxes = {
        name: _Box(layout.x[name] + _MARGIN, rows[name].top, widths[name], _height(box), box)
        for name, box in lines.items()
    }
    parts = []
    for leaving in _by_source(layout).values():
        for number, chain in enumerate(leaving):
            begin = _leaving_point(boxes[chain[0]], number, len(leaving))
            way = [(layout.x[name] + _MARGIN, rows[name]) for name in chain[1:]]
            parts.append(_arrow(begin, rows[chain[0]], way, ways[chain[0], chain[-1]], number))
    parts += [_drawn(node, boxes[node.name]) for node in flow.nodes.values()]
    right = max(layout.x[name] + widths.get(name, 0.0) / 2 for name in layout.x) + 2 * _MARGIN
    return _sheet(flow.name, right, max(box.bottom for box in boxes.values()) + _MARGIN, parts)


def _by_source(layout: Layout) -> dict[str, list[tuple[str, ...]]]:
    """The chains that leave each box, from left to right, so that they do not cross at once."""
    leaving: dict[str, list[tuple[str, ...]]] = {}
    for chain in sorted(layout.chains.values(), key=lambda chain: layout.x[chain[1]]):
        leaving.setdefault(chain[0], []).append(chain)
    return leaving


def _leaving_point(box: _Box, number: int, count: int) -> Point:
    spread = min(box.width * 0.7, _SLOT * 2 * (count - 1))
    return box.x + (spread * (number / (count - 1) - 0.5) if count > 1 else 0.0), box.bottom


def _columns(text: str) -> int:
    """Columns of a text; a Chinese character is two wide."""
    return sum(2 if ord(letter) >= _FIRST_WIDE else 1 for letter in text)


def _box_lines(flow: Flow, node: Node) -> tuple[str, ...]:
    lines = [node.name, kind_of(node)]
    for text in words_of(flow, node):
        lines += _wrapped(text)
    return tuple(line for line in lines if line)


def _wrapped(text: str) -> list[str]:
    """The text in lines, broken after punctuation and between words."""
    lines = [""]
    for piece in re.findall(r"[^，。；？,.;? ]*[，。；？,.;? ]*", text):
        if lines[-1] and _columns(lines[-1] + piece.rstrip()) > _BOX_COLUMNS:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]


def _height(lines: tuple[str, ...]) -> float:
    return len(lines) * _LINE + 2.0 * _PADDING


def _rows(layers: list[list[str]], lines: Mapping[str, tuple[str, ...]]) -> dict[str, _Row]:
    """The row of each box and slot."""
    rows, top = {}, float(_MARGIN)
    for layer in layers:
        bottom = top + max((_height(lines[name]) for name in layer if name in lines), default=0.0)
        rows.update(dict.fromkeys(layer, _Row(top, bottom)))
        top = bottom + _GAP_Y
    return rows


def _drawn(node: Node, box: _Box) -> str:
    radius = box.height / 2 if isinstance(node, HangupNode) else 4
    left = box.x - box.width / 2
    size = f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:.0f}"'
    parts = [f'<rect x="{left:.1f}" y="{box.top:.1f}" {size} fill="{_FILLS[type(node)]}"/>']
    for number, line in enumerate(box.lines):
        style = "name" if number == 0 else "kind" if line == kind_of(node) else "word"
        y = box.top + _PADDING + (number + 0.75) * _LINE
        parts.append(f'<text class="{style}" x="{box.x:.1f}" y="{y:.1f}">{escape(line)}</text>')
    return "".join(parts)


def _arrow(begin: Point, row: _Row, way: list[tuple[float, _Row]], labels: list[str], number: int) -> str:
    (x, y), bottom = begin, row.bottom
    path = f"M{x:.1f} {y:.1f}"
    for next_x, next_row in way:
        middle = (bottom + next_row.top) / 2
        path += (
            f"V{bottom:.1f}C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_row.top:.1f}"
        )
        x, bottom = next_x, next_row.bottom
    style = ' class="given-up"' if GIVEN_UP.issuperset(labels) else ""
    line = f'<path{style} d="{path}" marker-end="url(#tip)"/>'
    return line + _label((begin[0], row.bottom), way[0][0], joined(labels), number)


def _label(begin: Point, end_x: float, text: str, number: int) -> str:
    """A label on its arrow; neighbours stand at different heights, else they would cover one another."""
    share = 0.25 + 0.22 * (number % 3)
    across = share * share * (3 - 2 * share)
    x, y = begin[0] + across * (end_x - begin[0]), begin[1] + share * _GAP_Y + 4
    return f'<text class="label" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>' if text else ""


def _sheet(name: str, width: float, height: float, parts: Iterable[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    title = f"<title>{escape(name)}</title>"
    drawn = "\n".join((title, f"<style>{_STYLE}</style>", _TIP, _PAPER, *parts))
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n{drawn}\n</svg>\n'
