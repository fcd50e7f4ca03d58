"""Tables of what is written about follow-ups, to citizens and by agencies."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from gateway.adapters.database.column_types import Moment, Named
from gateway.adapters.database.tables import PhoneIndex, metadata
from gateway.application.ports.database.incoming_mails import MailOutcome
from gateway.domain.handling.result_texts import ResultTextState

result_texts = Table(
    "result_texts",
    metadata,
    Column("follow_up_id", String(32), ForeignKey("follow_ups.follow_up_id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("phone_sealed", LargeBinary),
    Column("phone_index", PhoneIndex),
    Column("invitation_id", String(32), nullable=False),
    Column("letter", String(1), nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("state", Named(ResultTextState), nullable=False),
    Column("tried_at", Moment),
    Column("settled_at", Moment),
    Column("clarified_at", Moment),
    Column("answered_at", Moment),
    Index("ix_result_texts_phone_index", "phone_index", "queued_at"),
)
"""Texts that tell citizens the result of a follow-up: a reply finds its question here."""

unfinished_follow_ups = Table(
    "unfinished_follow_ups",
    metadata,
    Column("follow_up_id", String(32), ForeignKey("follow_ups.follow_up_id"), primary_key=True),
    Column("agency_code", String(32), nullable=False),
    Column("alarm_at", Moment),
    Index("ix_unfinished_follow_ups_agency_code", "agency_code", "follow_up_id"),
    Index(
        "ix_unfinished_follow_ups_alarm_at",
        "alarm_at",
        sqlite_where=text("alarm_at IS NOT NULL"),
        postgresql_where=text("alarm_at IS NOT NULL"),
    ),
)
"""Follow-ups that are not closed, and when the next email about their deadline falls due.

As small as the work that is under way, however many were closed.
"""

incoming_mails = Table(
    "incoming_mails",
    metadata,
    Column("mail_key", String(64), primary_key=True),
    Column("received_at", Moment, nullable=False),
    Column("outcome", Named(MailOutcome), nullable=False),
    Column("why", Text, nullable=False),
    Column("follow_up_id", String(32)),
    Column("contact", String(32), nullable=False),
    Column("words_sealed", LargeBinary),
    Index("ix_incoming_mails_follow_up_id", "follow_up_id"),
    Index("ix_incoming_mails_received_at", "received_at"),
    Index(
        "ix_incoming_mails_aside",
        "received_at",
        sqlite_where=text("outcome = 'aside'"),
        postgresql_where=text("outcome = 'aside'"),
    ),
)
"""Emails that came back, each once; of those that are kept aside for the bureau the words too."""
attachment_parts = Table(
    "attachment_parts",
    metadata,
    Column("follow_up_id", String(32), ForeignKey("follow_ups.follow_up_id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("added_at", Moment, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
    Index("ix_attachment_parts_added_at", "added_at"),
)
"""Files that go with follow-ups, in parts of a size that does not matter."""
