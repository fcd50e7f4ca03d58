"""Positions of evaluations: a list that several nodes write to is paged without skipping anything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; rows of a version that does not know the column get their positions from one that does."""
    op.add_column("evaluations", sa.Column("position", sa.BigInteger(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # Cursors that readers keep are numbers of rows: they stay good.
        op.execute(sa.text("UPDATE evaluations SET position = recorded_no"))
    op.create_index(
        "uq_evaluations_position",
        "evaluations",
        ["position"],
        unique=True,
        sqlite_where=sa.text("position IS NOT NULL"),
        postgresql_where=sa.text("position IS NOT NULL"),
    )
    op.create_index(
        "ix_evaluations_unplaced",
        "evaluations",
        ["recorded_no"],
        sqlite_where=sa.text("position < 0"),
        postgresql_where=sa.text("position IS NULL"),
    )


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError
