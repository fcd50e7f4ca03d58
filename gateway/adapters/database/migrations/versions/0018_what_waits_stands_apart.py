"""What waits, and what was asked, stand in small tables of their own, kept by triggers.

What came before is copied by revision 0020.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.adapters.database.column_types import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_LOCK = "LOCK TABLE invitations IN ACCESS EXCLUSIVE MODE"
"""Nobody writes between the filling and the triggers. At once as strong as it gets: who has looked at an
invitation, and changes it next, would wait for us, and we then for them."""

_EMPTY = ("DELETE FROM waiting_reminders", "DELETE FROM open_questions")

# In the order of the keys, which takes two thirds of the time: everybody waits.
_FILL = (
    """
    INSERT INTO waiting_reminders (remind_at, invitation_id)
    SELECT remind_at, invitation_id FROM invitations WHERE remind_at IS NOT NULL
    ORDER BY remind_at, invitation_id
    """,
    """
    INSERT INTO open_questions (phone_index, texted_at, invitation_id)
    SELECT phone_index, texted_at, invitation_id FROM invitations
    WHERE texted_at IS NOT NULL AND rated_at IS NULL AND phone_index IS NOT NULL
    ORDER BY phone_index, texted_at, invitation_id
    """,
)

_UNDO_ON_SQLITE = tuple(
    f"DROP TRIGGER IF EXISTS {table}_{event}"
    for table in ("waiting_reminders", "open_questions")
    for event in ("added", "changed", "removed")
)
_ON_SQLITE = (
    """
    CREATE TRIGGER waiting_reminders_added AFTER INSERT ON invitations
    WHEN NEW.remind_at IS NOT NULL
    BEGIN
        INSERT OR IGNORE INTO waiting_reminders (remind_at, invitation_id)
        VALUES (NEW.remind_at, NEW.invitation_id);
    END
    """,
    """
    CREATE TRIGGER waiting_reminders_changed AFTER UPDATE OF remind_at ON invitations
    WHEN OLD.remind_at IS NOT NEW.remind_at
    BEGIN
        DELETE FROM waiting_reminders
        WHERE remind_at = OLD.remind_at AND invitation_id = OLD.invitation_id;
        INSERT OR IGNORE INTO waiting_reminders (remind_at, invitation_id)
        SELECT NEW.remind_at, NEW.invitation_id WHERE NEW.remind_at IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER waiting_reminders_removed AFTER DELETE ON invitations
    WHEN OLD.remind_at IS NOT NULL
    BEGIN
        DELETE FROM waiting_reminders
        WHERE remind_at = OLD.remind_at AND invitation_id = OLD.invitation_id;
    END
    """,
    """
    CREATE TRIGGER open_questions_added AFTER INSERT ON invitations
    WHEN NEW.texted_at IS NOT NULL AND NEW.rated_at IS NULL AND NEW.phone_index IS NOT NULL
    BEGIN
        INSERT OR IGNORE INTO open_questions (phone_index, texted_at, invitation_id)
        VALUES (NEW.phone_index, NEW.texted_at, NEW.invitation_id);
    END
    """,
    """
    CREATE TRIGGER open_questions_changed AFTER UPDATE OF phone_index, texted_at, rated_at ON invitations
    WHEN OLD.texted_at IS NOT NULL OR NEW.texted_at IS NOT NULL
    BEGIN
        DELETE FROM open_questions
        WHERE phone_index = OLD.phone_index AND texted_at = OLD.texted_at
        AND invitation_id = OLD.invitation_id;
        INSERT OR IGNORE INTO open_questions (phone_index, texted_at, invitation_id)
        SELECT NEW.phone_index, NEW.texted_at, NEW.invitation_id
        WHERE NEW.texted_at IS NOT NULL AND NEW.rated_at IS NULL AND NEW.phone_index IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER open_questions_removed AFTER DELETE ON invitations
    WHEN OLD.texted_at IS NOT NULL
    BEGIN
        DELETE FROM open_questions
        WHERE phone_index = OLD.phone_index AND texted_at = OLD.texted_at
        AND invitation_id = OLD.invitation_id;
    END
    """,
)

_UNDO_ON_POSTGRESQL = (
    "DROP FUNCTION IF EXISTS keep_waiting_reminders() CASCADE",
    "DROP FUNCTION IF EXISTS keep_open_questions() CASCADE",
)
_ON_POSTGRESQL = (
    """
    CREATE FUNCTION keep_waiting_reminders() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.remind_at IS NOT NULL THEN
            DELETE FROM waiting_reminders
            WHERE remind_at = OLD.remind_at AND invitation_id = OLD.invitation_id;
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.remind_at IS NOT NULL THEN
            INSERT INTO waiting_reminders (remind_at, invitation_id)
            VALUES (NEW.remind_at, NEW.invitation_id) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER waiting_reminders_added AFTER INSERT ON invitations
    FOR EACH ROW WHEN (NEW.remind_at IS NOT NULL)
    EXECUTE FUNCTION keep_waiting_reminders()
    """,
    """
    CREATE TRIGGER waiting_reminders_changed AFTER UPDATE OF remind_at ON invitations
    FOR EACH ROW WHEN (OLD.remind_at IS DISTINCT FROM NEW.remind_at)
    EXECUTE FUNCTION keep_waiting_reminders()
    """,
    """
    CREATE TRIGGER waiting_reminders_removed AFTER DELETE ON invitations
    FOR EACH ROW WHEN (OLD.remind_at IS NOT NULL)
    EXECUTE FUNCTION keep_waiting_reminders()
    """,
    """
    CREATE FUNCTION keep_open_questions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.texted_at IS NOT NULL THEN
            DELETE FROM open_questions
            WHERE phone_index = OLD.phone_index AND texted_at = OLD.texted_at
            AND invitation_id = OLD.invitation_id;
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.texted_at IS NOT NULL
        AND NEW.rated_at IS NULL AND NEW.phone_index IS NOT NULL THEN
            INSERT INTO open_questions (phone_index, texted_at, invitation_id)
            VALUES (NEW.phone_index, NEW.texted_at, NEW.invitation_id) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER open_questions_added AFTER INSERT ON invitations
    FOR EACH ROW WHEN (
        NEW.texted_at IS NOT NULL AND NEW.rated_at IS NULL AND NEW.phone_index IS NOT NULL
    )
    EXECUTE FUNCTION keep_open_questions()
    """,
    """
    CREATE TRIGGER open_questions_changed AFTER UPDATE OF phone_index, texted_at, rated_at ON invitations
    FOR EACH ROW WHEN (
        (OLD.texted_at IS NOT NULL OR NEW.texted_at IS NOT NULL)
        AND (OLD.phone_index, OLD.texted_at, OLD.rated_at)
        IS DISTINCT FROM (NEW.phone_index, NEW.texted_at, NEW.rated_at)
    )
    EXECUTE FUNCTION keep_open_questions()
    """,
    """
    CREATE TRIGGER open_questions_removed AFTER DELETE ON invitations
    FOR EACH ROW WHEN (OLD.texted_at IS NOT NULL)
    EXECUTE FUNCTION keep_open_questions()
    """,
)


def upgrade() -> None:
    """Expand: also what programs written before write from now on is kept apart."""
    _make_tables()
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _ON_POSTGRESQL if on_postgresql else _ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError


def make_anew(connection: sa.Connection) -> None:
    """Where triggers were lost: fill the tables by what the invitations say, and make all triggers."""
    statements = (*_UNDO_ON_SQLITE, *_EMPTY, *_FILL, *_ON_SQLITE)
    if connection.dialect.name == "postgresql":
        statements = (_LOCK, *_UNDO_ON_POSTGRESQL, *_EMPTY, *_FILL, *_ON_POSTGRESQL)
    for statement in statements:
        connection.execute(sa.text(statement))


def _make_tables() -> None:
    op.create_table(
        "waiting_reminders",
        sa.Column("remind_at", Moment(), nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("remind_at", "invitation_id", name="pk_waiting_reminders"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "open_questions",
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("texted_at", Moment(), nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("phone_index", "texted_at", "invitation_id", name="pk_open_questions"),
        sqlite_with_rowid=False,
    )
