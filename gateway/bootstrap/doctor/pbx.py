"""Whether the hotline's PBX can be led, hands its calls to us, and finds what it is to play."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.adapters.providers.asterisk.transport import AriClient, AriError, NotThereError
from gateway.bootstrap.doctor.outgoing import examine_outgoing
from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.pbx import ari_clients, uses_pbx
from gateway.bootstrap.prompts import apology_file, take_inventories
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.domain.languages import Language
from gateway.settings import Settings

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MARGIN_SECONDS: Final = 15
"""After our own limit Asterisk is told to end a call; the dial plan's ceiling comes after both."""
_NOBODY: Final = "haochaping-doctor"
"""A channel that never was: what is asked of it changes nothing, and tells whether it may be asked."""


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Each Asterisk by its REST interface; nothing is called, played or changed."""
    settings = patient.settings
    if not uses_pbx(settings):
        return []
    found: list[Diagnosis] = []
    for ari in ari_clients(settings):
        found += [diagnosis async for diagnosis in _asterisk(ari, settings)]
    return [*found, *await _prompts(patient), *_readable(settings)]


async def _asterisk(ari: AriClient, settings: Settings) -> AsyncIterator[Diagnosis]:
    check = f"pbx {ari.name}"
    try:
        try:
            info = await ari.ask("GET", "asterisk", "info", only="system")
        except AriError as error:
            yield _unreachable(check, error)
            return
        yield sound(check, "its REST interface takes the login", f"Asterisk {info['system']['version']}")
        for diagnosis in (*_open_wire(check, ari.url), *await _rights(check, ari)):
            yield diagnosis
        yield await _application(check, ari)
        for diagnosis in (
            *await _dial_plan(check, ari, settings),
            *await examine_outgoing(check, ari, settings),
        ):
            yield diagnosis
    finally:
        await ari.aclose()


def _unreachable(check: str, error: AriError) -> Diagnosis:
    if isinstance(error, NotThereError):
        remedy = "enabled = yes in ari.conf and http.conf; asterisk.url ends in /ari"
        return broken(check, "answers, but has no REST interface there", remedy, str(error))
    if "refuses" in str(error):
        return broken(check, "does not take the login", "asterisk.username and password, as in ari.conf")
    remedy = (
        "asterisk.url, bindaddr and bindport in http.conf, firewall; callers hear the dial plan's fallback"
    )
    return broken(check, "cannot be reached", remedy, str(error))


def _open_wire(check: str, url: str) -> Iterator[Diagnosis]:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        finding = "the login, which can call anybody, crosses the network unprotected"
        yield doubtful(check, finding, "TLS in http.conf and https in asterisk.url; see docs/pbx/README.md")


async def _rights(check: str, ari: AriClient) -> Sequence[Diagnosis]:
    with suppress(NotThereError):
        try:
            await ari.ask("POST", "channels", _NOBODY, "answer")
        except NotThereError:
            raise
        except AriError as error:
            return [broken(check, "the user may only look", "read_only = no in ari.conf", str(error))]
    return []


async def _application(check: str, ari: AriClient) -> Diagnosis:
    try:
        await ari.ask("GET", "applications", ari.app)
    except AriError:
        remedy = "start the gateway (serve); until then callers hear the dial plan's fallback"
        return doubtful(check, f"no gateway is connected as {ari.app}", remedy)
    return sound(check, f"a gateway is connected as {ari.app}")


async def _dial_plan(check: str, ari: AriClient, settings: Settings) -> Sequence[Diagnosis]:
    """What the dial plan's own settings say, where it includes the delivered haochaping.conf."""
    apps = [app for name in ("APP", "SECOND_APP") if (app := await _global(ari, name))]
    if not apps:
        finding = "whether the dial plan has a fallback is not to be seen"
        remedy = "include docker/asterisk/haochaping.conf, or make sure by: dialplan show"
        return [doubtful(check, finding, remedy, "no global variable HAOCHAPING_APP")]
    found: list[Diagnosis] = []
    if ari.app not in apps:
        finding = f"the dial plan gives its calls to others than {ari.app}"
        found.append(
            broken(check, finding, "HAOCHAPING_APP in extensions.conf, or asterisk.app", ", ".join(apps))
        )
    seen, due = await _global(ari, "SOUNDS"), _seen_folder(settings)
    if Path(seen) != due:
        finding = "the dial plan's fallback would be silent: it looks for sounds elsewhere"
        remedy = f"HAOCHAPING_SOUNDS = {due} in extensions.conf, or asterisk.sounds"
        found.append(broken(check, finding, remedy, f"HAOCHAPING_SOUNDS = {seen}"))
    found += _ceiling(check, await _global(ari, "CEILING"), settings)
    return found or [sound(check, "the dial plan gives its calls to this gateway, and has a fallback")]


def _ceiling(check: str, ceiling: str, settings: Settings) -> Iterator[Diagnosis]:
    least = int(settings.asterisk.longest_call.total_seconds()) + _MARGIN_SECONDS
    if not ceiling.isdecimal() or int(ceiling) <= least:
        finding = "the dial plan's own limit does not come after the gateway's"
        remedy = f"HAOCHAPING_CEILING in extensions.conf: more than {least}"
        yield doubtful(check, finding, remedy, f"HAOCHAPING_CEILING = {ceiling or 'nothing'}")


async def _global(ari: AriClient, name: str) -> str:
    """A global variable of the dial plan; empty when there is none."""
    try:
        answer = await ari.ask("GET", "asterisk", "variable", variable=f"HAOCHAPING_{name}")
    except AriError:
        return ""
    return str(answer.get("value", ""))


def _seen_folder(settings: Settings) -> Path:
    return Path(settings.asterisk.sounds or settings.prompts.folder.absolute())


async def _prompts(patient: Patient) -> Sequence[Diagnosis]:
    """Every prompt of the flow in use has its audio."""
    flow = patient.settings.voice.flow
    taken = [each for each in await take_inventories(patient.config, build=False) if each.flow.name == flow]
    faults = [finding for each in taken for finding in each.findings]
    if faults:
        return [broken("prompts", f"{each.place}: {each.problem}", each.remedy) for each in faults]
    synthetic = sum(item.origin.value == "synthetic" for each in taken for item in each.items)
    count = sum(len(each.items) for each in taken)
    return [sound("prompts", "every prompt has its audio", f"{count} prompts, {synthetic} of them synthetic")]


def _readable(settings: Settings) -> Iterator[Diagnosis]:
    """Whether another user, such as Asterisk's, may read the audio; where it is seen from here."""
    file = apology_file(settings, Language.CHINESE)
    if _seen_folder(settings) != file.parent or not file.is_file():
        return
    closed = [folder for folder in file.parents if not folder.stat().st_mode & stat.S_IXOTH]
    if not file.stat().st_mode & stat.S_IROTH:
        closed.append(file)
    if closed:
        finding = "Asterisk may not be able to read the audio"
        remedy = f"let its user into {closed[-1]} (chmod o+x for folders, o+r for files)"
        yield doubtful("prompts", finding, remedy, f"closed to others: {', '.join(map(str, closed))}")
