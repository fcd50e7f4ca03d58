"""The index by orders of deliveries holds only what has an order: nothing else is ever looked up in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UNSETTLED = "state IN ('pending', 'dead')"


def upgrade() -> None:
    """A small index; programs written before ask nothing that it does not answer."""
    _replace(f"order_key IS NOT NULL AND {_UNSETTLED}")


def downgrade() -> None:
    """Undo."""
    _replace(_UNSETTLED)


def _replace(where: str) -> None:
    op.drop_index("ix_outbox_unsettled_order", "outbox")
    op.create_index(
        "ix_outbox_unsettled_order",
        "outbox",
        ["order_key", "outbox_id"],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
