"""Follow-ups that are not closed, and their next alarms (R-10, R-11)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is unfinished now is looked at when its first deadline has come."""
    op.create_table(
        "unfinished_follow_ups",
        sa.Column("follow_up_id", sa.String(length=32), nullable=False),
        sa.Column("agency_code", sa.String(length=32), nullable=False),
        sa.Column("alarm_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.follow_up_id"], name=op.f("fk_unfinished_follow_ups_follow_up_id")
        ),
        sa.PrimaryKeyConstraint("follow_up_id", name=op.f("pk_unfinished_follow_ups")),
    )
    op.create_index(
        "ix_unfinished_follow_ups_agency_code", "unfinished_follow_ups", ["agency_code", "follow_up_id"]
    )
    op.create_index(
        "ix_unfinished_follow_ups_alarm_at",
        "unfinished_follow_ups",
        ["alarm_at"],
        sqlite_where=sa.text("alarm_at IS NOT NULL"),
        postgresql_where=sa.text("alarm_at IS NOT NULL"),
    )
    op.execute(
        "INSERT INTO unfinished_follow_ups (follow_up_id, agency_code, alarm_at) "
        "SELECT follow_up_id, agency_code, acknowledge_by FROM follow_ups WHERE state <> 'closed'"
    )


def downgrade() -> None:
    """Contract."""
    op.drop_table("unfinished_follow_ups")
