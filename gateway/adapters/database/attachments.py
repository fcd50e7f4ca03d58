"""Files of follow-ups, sealed, in parts: whoever reads many rows at once never holds many files."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from gateway.adapters.database.correspondence_tables import attachment_parts

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.ids import FollowUpId

_PART_BYTES: Final = 96 * 1024


class SqlAttachments:
    """The port `Attachments`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def add(self, follow_up_id: FollowUpId, step: int, content: bytes, now: datetime) -> None:
        """The file of a step."""
        await self._connection.execute(
            insert(attachment_parts),
            [
                {
                    "follow_up_id": follow_up_id,
                    "step": step,
                    "part": start // _PART_BYTES,
                    "added_at": now,
                    "content_sealed": self._personal_data.seal(
                        b64encode(content[start : start + _PART_BYTES]).decode("ascii")
                    ),
                }
                for start in range(0, max(len(content), 1), _PART_BYTES)
            ],
        )

    async def content(self, follow_up_id: FollowUpId, step: int) -> bytes | None:
        """The file of a step."""
        found = await self._connection.execute(
            select(attachment_parts.c.content_sealed)
            .where(attachment_parts.c.follow_up_id == follow_up_id, attachment_parts.c.step == step)
            .order_by(attachment_parts.c.part)
        )
        parts = [b64decode(self._personal_data.unseal(sealed)) for sealed in found.scalars()]
        return b"".join(parts) if parts else None
