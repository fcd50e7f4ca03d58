"""The sections of the page: what there is to see now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.web.demo.mailbox import Mailbox
from gateway.web.demo.parts import DemoParts, HandsetText
from gateway.web.demo.records import shown

_RECORDS: Final = 60
_TEXTS: Final = 100


class PageSections:
    """Reads every section from where it really is: carrier, database, mail folder, core store, timeline."""

    def __init__(self, parts: DemoParts, mailbox: Mailbox) -> None:
        self._parts = parts
        self._mailbox = mailbox

    async def __call__(self) -> Mapping[str, object]:
        """All sections; raises Unavailable when the database is away."""
        parts = self._parts
        return {
            "clock": {"skips": parts.timeline.count_of("skip")},
            "texts": await self._texts(),
            "mails": [mail.as_json() for mail in await self._mailbox.mails()],
            "records": [shown(document) for document in await parts.records(_RECORDS)],
            "timeline": parts.timeline.entries(),
        }

    async def _texts(self) -> list[dict[str, object]]:
        handset = self._parts.handset
        async with self._parts.database.reading() as work:
            return [
                {**_text(text), "receipt": receipt.value if receipt else None}
                for text in handset.sent[-_TEXTS:]
                for receipt in [await work.messages.receipt(handset.name, text.message_id)]
            ]


def _text(text: HandsetText) -> dict[str, object]:
    """A text with its whole number: the page is the citizen's own handset."""
    return {
        "id": text.message_id,
        "to": text.to.reveal(),
        "line": text.line,
        "body": text.body,
        "at": text.sent_at.isoformat(timespec="milliseconds"),
    }
