"""The drawing in the documents is the table's."""

from __future__ import annotations

from docs.follow_up_drawing import PAGE, drawn
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.drawing import to_mermaid


def test_the_committed_drawing_is_current() -> None:
    """After a change of the moves, docs/follow_up_drawing.py has to be run."""
    page = PAGE.read_text(encoding="utf-8")

    assert drawn(page) == page
    assert to_mermaid() in page


def test_every_state_is_drawn_with_its_chinese_name() -> None:
    """Agencies and developers speak of the same states."""
    drawing = to_mermaid()

    assert all(f'"{state.name_zh} ' in drawing for state in FollowUpState)
