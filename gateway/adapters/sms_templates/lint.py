"""What `haochaping check` asks of the texts beyond being well-formed: length, signature, options, way out."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final

from gateway.adapters.sms_templates.loading import load_folder
from gateway.adapters.sms_templates.texts import render_template
from gateway.domain.findings import Finding
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.messages import LONGEST_ANSWER, MessageKind, level_name
from gateway.domain.plain_text import one_line
from gateway.domain.redaction import redact
from gateway.domain.segments import count_segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.adapters.sms_templates.loading import MessageTemplate

_USUAL_NAME: Final = "居民身份证换领"
_LONG_NAME: Final = "城乡居民基本养老保险参保人员待遇领取资格认证及跨省关系转移接续申请" * 2
_ENDS: Final = (Level.VERY_SATISFIED, Level.VERY_DISSATISFIED)
_WITH_OPTIONS: Final = {MessageKind.REMINDER, MessageKind.CLARIFICATION}
_ABOUT_HANDLING: Final = {
    MessageKind.HANDLED,
    MessageKind.NOT_ADOPTED,
    MessageKind.HANDLING_CLARIFICATION,
}
"""Questions that a letter is always named for, with the two ends of the scale as their options."""
_WAY_OUT: Final = {
    Language.CHINESE: re.compile(r"退订回复?T|回复?T退订"),
    Language.ENGLISH: re.compile(
        r"\bT ?(=|to) ?(stop|unsubscribe|opt out)\b|\bto stop,? reply T\b", re.IGNORECASE
    ),
}
_LINK: Final = re.compile(r"https?:|www\.|\.(?:cn|com|gov)\b", re.IGNORECASE)


def lint(folder: Path, signature: str) -> list[Finding]:
    """Every fault of the templates in `folder`, those that would stop the start first."""
    loaded = load_folder(folder)
    findings = list(loaded.findings)
    for template in loaded.templates.values():
        findings += (
            Finding(f"{template.path}:1", problem, remedy)
            for problem, remedy in dict.fromkeys(_faults(template, one_line(signature)))
        )
    return findings


def _faults(template: MessageTemplate, signature: str) -> Iterator[tuple[str, str]]:
    mark = f"【{signature}】"
    for variables in _cases(template):
        text = render_template(template, signature, variables)
        if not text.startswith(mark):
            yield "the signature does not come first", "begin with 【{{ signature }}】"
        if len(text.splitlines()) > 1:
            yield "the text has line breaks", "write it on one line"
        yield from _length_faults(template, text, variables)
        yield from _wording_faults(template, text.removeprefix(mark), variables)


def _cases(template: MessageTemplate) -> Iterator[Mapping[str, str]]:
    """Every combination of the shortest, usual and longest values."""
    longest_level = max((level_name(level, template.language) for level in Level), key=len)
    values = {
        "item_name": ("", _USUAL_NAME, _LONG_NAME),
        "letter": ("", "A"),
        "level_name": (longest_level,),
        "additional_days": ("", "365"),
        "answer": ("好" * LONGEST_ANSWER,),
    }
    if template.kind in _ABOUT_HANDLING:
        values["letter"] = ("R",)
    names = sorted(template.kind.variables)
    for combination in product(*(values[name] for name in names)):
        yield dict(zip(names, combination, strict=True))


def _length_faults(
    template: MessageTemplate, text: str, variables: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    count, limit = count_segments(text), template.kind.segment_limit
    if count.segments > limit:
        problem = f"takes {count.segments} segments ({count.units} {count.encoding} units), allowed {limit}"
        yield problem, "shorten the text or the signature"
    if variables.get("item_name") == _USUAL_NAME and _USUAL_NAME not in text:
        yield "no room for a usual item name", f"leave {len(_USUAL_NAME)} units for {{{{ item_name }}}}"


def _wording_faults(
    template: MessageTemplate, text: str, variables: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if redact(text) != text or _LINK.search(text):
        yield "has a phone number or a link", "carriers take it for advertising; remove it"
    if template.kind.is_unasked and not _WAY_OUT[template.language].search(text):
        yield "does not say how to opt out", "end with 退订回T, in English T=stop"
    if template.kind in _WITH_OPTIONS:
        yield from _option_faults(template, text, variables["letter"])
    if template.kind in _ABOUT_HANDLING:
        for level in _ENDS:
            if not re.search(rf"{variables['letter']}{level.digit}(?!\d)", text):
                yield "an option is missing", f"offer {{{{ letter }}}}{level.digit}"


def _option_faults(template: MessageTemplate, text: str, letter: str) -> Iterator[tuple[str, str]]:
    """Each option must carry its level's own name (R-1).

    Five English names cannot fit one segment behind a Chinese signature: an English reminder may name the
    two ends of the scale alone. The clarification names all five.
    """
    ends_suffice = template.kind is MessageKind.REMINDER and template.language is Language.ENGLISH
    for level in Level:
        marker = f"{letter}{level.digit}"
        gap = " " if template.language is Language.ENGLISH else ""
        option = f"{marker}{gap}{level_name(level, template.language)}"
        shown = re.search(rf"{re.escape(option)}(?![\w])", text)
        if not shown and (marker in text or not ends_suffice or level in _ENDS):
            yield f"option {level.digit} is not as the scale names it", f"write {option}"
