"""Port: the words of messages to citizens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.languages import Language
    from gateway.domain.messages import MessageKind


class MessageTexts(Protocol):
    """Renders what is sent to a citizen."""

    def render(self, kind: MessageKind, language: Language, variables: Mapping[str, str]) -> str:
        """The text of one message, signature first, on one line, within `kind.segment_limit` segments.

        `variables` gives at least `kind.variables`; values come from outside and are made harmless here.

        Raises:
            ValueError: a variable is missing (a mistake of the caller).

        """
        ...
