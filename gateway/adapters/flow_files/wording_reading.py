"""Reads the words of a flow: prompts, variables, conditions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import yaml

from gateway.adapters.flow_files.document import Section
from gateway.domain.flow.conditions import AnyRatingBad, LastRatingBad, SubjectRated, VariableIs
from gateway.domain.flow.wording import Speech, Variable, Wording
from gateway.domain.languages import Language
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from gateway.domain.flow.conditions import Condition

LANGUAGES: Final = {language.value: language for language in Language}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE_IS: Final = re.compile(r"([a-z][a-z0-9_]*) is (\S+)")
_AUDIO: Final = re.compile(r"\w[\w.-]*")
_ON_RATINGS: Final[tuple[Condition, ...]] = (
    LastRatingBad(),
    AnyRatingBad(),
    *(SubjectRated(subject) for subject in SubjectKind),
)
_FIXED: Final = {str(condition): condition for condition in _ON_RATINGS}


def read_name(section: Section, name: str, node: yaml.Node | None = None) -> str:
    """A name of a node, prompt or variable: it stands in URLs, logs and drawings, so it is kept plain."""
    if not _NAME.fullmatch(name):
        section.fail(f"{name!r} is no name", "use small letters, digits and _, a letter first", node)
    return name


def read_condition(section: Section) -> Condition:
    """The condition under `when`."""
    text = section.text("when")
    found = _VARIABLE_IS.fullmatch(text)
    if text in _FIXED:
        return _FIXED[text]
    if found is None:
        remedy = f"write `VARIABLE is VALUE`, {', '.join(f'`{fixed}`' for fixed in _FIXED)}"
        section.fail(f"{text!r} is no condition", remedy, section.keys["when"])
    return VariableIs(found[1], found[2])


def read_optional_condition(section: Section) -> Condition | None:
    """The condition under `when`; None when there is none."""
    return read_condition(section) if "when" in section.keys else None


def read_texts(section: Section) -> dict[Language, str]:
    """The texts of a section that has one for each language."""
    return {LANGUAGES[tag]: section.text(tag) for tag in section.keys if tag in LANGUAGES}


def read_variable(name: str, section: Section) -> Variable:
    """A variable's declaration."""
    section.allow("values", "default", "max_length")
    read_name(section, name)
    values = section.names("values", ())
    return Variable(name, section.text("default", ""), values, section.number("max_length", 0))


def read_wording(name: str, section: Section) -> Wording:
    """A prompt in its languages."""
    section.allow("when", *LANGUAGES)
    read_name(section, name)
    speeches = {
        LANGUAGES[tag]: _read_speech(section, tag, LANGUAGES[tag]) for tag in section.keys if tag in LANGUAGES
    }
    return Wording(name, speeches, read_optional_condition(section))


def _read_speech(section: Section, tag: str, language: Language) -> Speech:
    node = section.keys[tag]
    if isinstance(node, yaml.ScalarNode):
        return Speech(section.scalar(node, f"{tag!r}"), language)
    speech = Section(section.document, node, f"{section.what} in {tag}")
    speech.allow("text", "spoken", "audio", "length")
    spoken = (
        speech.choice(speech.keys["spoken"], LANGUAGES, "language") if "spoken" in speech.keys else language
    )
    audio = speech.text("audio", "")
    if audio and not _AUDIO.fullmatch(audio):
        speech.fail(
            f"{audio!r} is no name of a recording", "name a file without folders", speech.keys["audio"]
        )
    length = speech.seconds("length") if "length" in speech.keys else None
    return Speech(speech.text("text"), spoken, audio, length)
