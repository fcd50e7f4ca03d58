"""Emails that came back (R-10)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "incoming_mails",
        sa.Column("mail_key", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("follow_up_id", sa.String(length=32)),
        sa.Column("contact", sa.String(length=32), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("mail_key", name=op.f("pk_incoming_mails")),
    )
    op.create_index("ix_incoming_mails_follow_up_id", "incoming_mails", ["follow_up_id"])
    op.create_index("ix_incoming_mails_received_at", "incoming_mails", ["received_at"])
    op.create_index(
        "ix_incoming_mails_aside",
        "incoming_mails",
        ["received_at"],
        sqlite_where=sa.text("outcome = 'aside'"),
        postgresql_where=sa.text("outcome = 'aside'"),
    )


def downgrade() -> None:
    """Contract."""
    op.drop_table("incoming_mails")
