"""The languages people are spoken and written to in; tags follow BCP 47."""

from __future__ import annotations

from enum import Enum


class Language(Enum):
    """A language of prompts and texts."""

    CHINESE = "zh-CN"
    ENGLISH = "en"

    @classmethod
    def best_match(cls, tag: str | None) -> Language:
        """The language for a tag such as `en-GB` or `zh`; Chinese when it is absent or another."""
        primary = (tag or "").replace("_", "-").partition("-")[0].lower()
        return cls.ENGLISH if primary == "en" else cls.CHINESE
