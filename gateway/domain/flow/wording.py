"""The words of a flow: prompts in every language, as text and as a recording, and what fills them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from gateway.domain.flow.conditions import Condition
    from gateway.domain.languages import Language

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Speech:
    """A prompt in one language."""

    text: str
    """May name variables in braces: `{item_name}`."""
    spoken: Language
    """The language of the voice; another than the call's for "For English, press 9"."""
    audio: str = ""
    """Name of a recording that is played instead of the text; empty for none."""
    length: timedelta | None = None
    """Declared length of the recording."""

    @property
    def variables(self) -> frozenset[str]:
        """Names of the variables in the text."""
        return frozenset(_PLACEHOLDER.findall(self.text))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with its variables' values; one without a value is left out."""
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), self.text)


@dataclass(frozen=True, slots=True)
class Wording:
    """A prompt: what is said, in each language, and when."""

    name: str
    speeches: Mapping[Language, Speech]
    when: Condition | None = None
    """Only said when this holds; None = always."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What a flow may know of the service when a call starts."""

    name: str
    default: str
    values: tuple[str, ...] = ()
    """The values it can have; empty = any text, up to `max_length` characters."""
    max_length: int = 0

    def accepted(self, value: str | None) -> str:
        """The value as the flow takes it: the default for none or an unknown one, a long text cut."""
        if value is None or (self.values and value not in self.values):
            return self.default
        return value if self.values else value[: self.max_length]
