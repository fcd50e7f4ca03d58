"""Rows of the outbox: claimed with leases, delivered in order, settled by the holder of the lease."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from gateway.adapters.database import outbox_statements as statements
from gateway.adapters.database.many_rows import ManyRows
from gateway.adapters.database.sealed_phones import phone_columns, phone_of, phone_or_fault
from gateway.adapters.database.tables import DEAD, PENDING, outbox
from gateway.application.ports.database.outbox import Standing
from gateway.domain.outbox import CarrierTry, ClaimedEntry, OutboxEntry, OutboxKind, OutboxState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.clock import Clock
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.phone_numbers import PhoneNumber


_ADD = ManyRows(
    outbox,
    (
        "kind",
        "key",
        "order_key",
        "payload",
        "phone_sealed",
        "phone_index",
        "state",
        "due_at",
        "expires_at",
        "created_at",
        "attempts",
        "last_error",
    ),
    or_ignore=True,
)


class SqlOutbox:
    """The port `Outbox`.

    A claimed entry stays `pending`, leased by the clock that all nodes share: when the worker dies, it can
    be claimed again by itself. Its `due_at` moves to the end of the lease too, by the node's own clock: that
    keeps it out of the way of the index, and an older version beside us, which knows no other lease, off it.

    When a try began is kept by the shared clock too, and told by the clock of the node that claims the entry:
    how long ago it was must not depend on which of two clocks that disagree wrote it down.

    `lease_clock` is for virtual time: one that all who share the database have; None is the database's own.
    """

    def __init__(
        self, connection: SqlConnection, personal_data: PersonalData, lease_clock: Clock | None
    ) -> None:
        self._connection = connection
        self._personal_data = personal_data
        self._lease_clock = lease_clock
        self.owed: set[OutboxKind] = set()
        """Kinds that this transaction made due: whose workers to wake once it is committed."""

    async def add(self, entries: Sequence[OutboxEntry]) -> None:
        """Owe something; a key that is owed already is left as it is."""
        self.owed.update(entry.kind for entry in entries)
        await _ADD.insert(self._connection, [self._row(entry) for entry in entries])

    async def claim(
        self, kind: OutboxKind, now: datetime, lease_for: timedelta, limit: int
    ) -> list[ClaimedEntry]:
        """Take due entries that have nothing unsettled before them in their order."""
        asked = {"asked_kind": kind.value, "asked_at": now, "most": limit, **self._lease_time()}
        found = await self._connection.execute(statements.claimable(self._lease_clock_name), asked)
        rows = sorted(found.mappings(), key=lambda row: (row["due_at"], row["outbox_id"]))
        if not rows:
            return []
        lease = token_hex(16)
        held = {"ids": [row["outbox_id"] for row in rows], "new_lease": lease}
        await self._connection.execute(
            statements.take(self._lease_clock_name, lease_for), held | self._lease_ends(now, lease_for)
        )
        return [self._claimed(row, lease, now) for row in rows]

    async def begin(self, tries: Sequence[tuple[ClaimedEntry, CarrierTry]]) -> int:
        """Put tries on record; those of one claim are mostly alike, and then one statement does."""
        alike: dict[CarrierTry, list[ClaimedEntry]] = {}
        for claimed, tried in tries:
            alike.setdefault(tried, []).append(claimed)
        begun = 0
        for tried, claimed_alike in alike.items():
            by = {"by_carrier": tried.carrier, "by_line": tried.line, **self._lease_time()}
            written = await self._connection.execute(
                statements.begin(self._lease_clock_name), by | _held_of(claimed_alike)
            )
            begun += written.rowcount
        return begun

    async def under_way(self, kind: OutboxKind) -> int:
        """How many tries of the kind are in doubt; SQLite has but one writer, who asks alone."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(kind.value))))
        found = await self._connection.execute(
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.kind == kind.value, outbox.c.state == PENDING, outbox.c.tried_at.is_not(None))
        )
        return int(found.scalar_one())

    async def standing(self, kind: OutboxKind, keys: Collection[str]) -> dict[str, Standing]:
        """How far entries have got, by the unique index of keys."""
        found = await self._connection.execute(
            statements.STANDING, {"asked_kind": kind.value, "keys": list(keys)}
        )
        return {row.key: Standing(row.state, row.in_doubt, row.last_error) for row in found}

    async def prove(self, kind: OutboxKind, key: str, now: datetime) -> tuple[OutboxEntry, CarrierTry] | None:
        """Settle what is proven to be out, whoever holds it."""
        found = await self._connection.execute(
            select(outbox)
            .where(
                outbox.c.kind == kind.value,
                outbox.c.key == key,
                outbox.c.carrier.is_not(None),
                outbox.c.state.in_([PENDING, DEAD]),
            )
            .with_for_update()
        )
        row = found.mappings().first()
        if row is None:
            return None
        await self._connection.execute(
            update(outbox)
            .where(outbox.c.outbox_id == row["outbox_id"])
            .values(state=OutboxState.DONE, lease=None, settled_at=now, tried_at=None, last_error="")
        )
        await self._wake_successors({row["order_key"]} - {None})
        tried = CarrierTry(row["carrier"], row["tried_line"], row["tried_at"] or row["created_at"])
        return self._entry(row, phone_of(self._personal_data, row["phone_sealed"])), tried

    async def settle(
        self,
        claimed: Sequence[ClaimedEntry],
        state: OutboxState,
        now: datetime,
        why: str,
        *,
        in_doubt: bool = False,
    ) -> None:
        """Done, dead or dropped."""
        if claimed:
            done = state is OutboxState.DONE
            told = {"new_state": state, "ended_at": now, "why": why, **_held_of(claimed)}
            if done:
                del told["leases"]
            await self._connection.execute(statements.settle(done=done, in_doubt=in_doubt), told)
        if state is not OutboxState.DEAD:
            await self._wake_successors({c.entry.order_key for c in claimed if c.entry.order_key})

    async def renew(self, claimed: Sequence[ClaimedEntry], now: datetime, lease_for: timedelta) -> None:
        """Hold entries longer, but for those that are being settled in this moment.

        Waiting for those, with the others in hand, could be waiting for one that waits for us.
        """
        if not claimed:
            return
        free = (await self._connection.execute(statements.FREE, _held_of(claimed))).scalars().all()
        if free:
            held = {"ids": free, **self._lease_ends(now, lease_for)}
            await self._connection.execute(statements.renew(self._lease_clock_name, lease_for), held)

    async def postpone(
        self,
        claimed: ClaimedEntry,
        due_at: datetime,
        *,
        why: str,
        payload: Mapping[str, object] | None = None,
        in_doubt: bool = False,
        counted: bool = True,
    ) -> None:
        """Try again later; the worker wakes to see when that is."""
        self.owed.add(claimed.entry.kind)
        told: dict[str, Any] = {"wait_until": due_at, "why": why, **_held_of([claimed])}
        if payload is not None:
            told["new_payload"] = dict(payload)
        statement = statements.postpone(in_doubt=in_doubt, counted=counted, changed=payload is not None)
        await self._connection.execute(statement, told)

    async def hasten(self, kind: OutboxKind, keys: Collection[str], now: datetime) -> None:
        """Make waiting entries due now; one that was tried already keeps its pace."""
        self.owed.add(kind)
        await self._connection.execute(
            statements.HASTEN, {"asked_kind": kind.value, "keys": keys, "asked_at": now}
        )

    async def next_due_at(self, kind: OutboxKind, now: datetime) -> datetime | None:
        """When the next entry of the kind falls due.

        What seems due to a clock that runs ahead but is leased still is left out, lest the node asks for it
        without a pause.
        """
        asked = {"asked_kind": kind.value, "asked_at": now, **self._lease_time()}
        found = await self._connection.execute(statements.next_due(self._lease_clock_name), asked)
        next_at: datetime | None = found.scalar_one_or_none()
        return next_at

    @property
    def _lease_clock_name(self) -> str:
        return self._connection.dialect.name if self._lease_clock is None else statements.GIVEN

    def _lease_time(self) -> dict[str, datetime]:
        """What statements have to be told of the time, where the database does not ask its own clock."""
        return {} if self._lease_clock is None else {"lease_time": self._lease_clock.now()}

    def _lease_ends(self, now: datetime, lease_for: timedelta) -> dict[str, datetime]:
        """When a lease that begins now ends: by the node's own clock, and by a shared one if given."""
        ends = {"held_until": now + lease_for}
        if self._lease_clock is not None:
            ends["lease_end"] = self._lease_clock.now() + lease_for
        return ends

    async def _wake_successors(self, order_keys: Collection[str]) -> None:
        """What waited behind a settled entry can be claimed now; its worker has gone to sleep since."""
        if order_keys:
            found = await self._connection.execute(statements.SUCCESSORS, {"order_keys": list(order_keys)})
            known = {kind.value: kind for kind in OutboxKind}
            self.owed.update(known[name] for name in found.scalars() if name in known)

    def _row(self, entry: OutboxEntry) -> tuple[object, ...]:
        return (
            entry.kind.value,
            entry.key,
            entry.order_key,
            dict(entry.payload),
            *phone_columns(self._personal_data, entry.phone).values(),
            OutboxState.PENDING,
            entry.due_at,
            entry.expires_at,
            entry.created_at,
            0,
            "",
        )

    def _claimed(self, row: RowMapping, lease: str, now: datetime) -> ClaimedEntry:
        tried_at = None if row["tried_at"] is None else now - (row["shared_now"] - row["tried_at"])
        phone, fault = phone_or_fault(self._personal_data, row["phone_sealed"])
        return ClaimedEntry(
            outbox_id=row["outbox_id"],
            entry=self._entry(row, phone),
            attempt=row["attempts"] + 1,
            lease=lease,
            interrupted=row["lease"] is not None,
            doubt=None if tried_at is None else CarrierTry(row["carrier"], row["tried_line"], tried_at),
            unreadable=fault,
        )

    def _entry(self, row: RowMapping, phone: PhoneNumber | None) -> OutboxEntry:
        return OutboxEntry(
            kind=OutboxKind(row["kind"]),
            key=row["key"],
            payload=row["payload"],
            due_at=row["due_at"],
            created_at=row["created_at"],
            order_key=row["order_key"],
            expires_at=row["expires_at"],
            phone=phone,
        )


def _held_of(claimed: Sequence[ClaimedEntry]) -> dict[str, Any]:
    return {"ids": [c.outbox_id for c in claimed], "leases": list({c.lease for c in claimed})}
