"""Which keys numbers are sealed with, by their ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: a table that no older version knows; the first start fills it."""
    op.create_table(
        "keys_in_use",
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_keys_in_use")),
    )


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError
