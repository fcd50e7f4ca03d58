"""How many files and connections a process may have open."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from typing import Final

from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound

_ENOUGH: Final = 4_096
_TOO_FEW: Final = 512


async def examine(_patient: Patient) -> Sequence[Diagnosis]:
    """The limit of this shell, which the service's may differ from."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [judge(limit)]


def judge(limit: int) -> Diagnosis:
    """Each caller, each delivery and each database connection takes one."""
    unlimited = limit == resource.RLIM_INFINITY
    seen = f"limit here: {'none' if unlimited else limit}"
    if unlimited or limit >= _ENOUGH:
        return sound("limits", "enough files and connections may be open", seen)
    remedy = "LimitNOFILE=65536 in the unit, or ulimit -n 65536"
    finding = "few files and connections may be open at once"
    return (broken if limit < _TOO_FEW else doubtful)("limits", finding, remedy, seen)
