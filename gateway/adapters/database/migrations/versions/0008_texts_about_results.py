"""Texts that tell citizens the result of a follow-up (R-11, R-12)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: older programs go on beside it."""
    op.create_table(
        "result_texts",
        sa.Column("follow_up_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary()),
        sa.Column("phone_index", sa.String(length=64)),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("letter", sa.String(length=1), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("clarified_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.follow_up_id"], name=op.f("fk_result_texts_follow_up_id")
        ),
        sa.PrimaryKeyConstraint("follow_up_id", "step", name=op.f("pk_result_texts")),
    )
    op.create_index("ix_result_texts_phone_index", "result_texts", ["phone_index", "queued_at"])


def downgrade() -> None:
    """Contract."""
    op.drop_table("result_texts")
