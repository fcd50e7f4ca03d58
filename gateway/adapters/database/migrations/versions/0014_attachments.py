"""Files that go with follow-ups (R-11)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "attachment_parts",
        sa.Column("follow_up_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.follow_up_id"], name=op.f("fk_attachment_parts_follow_up_id")
        ),
        sa.PrimaryKeyConstraint("follow_up_id", "step", "part", name=op.f("pk_attachment_parts")),
    )
    op.create_index("ix_attachment_parts_added_at", "attachment_parts", ["added_at"])


def downgrade() -> None:
    """Contract."""
    op.drop_table("attachment_parts")
