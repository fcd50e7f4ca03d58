"""Leases by the database's clock: nodes whose clocks disagree must not take each other's entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; who does not know the column leaves it empty, and leases by `due_at` alone."""
    op.add_column("outbox", sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("outbox", "leased_until")
