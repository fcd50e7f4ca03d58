"""Port: a month's figures in the forms in which people want them."""

from __future__ import annotations

from typing import Protocol

from gateway.application.draw_figures import MonthlyFigures


class Reports(Protocol):
    """Writes figures down; every word in them from outside is harmless in each form."""

    def section(self, figures: MonthlyFigures) -> str:
        """HTML with charts, to stand within a page."""
        ...

    def csv(self, figures: MonthlyFigures) -> bytes:
        """Comma-separated values that spreadsheets open as Chinese, and never as formulas."""
        ...

    def workbook(self, figures: MonthlyFigures) -> bytes:
        """A workbook (Office Open XML, ISO/IEC 29500)."""
        ...
