"""Whether a PBX can make rating calls: its trunk, and its ear for answering machines."""

from __future__ import annotations

from typing import Any

from gateway.adapters.providers.asterisk.transport import AriClient, AriError
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.settings import Settings


async def examine_outgoing(check: str, ari: AriClient, settings: Settings) -> list[Diagnosis]:
    """What is seen by its REST interface; nobody is called. Modules that it has not loaded tell nothing."""
    if not settings.outbound.enabled or ari.url != settings.asterisk.url:
        return []
    endpoint = settings.outbound.endpoint
    found = [
        *await _trunk(check, ari, endpoint),
        *await _machines(check, ari),
    ]
    return found or [sound(check, "it can make rating calls", endpoint)]


async def _trunk(check: str, ari: AriClient, endpoint: str) -> list[Diagnosis]:
    technology, name = _trunk_of(endpoint)
    known = await _seen(ari, "endpoints")
    if technology.lower() == "local" or not isinstance(known, list):
        return []
    states = {(str(each["technology"]).lower(), each["resource"]): each.get("state") for each in known}
    state = states.get((technology.lower(), name), "")
    if not state:
        remedy = f"outbound.endpoint, or the endpoint {name} in {technology.lower()}.conf"
        return [broken(check, f"it has no trunk {name}: nobody can be called", remedy, endpoint)]
    if state == "offline":
        remedy = f"address and registration of the trunk: {technology.lower()} show endpoint {name}"
        return [doubtful(check, f"its trunk {name} is away: calls fail", remedy, endpoint)]
    return []


def _trunk_of(endpoint: str) -> tuple[str, str]:
    """Technology and name: `PJSIP/{number}@trunk`, `PJSIP/trunk/sip:{number}@host`, `IAX2/trunk/{number}`."""
    technology, _, rest = endpoint.partition("/")
    first, slash, _ = rest.partition("/")
    return technology, first if slash and "{" not in first else rest.rpartition("@")[2]


async def _machines(check: str, ari: AriClient) -> list[Diagnosis]:
    core = await _seen(ari, "asterisk", "modules", "app_stasis.so")
    if core is None or await _seen(ari, "asterisk", "modules", "app_amd.so") is not None:
        return []
    finding = "answering machines are not listened for: each counts as a person"
    return [doubtful(check, finding, "amd.conf beside the others, then: module load app_amd.so")]


async def _seen(ari: AriClient, *path: str) -> Any:  # noqa: ANN401 - JSON of either shape
    """The answer, None where there is none."""
    try:
        return await ari.ask("GET", *path)
    except AriError:
        return None
