"""Short texts in both languages of the page."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The same in Chinese and English."""

    zh: str
    en: str

    def as_json(self) -> dict[str, str]:
        """As the page reads it."""
        return {"zh": self.zh, "en": self.en}
