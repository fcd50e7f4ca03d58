"""Places a graph's boxes in layers, so that arrows run downwards and cross little.

The usual three passes for layered drawings (Sugiyama, Tagawa, Toda 1981): a layer for each box, an order
within each layer, a place along it. Arrows that pass a layer get a slot there, so that they cross no box.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

SWEEPS: Final = 24
"""Passes down and up; orders and places no longer change visibly after about twenty."""

Arc: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Layout:
    """Where everything goes."""

    layers: list[list[str]]
    """Boxes and slots from top to bottom, each from left to right."""
    x: dict[str, float] = field(default_factory=dict)
    """Centre of each box and slot, from 0 at the left edge of the drawing."""
    chains: dict[Arc, tuple[str, ...]] = field(default_factory=dict)
    """For each arc its box, the slots it passes, and the box it ends at."""


def lay_out(
    start: str, names: Sequence[str], arcs: Iterable[Arc], widths: Mapping[str, float], slot: float
) -> Layout:
    """Place the boxes of these widths; a slot is `slot` wide."""
    arcs = [(source, target) for source, target in arcs if source != target]
    depth = _depths(start, names, arcs)
    layout = Layout([[] for _ in range(max(depth.values()) + 1)])
    for name in names:
        layout.layers[depth[name]].append(name)
    for arc in arcs:
        layout.chains[arc] = _chain(layout, arc, depth)
    neighbours: dict[str, list[str]] = defaultdict(list)
    for chain in layout.chains.values():
        for upper, lower in pairwise(chain):
            neighbours[upper].append(lower)
            neighbours[lower].append(upper)
    _arrange(layout, neighbours, lambda name: widths.get(name, slot))
    return layout


def _depths(start: str, names: Sequence[str], arcs: Sequence[Arc]) -> dict[str, int]:
    """Longest way from the start to each box; an arc that closes a round does not count."""
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in arcs:
        targets[source].append(target)
    depth = dict.fromkeys(names, 0)
    for first in (start, *names):
        _deepen(first, targets, depth, ())
    return depth


def _deepen(name: str, targets: Mapping[str, list[str]], depth: dict[str, int], way: tuple[str, ...]) -> None:
    for target in targets.get(name, ()):
        if target not in (*way, name) and depth[target] <= depth[name]:
            depth[target] = depth[name] + 1
            _deepen(target, targets, depth, (*way, name))


def _chain(layout: Layout, arc: Arc, depth: Mapping[str, int]) -> tuple[str, ...]:
    source, target = arc
    step = 1 if depth[target] >= depth[source] else -1
    slots = []
    for layer in range(depth[source] + step, depth[target], step):
        slots.append(f"{source}>{target}@{layer}")
        layout.layers[layer].append(slots[-1])
    return (source, *slots, target)


def _arrange(layout: Layout, neighbours: Mapping[str, list[str]], width: Callable[[str], float]) -> None:
    for layer in layout.layers:
        _spread(layer, dict.fromkeys(layer, 0.0), width, layout.x)
    for sweep in range(SWEEPS):
        for layer in layout.layers if sweep % 2 == 0 else reversed(layout.layers):
            wished = {name: fmean(layout.x[near] for near in neighbours[name] or [name]) for name in layer}
            layer.sort(key=lambda name: wished[name])
            _spread(layer, wished, width, layout.x)
    left = min(layout.x[name] - width(name) / 2 for layer in layout.layers for name in layer)
    layout.x = {name: x - left for name, x in layout.x.items()}


def _spread(
    layer: Sequence[str], wished: Mapping[str, float], width: Callable[[str], float], x: dict[str, float]
) -> None:
    """Place a layer in its order as near to the wished places as boxes that do not touch allow."""
    edge = float("-inf")
    for name in layer:
        x[name] = max(wished[name], edge + width(name) / 2)
        edge = x[name] + width(name) / 2
    shift = fmean(wished[name] - x[name] for name in layer) if layer else 0.0
    for name in layer:
        x[name] += shift
