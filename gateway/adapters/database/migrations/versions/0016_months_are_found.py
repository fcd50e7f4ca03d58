"""Indexes by which figures and signs of a month are read from that month alone, however much is stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; of all ratings the first holds only what was told days before or after it was given."""
    op.create_index(
        "ix_evaluations_told_late",
        "evaluations",
        ["evaluated_at"],
        sqlite_where=sa.text("abs(julianday(recorded_at) - julianday(evaluated_at)) > 3"),
        postgresql_where=sa.text("abs(extract(epoch FROM recorded_at - evaluated_at)) > 259200"),
    )
    hotline = sa.text("kind = 'hotline' AND staff_code IS NOT NULL")
    op.create_index(
        "ix_services_hotline", "services", ["completed_at"], sqlite_where=hotline, postgresql_where=hotline
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_services_hotline", "services")
    op.drop_index("ix_evaluations_told_late", "evaluations")
