"""What the bureau says of agencies, a ledger that shows tampering, and what figures of a month need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: tables, columns that may be empty, and indexes."""
    op.create_table(
        "agency_entries",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=32), nullable=False),
        sa.Column(
            "document",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_agency_entries")),
    )
    op.create_index("ix_agency_entries_entry_no", "agency_entries", ["entry_no"])
    op.add_column("ledger", sa.Column("previous", sa.String(length=64)))
    op.add_column("ledger", sa.Column("digest", sa.String(length=64)))
    op.create_index("ix_ledger_subject", "ledger", ["subject", "entry_no"])
    op.create_table(
        "past_calls",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ending", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "ending", name=op.f("pk_past_calls")),
    )
    reminders = sa.text("kind = 'reminder'")
    op.create_index(
        "ix_sent_messages_reminded_at",
        "sent_messages",
        ["sent_at"],
        sqlite_where=reminders,
        postgresql_where=reminders,
    )


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError
