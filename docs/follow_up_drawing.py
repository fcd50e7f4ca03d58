"""Writes the drawing of `docs/follow-ups.md` from the table of moves; run it when that changes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.domain.handling.drawing import to_mermaid

PAGE: Final = Path(__file__).parent / "follow-ups.md"
_BEGIN: Final = "<!-- drawing: written by docs/follow_up_drawing.py -->"
_END: Final = "<!-- end of drawing -->"


def drawn(page: str) -> str:
    """The page with the drawing as the code has it now."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n```mermaid\n{to_mermaid()}```\n\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote docs/{PAGE.name}")
