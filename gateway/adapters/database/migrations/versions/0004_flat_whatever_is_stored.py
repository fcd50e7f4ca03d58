"""Indexes for what was found only by reading more, the more was stored."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXES: Final = (
    ("services", "ix_services_number_kept", ["registered_at"], "phone_sealed IS NOT NULL"),
    (
        "invitations",
        "ix_invitations_asked",
        ["phone_index", "texted_at"],
        "texted_at IS NOT NULL AND rated_at IS NULL",
    ),
    ("invitations", "ix_invitations_number_kept", ["created_at"], "phone_sealed IS NOT NULL"),
    ("evaluations", "ix_evaluations_recorded_at", ["recorded_at"], None),
    ("calls", "ix_calls_ended_at", ["ended_at"], None),
    ("outbox", "ix_outbox_settled", ["settled_at"], "state IN ('done', 'dropped')"),
    ("delivery_receipts", "ix_delivery_receipts_updated_at", ["updated_at"], None),
)


def upgrade() -> None:
    """Expand; an older version beside us does not notice."""
    for table, name, columns, where in _INDEXES:
        condition = None if where is None else sa.text(where)
        op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    """Undo."""
    for table, name, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
