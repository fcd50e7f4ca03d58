"""Whether the core store answers and knows our token."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.worker import open_core_store
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.domain.errors import DeliveryFailed

_REFUSALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REMEDY: Final = "core_store.url, network and certificate; ratings wait meanwhile, none is lost"


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Ask for a record that does not exist, with the token and without it."""
    settings = patient.settings.core_store
    if settings.kind == "embedded":
        where = patient.settings.worker.web_url or "server.host and server.port"
        words = f"the embedded one, in the gateway's own database; workers reach it at {where}"
        return [sound("core store", words)]
    store = open_core_store(patient.settings, patient.session, ("", ""), patient.clock)
    try:
        known = await store.look(with_token=True)
        unknown = await store.look(with_token=False)
    except DeliveryFailed as failure:
        return [broken("core store", str(failure), _REMEDY)]
    return [judge(known, unknown)]


def judge(known: int, unknown: int) -> Diagnosis:
    """By the status with the token and the one without."""
    seen = f"a GET gives {known} with the token, {unknown} without"
    if known in _REFUSALS:
        return broken("core store", "it does not take the token", "core_store.token", seen)
    if known >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return broken("core store", "it answers with an error of its own", "ask who runs it", seen)
    if HTTPStatus.MULTIPLE_CHOICES <= known < HTTPStatus.BAD_REQUEST:
        remedy = "put the address it sends us to into core_store.url: ratings follow none"
        return broken("core store", "it wants another address", remedy, seen)
    if unknown in _REFUSALS:
        return sound("core store", "it answers and takes the token", seen)
    words = "it answers, but asks nobody for a token when something is read; whether it takes ours, "
    return doubtful("core store", words + "the first rating will tell", "watch: haochaping outbox dead", seen)
