"""Until when each agency owes its next step, so that lists begin with what is longest overdue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what an older version opens meanwhile is listed as owing nothing until its next step."""
    op.add_column("follow_ups", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        sa.text(
            "UPDATE follow_ups SET due_at = CASE state WHEN 'opened' THEN acknowledge_by "
            "WHEN 'acknowledged' THEN call_back_by ELSE rectify_by END "
            "WHERE state IN ('opened', 'acknowledged', 'called_back', 'rectifying')"
        )
    )
    op.create_index(
        "ix_follow_ups_due_at",
        "follow_ups",
        ["due_at", "follow_up_id"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_follow_ups_opened_at", "follow_ups", ["opened_at", "follow_up_id"])
    op.create_index("ix_follow_ups_agency_code", "follow_ups", ["agency_code", "opened_at"])
    op.create_index(
        "ix_follow_ups_open",
        "follow_ups",
        ["state"],
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError
