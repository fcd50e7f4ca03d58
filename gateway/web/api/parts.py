"""What the API is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from zoneinfo import ZoneInfo

from gateway.application.describe_service import DescribeService
from gateway.application.note_evaluation import NoteEvaluation, RatingElsewhere
from gateway.application.ports.database import MailOutcome
from gateway.application.ports.documents import Documents
from gateway.application.register_service import RegisterService, ServiceReport
from gateway.application.register_services import RegisterServices
from gateway.application.watch_evaluations import WatchEvaluations
from gateway.domain.agencies import AgencyDirectory
from gateway.telemetry.metrics import Metrics
from gateway.web.api.bearer import BearerTokens

Check: TypeAlias = Callable[[], Awaitable[None]]
"""Returns when something we depend on is there; its error says why not, in words for an operator."""


async def _nothing() -> None:
    """There is nothing to measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """Use cases and facts behind the routes."""

    tokens: BearerTokens
    service_documents: Documents[ServiceReport]
    evaluation_documents: Documents[RatingElsewhere]
    register: RegisterService
    register_many: RegisterServices
    describe: DescribeService
    note: NoteEvaluation
    watch_evaluations: WatchEvaluations
    take_mail: Callable[[bytes], Awaitable[MailOutcome | None]] | None = None
    """Takes an email that came back, as it came; None where no mailbox is configured."""
    agencies: AgencyDirectory
    """Names agencies and flags unknown ones (R-19)."""
    zone: ZoneInfo
    """The city's own, in which times are shown."""
    checks: Mapping[str, Check]
    """What `/readyz` asks, by name."""
    dispensable: Mapping[str, Check] = field(default_factory=dict)
    """What `/readyz` asks too, yet without which we are ready: no name of `checks`."""
    metrics: Metrics
    measure: Callable[[], Awaitable[None]] = field(default=_nothing)
    """Brings figures up to date right before they are told."""
    public_url: str
    """Where callers reach us, for the description's `servers`."""
    version: str
