"""The database: one transaction is one unit of work, and facts live nowhere else.

Each repository is a small Protocol; `UnitOfWork` hands them out within one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.calls import CallEnding
from gateway.domain.evaluations import Evaluation
from gateway.domain.follow_ups import FollowUp
from gateway.domain.ids import CallId, EvaluationId, FollowUpId, InvitationId, MessageId, OutboxId, ServiceId
from gateway.domain.invitations import Invitation
from gateway.domain.languages import Language
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.services import Service
from gateway.domain.subjects import SubjectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredService:
    """A service with what registration added."""

    service: Service
    fingerprint: str
    """Digest of the document it came from: tells a repeat from a conflict."""
    invitation_id: InvitationId
    phone_problem: str
    """Why there is no usable number; empty when there is one."""
    registered_at: datetime


class Services(Protocol):
    """Visits of services."""

    async def get(self, service_id: ServiceId, visit_no: int) -> StoredService | None:
        """One visit."""
        ...

    async def visits(self, service_id: ServiceId) -> list[StoredService]:
        """All visits of a service, the latest last."""
        ...

    async def of_invitations(
        self, invitation_ids: Collection[InvitationId]
    ) -> dict[InvitationId, list[Service]]:
        """The services of each invitation - one, a batch's or a theme's - without their numbers."""
        ...

    async def add(self, stored: StoredService) -> None:
        """A new visit."""
        ...

    async def replace(self, stored: StoredService) -> None:
        """The same visit with what was learnt since."""
        ...


class Invitations(Protocol):
    """Offers to rate."""

    async def get(self, invitation_id: InvitationId) -> Invitation | None:
        """One invitation."""
        ...

    async def lock(self, invitation_ids: Collection[InvitationId]) -> dict[InvitationId, Invitation]:
        """Invitations that nobody else changes until this transaction ends."""
        ...

    async def hold(self, invitation_ids: Collection[InvitationId]) -> None:
        """The same without looking at them."""
        ...

    async def mark_rated(self, invitation_ids: Collection[InvitationId], now: datetime) -> int:
        """Nothing of these is left unrated: waiting reminders are cancelled; how many were."""
        ...

    async def of_phone(self, phone: PhoneNumber, limit: int) -> list[Invitation]:
        """A person's invitations, newest first, locked as by `lock`."""
        ...

    async def id_for(self, occasion: str, phone: PhoneNumber | None) -> InvitationId:
        """The id of the invitation of one person to one occasion: an existing one, or the one to add."""
        ...

    async def add(self, invitation: Invitation) -> None:
        """A new invitation."""
        ...

    async def update(self, invitations: Collection[Invitation]) -> None:
        """The same invitations, later."""
        ...

    async def due_reminders(self, now: datetime, limit: int) -> list[Invitation]:
        """Invitations whose reminder is due, longest due first, locked; less what another worker holds."""
        ...

    async def texted_and_unrated(self, phones: Collection[PhoneNumber]) -> list[Invitation]:
        """Invitations of these people that were texted about and not rated: their letters are taken."""
        ...

    async def rated(self, invitation_ids: Collection[InvitationId]) -> frozenset[InvitationId]:
        """Those of these of which nothing is left unrated."""
        ...

    async def next_reminder_at(self) -> datetime | None:
        """When the next reminder falls due."""
        ...


class Evaluations(Protocol):
    """Recorded ratings; only `application.record_evaluation` writes here."""

    async def of_slots(self, slots: Collection[str]) -> list[Evaluation]:
        """Everything recorded for these slots."""
        ...

    async def of_events(self, event_keys: Collection[str]) -> list[Evaluation]:
        """What these events led to, if they were seen before."""
        ...

    async def get(self, evaluation_id: EvaluationId) -> Evaluation | None:
        """One evaluation in its current revision."""
        ...

    async def of_service(self, service_id: ServiceId) -> list[Evaluation]:
        """All evaluations of a service, in the order of recording."""
        ...

    async def of_invitation(self, invitation_id: InvitationId) -> list[Evaluation]:
        """All evaluations given through an invitation."""
        ...

    async def of_call(self, call_id: CallId) -> list[Evaluation]:
        """What was rated in a call, copies left out."""
        ...

    async def copies_of(self, evaluation_id: EvaluationId) -> list[Evaluation]:
        """The copies that stem from it."""
        ...

    async def page(self, since: datetime, after: int, limit: int) -> list[tuple[int, Evaluation]]:
        """What was recorded since, in the order of recording, with each row's number to go on from."""
        ...

    async def add(self, evaluations: Sequence[Evaluation], recorded_at: datetime) -> None:
        """New evaluations.

        Raises:
            AlreadyRecorded: another node was first; try again to see its rows.

        """
        ...

    async def revise(self, evaluations: Sequence[Evaluation]) -> None:
        """The next revision of existing evaluations."""
        ...


class FollowUps(Protocol):
    """Follow-ups of bad ratings."""

    async def add(self, follow_ups: Sequence[FollowUp]) -> None:
        """New follow-ups."""
        ...

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """One follow-up."""
        ...

    async def of_evaluations(self, evaluation_ids: Collection[EvaluationId]) -> list[FollowUp]:
        """The follow-ups of these evaluations."""
        ...


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


class Calls(Protocol):
    """Rating calls."""

    async def places(self, call_ids: Collection[CallId]) -> dict[CallId, CallPlace]:
        """What calls are about; the invitation is the service's present one."""
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


class Outbox(Protocol):
    """What is owed to the outside."""

    async def add(self, entries: Sequence[OutboxEntry]) -> None:
        """Owe something; a key that is owed already is left as it is."""
        ...

    async def claim(
        self, kind: OutboxKind, now: datetime, lease_for: timedelta, limit: int
    ) -> list[ClaimedEntry]:
        """Take due entries, first of their order, longest due first; less what another worker holds."""
        ...

    async def settle(
        self, claimed: Sequence[ClaimedEntry], state: OutboxState, now: datetime, why: str
    ) -> None:
        """Done, dead or dropped; ignored where the lease has passed to another.

        The commit wakes the workers of what waited behind these in its order.
        """
        ...

    async def postpone(
        self,
        claimed: ClaimedEntry,
        due_at: datetime,
        *,
        why: str,
        payload: Mapping[str, object] | None = None,
    ) -> None:
        """Try again later; ignored where the lease has passed to another."""
        ...

    async def hasten(self, kind: OutboxKind, keys: Collection[str], now: datetime) -> None:
        """Make waiting entries due now, unless they are being delivered."""
        ...

    async def next_due_at(self, kind: OutboxKind) -> datetime | None:
        """When the next entry of the kind can be claimed; what waits behind another is not looked at."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An entry as operators see it; no number, no payload."""

    outbox_id: OutboxId
    kind: str
    key: str
    state: OutboxState
    due_at: datetime
    created_at: datetime
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class OutboxLevel:
    """How much of one kind waits or is dead, and since when."""

    kind: str
    state: OutboxState
    count: int
    oldest_at: datetime


class OutboxInspection(Protocol):
    """The operator's view of the outbox."""

    async def rows(self, state: OutboxState, kind: str | None, limit: int) -> list[OutboxRow]:
        """Entries in a state, oldest first."""
        ...

    async def levels(self) -> list[OutboxLevel]:
        """Counts of what waits and what is dead."""
        ...

    async def revive(self, outbox_ids: Collection[OutboxId] | None, now: datetime) -> int:
        """Make dead entries pending again, all or these; the number revived."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A text from a citizen with how it was read."""

    message_id: MessageId
    sender: PhoneNumber | None
    line: str
    body: str
    received_at: datetime
    outcome: str
    rule: str
    invitation_id: InvitationId | None
    match_reason: str
    candidates: tuple[InvitationId, ...]
    evaluation_id: EvaluationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A text that a carrier took."""

    reference: str
    kind: str
    invitation_id: InvitationId | None
    provider: str
    provider_message_id: str
    sent_at: datetime
    line: str
    """The sender line it went out by; replies name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentText:
    """A text that went out and how far it got."""

    kind: str
    provider: str
    sent_at: datetime
    status: DeliveryStatus | None
    """None while no receipt has come."""


class Messages(Protocol):
    """Texts in both directions."""

    async def is_known(self, message_id: MessageId) -> bool:
        """Whether this text was taken before."""
        ...

    async def add_incoming(self, message: IncomingMessage) -> None:
        """A text from a citizen.

        Raises:
            AlreadyRecorded: the same text arrived at another node at the same moment.

        """
        ...

    async def add_sent(self, messages: Sequence[SentMessage]) -> None:
        """Texts that a carrier took."""
        ...

    async def sent_about(self, invitation_id: InvitationId) -> list[SentText]:
        """The texts that went out about an invitation, oldest first."""
        ...

    async def receipt(self, provider: str, provider_message_id: str) -> DeliveryStatus | None:
        """How far a text got."""
        ...

    async def keep_receipt(
        self, provider: str, provider_message_id: str, status: DeliveryStatus, error_code: str, now: datetime
    ) -> None:
        """The furthest status of a text."""
        ...

    async def first_answer_to_stranger(self, phone: PhoneNumber, now: datetime) -> bool:
        """Whether this number, which has no open invitation, gets its one answer now."""
        ...


class OptOuts(Protocol):
    """The ledger of those who want no texts."""

    async def are_out(self, phones: Collection[PhoneNumber]) -> frozenset[PhoneNumber]:
        """Which of these numbers want no texts."""
        ...

    async def begin(self, phone: PhoneNumber, words: str, now: datetime) -> bool:
        """Note the wish with its wording; False when it is noted already."""
        ...

    async def end(self, phone: PhoneNumber, now: datetime) -> bool:
        """Note that texts are wanted again; False when they were."""
        ...


class UnitOfWork(Protocol):
    """The repositories within one transaction."""

    @property
    def services(self) -> Services:
        """Visits of services."""
        ...

    @property
    def invitations(self) -> Invitations:
        """Offers to rate."""
        ...

    @property
    def evaluations(self) -> Evaluations:
        """Recorded ratings."""
        ...

    @property
    def follow_ups(self) -> FollowUps:
        """Follow-ups of bad ratings."""
        ...

    @property
    def calls(self) -> Calls:
        """Rating calls."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What is owed to the outside."""
        ...

    @property
    def inspection(self) -> OutboxInspection:
        """The operator's view of the outbox."""
        ...

    @property
    def messages(self) -> Messages:
        """Texts in both directions."""
        ...

    @property
    def opt_outs(self) -> OptOuts:
        """Who wants no texts."""
        ...


class Database(Protocol):
    """Opens units of work.

    Every method raises Unavailable when the database is locked or gone; nothing is stored then.
    """

    def transaction(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that commits when its block ends well and else leaves no trace."""
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work for reading only; it never waits for writers."""
        ...

    async def ping(self) -> None:
        """Return when the database answers."""
        ...
