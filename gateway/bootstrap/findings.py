"""Everything wrong with an installation's files, found at once, before a start would stumble over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.adapters.agency_file import agency_findings
from gateway.adapters.core_store.profile_files import find_profile, load_profile
from gateway.adapters.sms_templates import lint
from gateway.bootstrap.flows import flow_findings, flow_paths, load_flow, recorded_flow
from gateway.bootstrap.folders import data_file, data_folder, profile_folders
from gateway.bootstrap.keys import require_keys
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings, SettingsError, load_settings


def find_faults(config: Path | None) -> list[str]:
    """One line for each fault of settings, agencies, flows, texts and profile: where, what, remedy.

    What the settings name is looked at even when another part of them is wrong.
    """
    faults: list[str] = []
    try:
        settings = load_settings(config)
    except SettingsError as error:
        faults += map(str, error.findings)
        settings = error.usable
    for look in (_keys, _agencies, _flows, _texts, _profile):
        faults += _told(look, settings)
    return list(dict.fromkeys(faults))


def _told(look: Callable[[Settings], Iterator[str]], settings: Settings) -> Iterator[str]:
    try:
        yield from look(settings)
    except ConfigurationError as error:
        yield from str(error).splitlines()


def _keys(settings: Settings) -> Iterator[str]:
    require_keys(settings)
    yield from ()


def _agencies(settings: Settings) -> Iterator[str]:
    yield from map(str, agency_findings(data_file(settings.agencies.file)))


def _flows(settings: Settings) -> Iterator[str]:
    paths = flow_paths()
    for path in paths.values():
        findings = flow_findings(path)
        yield from map(str, findings)
        if not findings:
            yield from map(str, recorded_flow(load_flow(path), settings.prompts.recordings)[1])
    if settings.voice.flow not in paths:
        yield f"voice.flow: there is no flow {settings.voice.flow!r}, write one of: {', '.join(paths)}"


def _texts(settings: Settings) -> Iterator[str]:
    yield from map(str, lint(data_folder("sms_templates"), settings.sms.signature))


def _profile(settings: Settings) -> Iterator[str]:
    load_profile(find_profile(settings.core_store.profile, *profile_folders()))
    yield from ()
