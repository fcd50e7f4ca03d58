"""Whether Redis answers, where one is configured."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Diagnosis, broken, sound
from gateway.domain.errors import Unavailable


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """It takes what we publish and hands out turns; what it persists is its own affair."""
    url = patient.settings.redis.url.get_secret_value()
    if not url:
        return [sound("redis", "none is configured: one process needs none, several look by themselves")]
    from gateway.adapters.coordination.redis_state import redis_state

    try:
        state = await redis_state(url)
    except Unavailable as error:
        remedy = "see docs/runbook.md, Redis away; nothing is lost meanwhile"
        return [
            broken(
                "redis",
                "it does not serve: processes neither wake each other nor share paces",
                remedy,
                str(error),
            )
        ]
    told = [
        f"Redis {state.version or 'of unknown version'}",
        *(f"{name} {value or 'none'}" for name, value in state.settings.items()),
    ]
    words = "it serves; it holds no facts, so that neither persistence nor an eviction policy matters"
    return [sound("redis", words, ", ".join(told))]
