"""Rendering of messages to citizens by Jinja2 templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.adapters.sms_templates.loading import SIGNATURE, load_folder
from gateway.domain.errors import ConfigurationError
from gateway.domain.plain_text import one_line
from gateway.domain.segments import count_segments, fit, utf16_units

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.adapters.sms_templates.loading import MessageTemplate
    from gateway.domain.languages import Language
    from gateway.domain.messages import MessageKind

_SHORTENED: Final = "item_name"
"""The only value of free length; it gives way so that the text keeps its segments."""
_SINGLE_UNITS: Final = 70
_PART_UNITS: Final = 67


class JinjaMessageTexts:
    """`MessageTexts` from a folder of `<language>/<kind>.j2` files.

    Everything is compiled and tried at construction; rendering afterwards touches no file.

    Raises:
        ConfigurationError: a template is missing, misspelt or faulty; names `file:line`.

    """

    def __init__(self, folder: Path, signature: str) -> None:
        loaded = load_folder(folder)
        if loaded.findings:
            first = loaded.findings[0]
            raise ConfigurationError(f"{first.problem}, {first.remedy}", place=first.place)
        self._templates = loaded.templates
        self._signature = one_line(signature)

    def render(self, kind: MessageKind, language: Language, variables: Mapping[str, str]) -> str:
        """See the port. The item name is shortened with … until the text keeps `kind.segment_limit`."""
        return render_template(self._templates[kind, language], self._signature, variables)


def render_template(template: MessageTemplate, signature: str, variables: Mapping[str, str]) -> str:
    """The text of one message; raises ValueError when a variable of its kind is missing."""
    missing = template.kind.variables - variables.keys()
    if missing:
        raise ValueError(f"{template.kind.value}: no value for {', '.join(sorted(missing))}")
    values = {name: one_line(variables[name]) for name in template.kind.variables} | {SIGNATURE: signature}
    limit = template.kind.segment_limit
    # A pair at the seam moves on whole and leaves one unit of the part unused.
    capacity = _SINGLE_UNITS if limit == 1 else limit * _PART_UNITS - (limit - 1)
    text = template.compiled.render(values).strip()
    while count_segments(text).segments > limit and values.get(_SHORTENED):
        name = values[_SHORTENED]
        excess = max(1, utf16_units(text) - capacity)
        values[_SHORTENED] = fit(name, utf16_units(name) - excess)
        text = template.compiled.render(values).strip()
    return text
