"""Histories of follow-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: an older version opens follow-ups without steps, as this one does."""
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("steps", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("head", sa.String(length=64), server_default="", nullable=False))
    op.create_table(
        "follow_up_steps",
        sa.Column("follow_up_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column(
            "facts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("words_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.follow_up_id"], name=op.f("fk_follow_up_steps_follow_up_id")
        ),
        sa.PrimaryKeyConstraint("follow_up_id", "number", name=op.f("pk_follow_up_steps")),
    )


def downgrade() -> None:
    """Contract."""
    op.drop_table("follow_up_steps")
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_column("head")
        batch_op.drop_column("steps")
