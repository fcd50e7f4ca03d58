"""Draws the table of moves as a Mermaid state diagram, for the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.moves import MOVES

if TYPE_CHECKING:
    from gateway.domain.handling.moves import Move


def to_mermaid() -> str:
    """The states and what leads from one to the next; acts that leave the state as it is are left out."""
    lines = ["stateDiagram-v2"]
    lines += [
        f'  state "{state.name_zh} {state.value.replace("_", " ")}" as {state.value}'
        for state in FollowUpState
    ]
    lines.append(f"  [*] --> {FollowUpState.OPENED.value}")
    arrows: dict[tuple[FollowUpState, FollowUpState], list[str]] = {}
    for move in MOVES:
        for state in FollowUpState:
            if state in move.where and move.to is not None and move.to is not state:
                arrows.setdefault((state, move.to), []).append(_label(move))
    lines += [f"  {a.value} --> {b.value}: {', '.join(labels)}" for (a, b), labels in arrows.items()]
    lines.append(f"  {FollowUpState.CLOSED.value} --> [*]")
    return "\n".join(lines) + "\n"


def _label(move: Move) -> str:
    words = move.act.value.replace("_", " ")
    return f"{words} ({move.variant})" if move.variant else words
