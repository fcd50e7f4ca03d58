"""The schema. What each table promises stands with it; migrations/ carries it to running databases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
    text,
)

from gateway.adapters.database.column_types import JsonObject, Moment, Named, NamedOrNewer
from gateway.domain.calls import CallEnding
from gateway.domain.channels import Channel
from gateway.domain.evaluations import Origin
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import ActKind, ActorKind
from gateway.domain.invitations import ReminderState
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.outbox import OutboxState
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.services import ServiceKind
from gateway.domain.subjects import Scope, SubjectKind

# Spelt out, not bound: an engine uses a partial index only where it sees the value.
PENDING: ColumnElement[str] = literal_column("'pending'")
DEAD: ColumnElement[str] = literal_column("'dead'")
SETTLED: Sequence[ColumnElement[str]] = (literal_column("'done'"), literal_column("'dropped'"))
REMINDER: ColumnElement[str] = literal_column("'reminder'")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def index_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """An index of only the rows for which this holds, on either engine."""
    return Index(
        name, *columns, unique=unique, sqlite_where=text(condition), postgresql_where=text(condition)
    )


# SQLite numbers rows only in a column typed INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")
PhoneIndex = String(64)

services = Table(
    "services",
    metadata,
    Column("service_id", String(64), primary_key=True),
    Column("visit_no", Integer, primary_key=True),
    Column("kind", Named(ServiceKind), nullable=False),
    Column("phone_sealed", LargeBinary),
    Column("phone_index", PhoneIndex),
    Column("phone_problem", String(64), nullable=False, default=""),
    Column("agency_code", String(32), nullable=False),
    Column("region_code", String(16), nullable=False),
    Column("item_code", String(64), nullable=False),
    Column("item_name", Text, nullable=False),
    Column("staff_code", String(64)),
    Column("staff_name", Text),
    Column("batch_id", String(64)),
    Column("theme_id", String(64)),
    Column("completed_at", Moment),
    Column("language", Named(Language), nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("invitation_id", String(32), ForeignKey("invitations.invitation_id"), nullable=False),
    Column("registered_at", Moment, nullable=False),
    Index("ix_services_invitation_id", "invitation_id"),
    Index("ix_services_phone_index", "phone_index"),
    index_where("phone_sealed IS NOT NULL", "ix_services_number_kept", "registered_at"),
    index_where("kind = 'hotline' AND staff_code IS NOT NULL", "ix_services_hotline", "completed_at"),
)
"""Visits of services; `fingerprint` tells "the same again" from "the same id with other content"."""

invitations = Table(
    "invitations",
    metadata,
    Column("invitation_id", String(32), primary_key=True),
    Column("occasion", String(160), nullable=False),
    Column("phone_sealed", LargeBinary),
    Column("phone_index", PhoneIndex),
    Column("language", Named(Language), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("item_name", Text, nullable=False),
    Column("lead_service_id", String(64), nullable=False),
    Column("lead_visit_no", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("completed_at", Moment),
    Column("reminder", Named(ReminderState), nullable=False),
    Column("remind_at", Moment),
    Column("letter", String(1)),
    Column("line", String(64)),
    Column("texted_at", Moment),
    Column("clarified_at", Moment),
    Column("rated_at", Moment),
    Index("ix_invitations_occasion", "occasion"),
    Index("ix_invitations_phone_index", "phone_index", "created_at"),
    index_where("phone_sealed IS NOT NULL", "ix_invitations_number_kept", "created_at"),
)
"""Offers to rate. No index holds what changes in the life of one: PostgreSQL then changes the row in place,
and else writes a new entry into every index."""

waiting_reminders = Table(
    "waiting_reminders",
    metadata,
    Column("remind_at", Moment, primary_key=True),
    Column("invitation_id", String(32), primary_key=True),
    sqlite_with_rowid=False,
)
"""The invitations that have a `remind_at`, by it: the due ones are found amid those that wait. Kept by
triggers on invitations (revision 0018), as an index would be; nothing else writes here."""

open_questions = Table(
    "open_questions",
    metadata,
    Column("phone_index", PhoneIndex, primary_key=True),
    Column("texted_at", Moment, primary_key=True),
    Column("invitation_id", String(32), primary_key=True),
    sqlite_with_rowid=False,
)
"""What people were texted about and have not rated: some numbers have thousands of invitations. Kept by
triggers on invitations too. No index by time alone, lest PostgreSQL look for a person's newest along it."""

TRIGGERS: Sequence[str] = [
    f"{table.name}_{event}"
    for table in (waiting_reminders, open_questions)
    for event in ("added", "changed", "removed")
]
"""On invitations, of the same names on either engine."""

evaluations = Table(
    "evaluations",
    metadata,
    Column("recorded_no", RowId, primary_key=True, autoincrement=True),
    Column("evaluation_id", String(36), nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("slot", String(160), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("service_id", String(64), nullable=False),
    Column("visit_no", Integer, nullable=False),
    Column("invitation_id", String(32)),
    Column("subject_kind", Named(SubjectKind), nullable=False),
    Column("subject_code", String(64), nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("scope", Named(Scope), nullable=False),
    Column("agency_code", String(32), nullable=False),
    Column("region_code", String(16), nullable=False),
    Column("level", Named(Level)),
    Column("channel", Named(Channel), nullable=False),
    Column("comment", Text, nullable=False),
    Column("raw_input", Text, nullable=False),
    Column("evaluated_at", Moment, nullable=False),
    Column("applied_from", String(36)),
    Column("adopted", Boolean, nullable=False),
    Column("origin", Named(Origin), nullable=False),
    Column("event_key", String(160), unique=True),
    Column("call_id", String(80)),
    Column("reason_code", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("recording_url", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("position", BigInteger),
    Index("uq_evaluations_slot_sequence", "slot", "sequence", unique=True),
    Index("ix_evaluations_service_id", "service_id"),
    Index("ix_evaluations_call_id", "call_id"),
    Index("ix_evaluations_invitation_id", "invitation_id"),
    Index("ix_evaluations_recorded_at", "recorded_at"),
    Index(
        "ix_evaluations_told_late",
        "evaluated_at",
        sqlite_where=text("abs(julianday(recorded_at) - julianday(evaluated_at)) > 3"),
        postgresql_where=text("abs(extract(epoch FROM recorded_at - evaluated_at)) > 259200"),
    ),
    index_where("position IS NOT NULL", "uq_evaluations_position", "position", unique=True),
    Index(
        "ix_evaluations_unplaced",
        "recorded_no",
        sqlite_where=text("position < 0"),
        postgresql_where=text("position IS NULL"),
    ),
)
"""Current revision of every evaluation; the two unique keys are what "once" rests on. `position` is for
PostgreSQL alone (see evaluation_positions.py); on SQLite its indexes are empty. What was recorded more than
three days before or after it was given has an index by when it was given (see evaluation_spans.py)."""

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("follow_up_id", String(32), primary_key=True),
    Column("evaluation_id", String(36), nullable=False),
    Column("agency_code", String(32), nullable=False),
    Column("state", Named(FollowUpState), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("acknowledge_by", Moment, nullable=False),
    Column("call_back_by", Moment, nullable=False),
    Column("rectify_by", Moment, nullable=False),
    Column("applies_to", Integer, nullable=False),
    Column("steps", Integer, nullable=False, server_default="0"),
    Column("head", String(64), nullable=False, server_default=""),
    Column("due_at", Moment),
    Index("ix_follow_ups_evaluation_id", "evaluation_id"),
    index_where("due_at IS NOT NULL", "ix_follow_ups_due_at", "due_at", "follow_up_id"),
    Index("ix_follow_ups_opened_at", "opened_at", "follow_up_id"),
    Index("ix_follow_ups_agency_code", "agency_code", "opened_at"),
    index_where("state <> 'closed'", "ix_follow_ups_open", "state"),
)
"""`due_at`: until when the agency owes its next step, null while it owes nothing; of the state, for lists."""

follow_up_steps = Table(
    "follow_up_steps",
    metadata,
    Column("follow_up_id", String(32), ForeignKey("follow_ups.follow_up_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", Named(ActorKind), nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("act", NamedOrNewer(ActKind), nullable=False),
    Column("facts", JsonObject, nullable=False),
    Column("words_sealed", LargeBinary),
    Column("salt", LargeBinary, nullable=False),
    Column("words_digest", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
"""What was done with follow-ups, for good: rows are only added; their words go when their time is over."""

calls = Table(
    "calls",
    metadata,
    Column("call_id", String(80), primary_key=True),
    Column("service_id", String(64), nullable=False),
    Column("visit_no", Integer, nullable=False),
    Column("flow", String(64), nullable=False),
    Column("language", Named(Language), nullable=False),
    Column("variables", JsonObject, nullable=False),
    Column("asked", JsonObject, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ran_out_of_tries", Boolean, nullable=False),
    Column("ended_at", Moment),
    Column("ending", Named(CallEnding)),
    index_where("ended_at IS NULL", "ix_calls_unended", "started_at"),
    Index("ix_calls_ended_at", "ended_at"),
)
"""Rating calls; `variables` are what the flow was started with, so that a repeated start says the same."""

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("key", String(200), nullable=False),
    Column("order_key", String(80)),
    Column("payload", JsonObject, nullable=False),
    Column("phone_sealed", LargeBinary),
    Column("phone_index", PhoneIndex),
    Column("state", Named(OutboxState), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", String(32)),
    Column("leased_until", Moment),
    Column("carrier", String(32)),
    Column("tried_line", String(64)),
    Column("tried_at", Moment),
    Column("settled_at", Moment),
    Column("last_error", Text, nullable=False),
    Index("uq_outbox_kind_key", "kind", "key", unique=True),
    index_where("state = 'pending'", "ix_outbox_due", "kind", "due_at"),
    index_where(
        "order_key IS NOT NULL AND state IN ('pending', 'dead')",
        "ix_outbox_unsettled_order",
        "order_key",
        "outbox_id",
    ),
    index_where("state = 'dead'", "ix_outbox_dead", "outbox_id"),
    index_where("state IN ('done', 'dropped')", "ix_outbox_settled", "settled_at"),
)
"""What is owed to the outside. `due_at` is time as the nodes have it, `leased_until` as the database has it:
a lease is a token that is good until then, whatever nodes' clocks say; a crashed worker's entry can then be
claimed again by itself. `kind` is free text: one of a newer version waits for a newer worker. `tried_at` is
set from before a text leaves until its outcome is known; then only `carrier` still tells of the try. The
index of orders leaves out what has none: PostgreSQL took it for one of all that waits, and claimed by it."""

incoming_messages = Table(
    "incoming_messages",
    metadata,
    Column("message_id", String(80), primary_key=True),
    Column("phone_sealed", LargeBinary),
    Column("phone_index", PhoneIndex),
    Column("line", String(64), nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("invitation_id", String(32)),
    Column("match_reason", String(32), nullable=False),
    Column("candidates", JsonObject, nullable=False),
    Column("evaluation_id", String(36)),
    Index("ix_incoming_messages_phone_index", "phone_index", "received_at"),
)
"""Every text from a citizen, once, with how it was read and what else it could have answered."""

sent_messages = Table(
    "sent_messages",
    metadata,
    Column("reference", String(80), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("invitation_id", String(32)),
    Column("provider", String(32), nullable=False),
    Column("provider_message_id", String(80), nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("unconfirmed_at", Moment),
    Index("uq_sent_messages_provider_id", "provider", "provider_message_id", unique=True),
    Index("ix_sent_messages_invitation_id", "invitation_id"),
    index_where("unconfirmed_at IS NOT NULL", "ix_sent_messages_unconfirmed_at", "unconfirmed_at"),
    index_where("kind = 'reminder'", "ix_sent_messages_reminded_at", "sent_at"),
)
"""Texts that carriers took; `unconfirmed_at` is since when a last receipt is missing, null when none is."""

delivery_receipts = Table(
    "delivery_receipts",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("provider_message_id", String(80), primary_key=True),
    Column("status", Named(DeliveryStatus), nullable=False),
    Column("error_code", String(32), nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_delivery_receipts_updated_at", "updated_at"),
)
"""Furthest status of each text; apart from sent_messages because a receipt may overtake the answer."""

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("entry_no", RowId, primary_key=True, autoincrement=True),
    Column("phone_sealed", LargeBinary, nullable=False),
    Column("phone_index", PhoneIndex, nullable=False),
    Column("out_since", Moment, nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),
    Column("ended_at", Moment),
    index_where("ended_at IS NULL", "uq_opt_outs_current", "phone_index", unique=True),
)
"""A ledger: a current opt-out is never deleted; its sealed number lets it survive a change of keys."""

strangers = Table(
    "strangers",
    metadata,
    Column("phone_index", PhoneIndex, primary_key=True),
    Column("answered_at", Moment, nullable=False),
)
"""Numbers without an open invitation that got their one polite answer."""

stored_evaluations = Table(
    "stored_evaluations",
    metadata,
    Column("evaluation_id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("document", JsonObject, nullable=False),
    Column("stored_at", Moment, nullable=False),
    Index("ix_stored_evaluations_stored_at", "stored_at", "evaluation_id", "revision"),
)
"""The embedded core store's own table."""

schema_promise = Table(
    "schema_promise",
    metadata,
    Column("oldest_program", String(32), primary_key=True),
)
"""One row: the revision that a program must at least have been written for to work with this schema."""

keys_in_use = Table(
    "keys_in_use",
    metadata,
    Column("key_id", String(8), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("forgotten_at", Moment),
)
"""The keys that numbers are sealed and indexed with, by the ids that stand in their seals: every process must
list them all. `forgotten_at`: since when a key is given up for lost."""
