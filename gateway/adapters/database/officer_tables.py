"""Tables of the bureau's people: the same schema as `tables`, apart because nothing else touches them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from gateway.adapters.database.column_types import JsonObject, Moment, Named
from gateway.adapters.database.tables import RowId, metadata
from gateway.domain.bureau.agency_entries import Standing
from gateway.domain.bureau.ledger import LedgerEvent
from gateway.domain.bureau.officers import Role

officers = Table(
    "officers",
    metadata,
    Column("officer_id", String(32), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Named(Role), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("code_sealed", LargeBinary),
    Column("code_step", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("invitation", String(64), nullable=False),
    Column("invited_until", Moment),
)
"""People of the bureau; few, and none is removed. `invitation` is the digest of a link, never the link."""

officer_sessions = Table(
    "officer_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("officer_id", String(32), ForeignKey("officers.officer_id"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index("ix_officer_sessions_officer_id", "officer_id"),
    Index("ix_officer_sessions_seen_at", "seen_at"),
)
"""Who is signed in; the token itself is in the browser's cookie alone."""

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index("ix_sign_in_tries_last_at", "last_at"),
)
"""Tries since the last success, by the digest of a name, whether anybody has it or not."""

ledger = Table(
    "ledger",
    metadata,
    Column("entry_no", RowId, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("event", Named(LedgerEvent), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JsonObject, nullable=False),
    Column("address", String(64), nullable=False),
    Column("previous", String(64)),
    Column("digest", String(64)),
    Index("ix_ledger_subject", "subject", "entry_no"),
)
"""Sign-ins, and changes to people and agencies: rows are only added, each with a digest that builds on the
one before; null in what a version before revision 0015 wrote."""

agency_entries = Table(
    "agency_entries",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("standing", Named(Standing), nullable=False),
    Column("document", JsonObject, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(64), nullable=False),
    Column("entry_no", BigInteger, nullable=False),
    Index("ix_agency_entries_entry_no", "entry_no"),
)
"""What the bureau's page says of agencies, one row for each that it ever spoke of; what it said before is in
the ledger."""
