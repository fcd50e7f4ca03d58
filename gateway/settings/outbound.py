"""Settings of the rating calls that the gateway makes itself."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.domain.call_plan import CallPlan
from gateway.domain.rules import QuietHours
from gateway.domain.services import ServiceKind
from gateway.settings.carriers import E164
from gateway.settings.values import Duration, QuietSpan, Section, Timeout, fault


def _check_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    known = [kind.value for kind in ServiceKind if kind is not ServiceKind.HOTLINE]
    for kind in kinds:
        if kind not in known:
            raise fault(f"names {kind!r}, which is not rated so", f"choose from {', '.join(known)}")
    return kinds


def _check_endpoint(endpoint: str) -> str:
    names = re.findall(r"\{([^{}]*)\}", endpoint)
    if endpoint and (len(names) != 1 or names[0] not in ("number", "national") or "/" not in endpoint):
        raise fault("does not say how to reach a number", "write for example PJSIP/{national}@trunk")
    return endpoint


class OutboundSettings(Section):
    """Rating calls to citizens whose services were finished elsewhere (docs/outbound-calls.md)."""

    enabled: bool = Field(default=False, description="Whether anybody is called.")
    kinds: Annotated[tuple[str, ...], AfterValidator(_check_kinds)] = Field(
        ("window", "online", "kiosk"), description="Kinds of services that are rated by a call."
    )
    after: Timeout = Field(timedelta(hours=2), description="How long after completion the first call is due.")
    hours: QuietSpan = Field(
        QuietHours(time(9), time(20)),
        description="When citizens may be called, in their zone, never in `rules.quiet_hours`; a call that "
        "would be later is not made. Empty = outside of `rules.quiet_hours`.",
    )
    tries: int = Field(
        2, ge=1, le=5, description="Calls at most, until somebody is reached or the reminder is due."
    )
    wait: Timeout = Field(timedelta(hours=3), description="After a call that nobody answered.")
    wait_busy: Annotated[Duration, Field(ge=timedelta(minutes=10))] = Field(
        timedelta(minutes=30),
        description="After one that met a busy line; at least 10m.",
    )
    caller_id: E164 = Field(
        "", description="The number that citizens see; empty = `twilio.from_number`. Asterisk needs it."
    )
    endpoint: Annotated[str, AfterValidator(_check_endpoint)] = Field(
        "",
        description="How Asterisk reaches a number: `PJSIP/{national}@trunk`, or `{number}` for the "
        "international form without +.",
    )
    ring_for: Annotated[Duration, Field(ge=timedelta(seconds=10), le=timedelta(seconds=60))] = Field(
        timedelta(seconds=30), description="How long it rings; 10s to 60s."
    )
    most_at_once: int = Field(5, ge=1, le=1000, description="Calls at once, over all processes.")
    per_second: float = Field(
        1.0, gt=0, le=100, allow_inf_nan=False, description="Calls begun a second, over all processes."
    )

    def plan(self) -> CallPlan:
        """The plan as the domain reads it."""
        return CallPlan(
            kinds=frozenset(ServiceKind(kind) for kind in self.kinds),
            after=self.after,
            closed=QuietHours(self.hours.end, self.hours.start) if self.hours else None,
            tries=self.tries,
            wait=self.wait,
            wait_busy=self.wait_busy,
        )
