"""What the settings file and the environment say, key by key, each with the place that said it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from gateway.adapters.toml_text import MalformedToml, TomlText
from gateway.domain.findings import Finding
from gateway.settings.model import PREFIX, Key, fields, holds_list, secret_mark, section_types

CONFIG_VARIABLE: Final = f"{PREFIX}CONFIG"
_FILE: Final = "_file"
_FIELDS: Final = dict(fields())
_SECRETS: Final = {key: mark for key, field in _FIELDS.items() if (mark := secret_mark(field))}
_SECRET_FILES: Final = {Key(key.section, key.name + _FILE): key for key in _SECRETS}
_KNOWN: Final = (*_FIELDS, *_SECRET_FILES)
_VARIABLES: Final = {key.variable: key for key in _KNOWN}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one place says about one key."""

    place: str
    value: object
    in_file: bool = False
    """The value is the path of a file that holds the secret."""


Entries = dict[Key, Entry]


def read_file(path: Path, findings: list[Finding]) -> Entries:
    """The entries of a settings file; adds to `findings` what is wrong with it."""
    try:
        toml = TomlText.read(path)
    except MalformedToml as error:
        findings.append(error.finding)
        return {}
    entries: Entries = {}
    for section, keys in toml.content.items():
        if section not in section_types():
            findings.append(_unknown(toml.place(section), f"section {section!r}", section, section_types()))
        elif not isinstance(keys, Mapping):
            remedy = f"write [{section}] and its keys below"
            findings.append(Finding(toml.place(section), f"{section!r} is no section", remedy))
        else:
            for name, value in keys.items():
                _add_from_file(entries, Key(section, name), Entry(toml.place(section, name), value), findings)
    return entries


def read_environment(environ: Mapping[str, str], findings: list[Finding]) -> Entries:
    """The entries of the environment; adds to `findings` what is wrong with it."""
    entries: Entries = {}
    for variable in sorted(environ):
        if not variable.upper().startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        key = _VARIABLES.get(variable)
        if key is None:
            known = (*_VARIABLES, CONFIG_VARIABLE)
            findings.append(_unknown(variable, "variable", variable.upper(), known))
            continue
        text = environ[variable]
        if key in _SECRET_FILES:
            # Compose files pass on what is unset as empty text.
            if text:
                _add(entries, _SECRET_FILES[key], Entry(variable, text, in_file=True), findings)
        elif not holds_list(_FIELDS[key]):
            _add(entries, key, Entry(variable, text), findings)
        elif (items := _list(variable, text, findings)) is not None:
            _add(entries, key, Entry(variable, items), findings)
    return entries


def resolve(entries: Entries, findings: list[Finding]) -> Entries:
    """The same entries with the secrets that stand in files of their own read in."""
    return {
        key: replace(entry, value=_secret(key, entry, findings)) if entry.in_file else entry
        for key, entry in entries.items()
    }


def _add_from_file(entries: Entries, key: Key, entry: Entry, findings: list[Finding]) -> None:
    if key in _FIELDS:
        mark = _SECRETS.get(key)
        if mark and mark.only_outside and entry.value not in ("", []):
            remedy = f"move it to the variable {key.variable}, or to a file named by {key.name}{_FILE}"
            problem = f"{key.name} is a secret and may not stand in this file"
            findings.append(Finding(entry.place, problem, remedy))
        _add(entries, key, entry, findings)
    elif key in _SECRET_FILES:
        _add(entries, _SECRET_FILES[key], Entry(entry.place, entry.value, in_file=True), findings)
    else:
        names = (known.name for known in _KNOWN if known.section == key.section)
        findings.append(_unknown(entry.place, f"key {key.name!r} in [{key.section}]", key.name, names))


def _add(entries: Entries, key: Key, entry: Entry, findings: list[Finding]) -> None:
    other = entries.get(key)
    if other is not None:
        problem = f"{key} is given twice, here and at {other.place}"
        findings.append(Finding(entry.place, problem, "keep one of the two"))
    entries[key] = entry


def _unknown(place: str, what: str, name: str, known: Iterable[str]) -> Finding:
    near = get_close_matches(name, list(known), n=1)
    remedy = f"write {near[0]}, or take it out" if near else "take it out; see docs/configuration.md"
    return Finding(place, f"unknown {what}", remedy)


def _list(variable: str, text: str, findings: list[Finding]) -> list[object] | None:
    if not text.strip():
        return []
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, list):
        return value
    findings.append(Finding(variable, "is no list in JSON", 'write for example ["one", "two"]'))
    return None


def _secret(key: Key, entry: Entry, findings: list[Finding]) -> object:
    text = ""
    try:
        text = Path(str(entry.value)).read_text(encoding="utf-8").strip()
        reason = "it is empty"
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "not readable as text").lower()
    if not text:
        remedy = "name a file that holds it and that this user can read"
        findings.append(Finding(entry.place, f"the file for {key} cannot be used ({reason})", remedy))
    return text.split() if holds_list(_FIELDS[key]) else text
