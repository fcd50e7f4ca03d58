"""QR codes (ISO/IEC 18004) drawn as SVG, for authenticators to read from a page."""

from __future__ import annotations

import segno


def as_svg(text: str) -> str:
    """The drawing, black on white whatever the page's colours, to stand within a page."""
    drawn: str = segno.make(text, error="m").svg_inline(
        scale=4, dark="#000", light="#fff", title="QR", svgclass="qr", lineclass=None, omitsize=True
    )
    return drawn
