"""Reads the settings: defaults, one TOML file over them, the environment over that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.settings.cross_checks import contradictions
from gateway.settings.entries import CONFIG_VARIABLE, Entries, read_environment, read_file, resolve
from gateway.settings.model import Key, Settings, secret_mark, section_types
from gateway.settings.spelling import spelled

_CONSEQUENCE: Final = "default_factory_not_called"
"""A default that could not be derived because another key is wrong, which is told already."""
DEFAULT_FILE: Final = Path("config/gateway.toml")


class SettingsError(ConfigurationError):
    """The settings cannot be used; `findings` names every fault, one line each when printed.

    `usable` are the settings with every faulty key at its default, for looking at what else may be wrong.
    """

    def __init__(self, findings: Iterable[Finding], usable: Settings) -> None:
        self.findings = tuple(findings)
        self.usable = usable
        super().__init__("\n".join(map(str, self.findings)))


def load_settings(config: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force.

    The file is `config`, else the one that $HAOCHAPING_CONFIG names, else `config/gateway.toml` when
    there is one. The environment goes over the file. Relative paths start from the working directory.

    Raises:
        SettingsError: with everything that is wrong, each with its place and remedy.

    """
    findings: list[Finding] = []
    path = config or _named_file(environ)
    entries = read_file(path, findings) if path else {}
    entries |= read_environment(environ, findings)
    settings, faults = _validate(resolve(entries, findings))
    findings += faults
    if findings:
        raise SettingsError(sorted(findings, key=_reading_order), settings)
    return settings


def secret_files(config: Path | None = None, environ: Mapping[str, str] = os.environ) -> dict[Key, Path]:
    """The files that hold secrets of the settings in force, by the key that each is for."""
    path = config or _named_file(environ)
    entries = (read_file(path, []) if path else {}) | read_environment(environ, [])
    return {key: Path(str(entry.value)) for key, entry in entries.items() if entry.in_file}


def _named_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _validate(entries: Entries) -> tuple[Settings, list[Finding]]:
    """The settings and what is wrong with them; what is wrong is left at its default in them.

    So the cross checks see the rest even when one key cannot be read.
    """
    try:
        settings, faulty, findings = Settings.model_validate(_nested(entries)), set[Key](), list[Finding]()
    except ValidationError as error:
        details = error.errors(include_url=False)
        faulty = {Key(str(detail["loc"][0]), str(detail["loc"][1])) for detail in details}
        findings = [_finding(detail, entries) for detail in details if detail["type"] != _CONSEQUENCE]
        good = {key: entry for key, entry in entries.items() if key not in faulty}
        settings = Settings.model_validate(_nested(good))
    for found in contradictions(settings):
        told = {found.chosen, found.missing} & faulty or _came_from_file(found.missing, entries)
        if not told:
            findings.append(Finding(_place(found.chosen, entries), found.problem, found.remedy))
    return settings, findings


def _nested(entries: Entries) -> dict[str, dict[str, object]]:
    nested: dict[str, dict[str, object]] = {}
    for key, entry in entries.items():
        nested.setdefault(key.section, {})[key.name] = entry.value
    return nested


def _place(key: Key, entries: Entries) -> str:
    entry = entries.get(key)
    return entry.place if entry else str(key)


def _came_from_file(key: Key, entries: Entries) -> bool:
    """Whether the key's value was looked for in a file of its own, which told its faults when read."""
    return key in entries and entries[key].in_file


def _finding(detail: ErrorDetails, entries: Entries) -> Finding:
    """The finding for one fault of the validation; never repeats a value, which may be a secret."""
    section, name, *within = detail["loc"]
    key = Key(str(section), str(name))
    context = detail.get("ctx", {})
    if "remedy" in context:
        return Finding(_place(key, entries), f"{key} {context['problem']}", str(context["remedy"]))
    problem = detail["msg"][:1].lower() + detail["msg"][1:]
    if within:
        problem += f" (entry {within[0]}, counted from 0)"
    return Finding(_place(key, entries), f"{key}: {problem}", _remedy(key))


def _remedy(key: Key) -> str:
    field = section_types()[key.section].model_fields[key.name]
    default = field.get_default()
    if secret_mark(field) is not None or default in ("", None, ()):
        return f"see {key} in docs/configuration.md"
    return f"write a value such as {spelled(default)}"


def _reading_order(finding: Finding) -> tuple[bool, str, int]:
    """Lines of the file from top to bottom, then variables by name."""
    path, _, line = finding.place.rpartition(":")
    return (not line.isdigit(), path or finding.place, int(line) if line.isdigit() else 0)
