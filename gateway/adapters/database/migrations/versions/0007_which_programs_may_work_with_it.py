"""Which programs may work with this schema: an older one serves as long as the promise includes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; a migration that contracts raises the revision in the same transaction."""
    promise = op.create_table(
        "schema_promise",
        sa.Column("oldest_program", sa.String(length=32), primary_key=True, nullable=False),
    )
    op.bulk_insert(promise, [{"oldest_program": "0001"}])


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError
