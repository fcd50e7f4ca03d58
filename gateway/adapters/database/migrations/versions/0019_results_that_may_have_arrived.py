"""When a text about a result was about to leave: a reply may come before it is known that it has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: an older version leaves it empty, and takes replies for ratings until the text is settled."""
    op.add_column("result_texts", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Contract."""
    op.drop_column("result_texts", "tried_at")
