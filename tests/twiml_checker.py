"""Checks TwiML against Twilio's schema (`twiml_schema.json`) and the rules that its documentation adds.

The schema knows nesting, attributes, value sets, voices and languages. Added from the pages of each verb:
ranges, characters of `finishOnKey`, URLs, length of spoken text, and which voice speaks which language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit
from xml.etree import ElementTree as ET

_SCHEMA: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("twiml_schema.json").read_text("utf-8"))
_ELEMENTS: Final[dict[str, Any]] = _SCHEMA["elements"]
_VALUES: Final[dict[str, list[str]]] = _SCHEMA["values"]
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_LONGEST_SAY: Final = 4500
"""URL-encoded (twilio.com/docs/api/errors/13521)."""
_POLLY_LANGUAGES: Final = {"Polly.Zhiyu": {"cmn-CN", "zh-CN"}, "Polly.Joanna": {"en-US"}}
"""From the table of voices (twilio.com/docs/voice/twiml/say/text-speech); others are not judged."""


def _one_key_or_none(value: str) -> bool:
    return value == "" or (len(value) == 1 and value in "0123456789#*")


def _keys(value: str) -> bool:
    return all(key in "0123456789#*" for key in value)


def _between(least: int, most: int) -> Callable[[str], bool]:
    return lambda value: value.isascii() and value.isdigit() and least <= int(value) <= most


def _url(value: str) -> bool:
    parts = urlsplit(value)
    return bool(value) and parts.scheme in {"", "http", "https"} and not re.search(r"[\s<>\"]", value)


_RULES: Final[dict[tuple[str, str], Callable[[str], bool]]] = {
    ("Gather", "finishOnKey"): _one_key_or_none,
    ("Gather", "numDigits"): _between(1, 1000),
    ("Gather", "timeout"): _between(1, 600),
    ("Gather", "action"): _url,
    ("Record", "finishOnKey"): _keys,
    ("Record", "maxLength"): _between(1, 14400),
    ("Record", "timeout"): _between(0, 600),
    ("Record", "action"): _url,
    ("Pause", "length"): _between(0, 600),
    ("Say", "loop"): _between(0, 1000),
    ("Play", "loop"): _between(0, 1000),
}


def twiml_faults(document: str) -> list[str]:
    """What Twilio would refuse or misread in a voice document, each with its place; empty if nothing."""
    if not document.startswith("<"):
        return ["something stands before the root element (12100)"]
    try:
        root = ET.fromstring(document)  # noqa: S314 - documents that the tests themselves asked for
    except ET.ParseError as error:
        return [f"not well-formed XML: {error}"]
    if root.tag != "Response":
        return [f"the root is <{root.tag}>, not <Response>"]
    return list(_faults(root, "VoiceResponse", "Response"))


def assert_twiml(document: str) -> None:
    """Fail the test with every fault of the document."""
    faults = twiml_faults(document)
    assert not faults, "\n".join([*faults, document])


def _faults(element: ET.Element, kind: str, place: str) -> Iterator[str]:
    model = _ELEMENTS[kind]
    yield from _attribute_faults(element, model, place)
    yield from _text_faults(element, model, place)
    for number, child in enumerate(element, start=1):
        child_place = f"{place}/{child.tag}[{number}]"
        if child.tag in model["children"]:
            yield from _faults(child, model["children"][child.tag], child_place)
        else:
            yield f"{child_place}: not allowed inside <{element.tag}>"


def _attribute_faults(element: ET.Element, model: dict[str, Any], place: str) -> Iterator[str]:
    for written, value in element.attrib.items():
        name = "xml:lang" if written == _XML_LANG else written
        if name not in model["attributes"]:
            yield f"{place}@{name}: no such attribute"
            continue
        declared = model["attributes"][name]
        rule = _RULES.get((element.tag, name))
        if not _fits(declared, value) or (name.lower().endswith("method") and value not in {"GET", "POST"}):
            yield f"{place}@{name}: {value!r} is no {declared}"
        elif rule is not None and not rule(value):
            yield f"{place}@{name}: {value!r} is out of what Twilio takes"
    spoken = _POLLY_LANGUAGES.get(element.get("voice", ""))
    if spoken and element.get("language", "") not in {"", *spoken}:
        yield f"{place}: {element.get('voice')} does not speak {element.get('language')} (13520)"


def _fits(declared: str, value: str) -> bool:
    if declared.endswith("[]"):
        values = value.split(" ")
        return bool(value) and all(_fits(declared[:-2], each) for each in values)
    match declared:
        case "string":
            return True
        case "boolean":
            return value in {"true", "false"}
        case "number":
            return re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII) is not None
        case _:
            return value in _VALUES[declared]


def _text_faults(element: ET.Element, model: dict[str, Any], place: str) -> Iterator[str]:
    text = "".join((element.text or "", *(child.tail or "" for child in element)))
    if model["text"] == "none":
        if text.strip():
            yield f"{place}: holds text, which is not read"
        return
    whole = "".join(element.itertext())
    silent_play = element.tag == "Play" and not element.get("digits")
    if not whole.strip() and (model["text"] == "required" or silent_play):
        yield f"{place}: is empty"
    if element.tag == "Say" and len(quote_plus(whole)) > _LONGEST_SAY:
        yield f"{place}: longer than {_LONGEST_SAY} URL-encoded characters (13521)"
    if element.tag in {"Redirect", "Play"} and text.strip() and not _url(text.strip()):
        yield f"{place}: {text!r} is no URL"
