"""What the demonstration's page is built on, handed over by whoever wires the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.application.ports.database import Database
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.phone_numbers import PhoneNumber
from gateway.web.demo.timeline import Timeline


class SkippingClock(Protocol):
    """A clock that the page can move forward."""

    def now(self) -> datetime:
        """The moment it shows, aware."""
        ...

    def advance(self, by: timedelta) -> datetime:
        """Move forward; the new moment."""
        ...


class HandsetText(Protocol):
    """A text that the demo carrier brought to a citizen."""

    @property
    def message_id(self) -> str:
        """The carrier's id, as receipts name it."""
        ...

    @property
    def to(self) -> PhoneNumber:
        """Whose handset it is on."""
        ...

    @property
    def line(self) -> str:
        """The line it came from."""
        ...

    @property
    def body(self) -> str:
        """Its words."""
        ...

    @property
    def sent_at(self) -> datetime:
        """When it was handed to the carrier."""
        ...


class Handset(Protocol):
    """What the demo carrier has brought to citizens."""

    @property
    def name(self) -> str:
        """The carrier's name in receipts."""
        ...

    @property
    def sent(self) -> Sequence[HandsetText]:
        """The texts, oldest first."""
        ...


StoredRecords = Callable[[int], Awaitable[Sequence[Mapping[str, object]]]]
"""The newest documents of the embedded core store in its native form, newest first, every revision."""


EnterBureau = Callable[[], Awaitable[str]]
"""Signs the demonstration's own officer in; the token of the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoParts:
    """The demonstration's surroundings."""

    token: str
    """Secret of this start: opens the page, and is the demo carrier's proof."""
    api_token: str
    """Bearer token of the API, for the page to report services as the hotline's business system does."""
    clock: SkippingClock
    zone: ZoneInfo
    """The city's zone, in which "tomorrow morning" is meant."""
    wake: Callable[[], None]
    """Lets all workers look at the clock again."""
    handset: Handset
    database: Database
    records: StoredRecords
    mail_folder: Path
    """Where the emails to agencies are kept as .eml files."""
    directory: AgencyDirectory
    timeline: Timeline
    enter_bureau: EnterBureau
