"""Where rating calls are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.calls import CallEnding
from gateway.domain.ids import CallId, InvitationId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.subjects import SubjectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """A rating call."""

    call_id: CallId
    service_id: ServiceId
    visit_no: int
    flow: str
    language: Language
    variables: Mapping[str, str]
    asked: frozenset[SubjectKind]
    started_at: datetime
    ran_out_of_tries: bool = False
    ended_at: datetime | None = None
    ending: CallEnding | None = None


@dataclass(frozen=True, slots=True)
class CallPlace:
    """What a call is about, as known now."""

    service_id: ServiceId
    visit_no: int
    invitation_id: InvitationId
    variables: Mapping[str, str]
    has_ended: bool
    """Whether the call's end was reported: carriers may report it before its last key."""


class Calls(Protocol):
    """Rating calls."""

    async def places(self, call_ids: Collection[CallId]) -> dict[CallId, CallPlace]:
        """What calls are about, each locked; the invitation is the service's present one."""
        ...

    async def get(self, call_id: CallId) -> StoredCall | None:
        """One call."""
        ...

    async def lock(self, call_id: CallId) -> StoredCall | None:
        """One call that nobody else changes until this transaction ends."""
        ...

    async def add(self, call: StoredCall) -> None:
        """A new call.

        Raises:
            AlreadyRecorded: the same call arrived at another node at the same moment.

        """
        ...

    async def update(self, call: StoredCall) -> None:
        """The same call, later."""
        ...

    async def unended(self, before: datetime, limit: int) -> list[StoredCall]:
        """Calls that began before and whose end nobody reported."""
        ...
