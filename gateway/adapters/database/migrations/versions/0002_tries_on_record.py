"""Tries of texts on record, and texts whose receipts are missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNCONFIRMED = sa.text("unconfirmed_at IS NOT NULL")


def upgrade() -> None:
    """Expand: an older version leaves the new columns empty, and its tries to the rule for unknown ones."""
    op.add_column("outbox", sa.Column("carrier", sa.String(length=32), nullable=True))
    op.add_column("outbox", sa.Column("tried_line", sa.String(length=64), nullable=True))
    op.add_column("outbox", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sent_messages", sa.Column("unconfirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_sent_messages_unconfirmed_at",
        "sent_messages",
        ["unconfirmed_at"],
        sqlite_where=_UNCONFIRMED,
        postgresql_where=_UNCONFIRMED,
    )


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError
