"""Draws `twiml_schema.json` from the type declarations in Twilio's Node package.

`VoiceResponse.d.ts` and `.js` of that package are generated from Twilio's own schema, which is not published.
To renew: `npm pack twilio@6.2.0`, unpack, then
`python tests/twiml_schema_extract.py package/lib/twiml > tests/twiml_schema.json`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

HEADER = {
    "source": "npm package twilio 6.2.0, lib/twiml/VoiceResponse.d.ts and VoiceResponse.js",
    "licence": "MIT, Copyright (C) 2023, Twilio, Inc. <https://www.twilio.com/help/contact>",
    "made_by": "tests/twiml_schema_extract.py",
}
_ALIAS = re.compile(r"^    type (\w+) = (.+);$", re.MULTILINE)
_INTERFACE = re.compile(r"^    export interface (\w+) \{\n(.*?)^    \}", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(r'^ {8}"?([\w:-]+)"?\?: (.+);$', re.MULTILINE)
_CLASS = re.compile(
    r"^( *)(?:export |declare )?class (\w+) extends [\w.]+ \{\n(.*?)^\1\}", re.MULTILINE | re.DOTALL
)
_CALL = re.compile(
    r'return new VoiceResponse\.(\w+)\(this\.\w+\.ele\("([\w:-]+)", attributes(?:, (\w+))?\)\)'
)
_OVERLOAD = re.compile(r"^ +\w+\(([^)]*)\): VoiceResponse\.(\w+);$", re.MULTILINE)


def extract(folder: Path) -> dict[str, Any]:
    """The schema: named value sets, and elements with attributes, children and text."""
    declared = (folder / "VoiceResponse.d.ts").read_text("utf-8")
    built = (folder / "VoiceResponse.js").read_text("utf-8")
    aliases = {name: sorted(re.findall(r'"([^"]*)"', body)) for name, body in _ALIAS.findall(declared)}
    interfaces = {name: dict(_ATTRIBUTE.findall(body)) for name, body in _INTERFACE.findall(declared)}
    elements: dict[str, Any] = {
        "VoiceResponse": {"tag": "Response", "text": "none", "attributes": {}, "children": {}}
    }
    overloads = {name: _OVERLOAD.findall(body) for _, name, body in _CLASS.findall(declared)}
    for _, parent, body in _CLASS.findall(built):
        entry = elements.setdefault(parent, {"children": {}})
        # `addText` adds text under any node, but only words and markup of Say hold mixed content.
        for child, tag, text in _CALL.findall(body):
            entry["children"][tag] = child
            parameters = [given for given, made in overloads[parent] if made == child]
            attributes = _attributes(parameters, interfaces)
            elements.setdefault(child, {"children": {}}).update(
                tag=tag, attributes=attributes, text=_text(parameters, text)
            )
    return {"header": HEADER, "values": aliases, "elements": dict(sorted(elements.items()))}


def _attributes(parameters: list[str], interfaces: dict[str, dict[str, str]]) -> dict[str, str]:
    named = [
        name for given in parameters for name in re.findall(r"attributes\??: VoiceResponse\.(\w+)", given)
    ]
    return interfaces[named[-1]] if named else {}


def _text(parameters: list[str], text: str) -> str:
    """Whether the element holds text: `required`, `optional` or `none`."""
    if not text:
        return "none"
    return "optional" if any(f"{text}?:" in given for given in parameters) else "required"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(extract(Path(sys.argv[1])), ensure_ascii=False, indent=1) + "\n")
