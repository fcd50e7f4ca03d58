"""Files that go with a follow-up: which may, told by their content, and under what name."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from gateway.domain.plain_text import one_line, storable

LARGEST: Final = 5 * 1024 * 1024
"""Bytes of one file."""
MOST: Final = 20
"""Files of one follow-up."""
_LONGEST_NAME: Final = 80
_FORBIDDEN: Final = re.compile(r'[\\/:*?"<>|]+')
_UNNAMED: Final = "附件"


class AttachmentType(Enum):
    """What may be attached; the value is its media type."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    @property
    def extension(self) -> str:
        """The end of its files' names."""
        return f".{self.name.casefold().replace('jpeg', 'jpg')}"


def type_of(content: bytes) -> AttachmentType | None:
    """What a file is, whatever its name says; None for anything that may not be attached."""
    if content.startswith(b"%PDF-"):
        return AttachmentType.PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return AttachmentType.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return AttachmentType.JPEG
    return _office_type(content) if content.startswith(b"PK\x03\x04") else None


def _office_type(content: bytes) -> AttachmentType | None:
    """A document of the Open XML kind without programs in it."""
    # The names of a ZIP's members stand in the open.
    if b"[Content_Types].xml" not in content or b"vbaProject" in content:
        return None
    if b"word/document.xml" in content:
        return AttachmentType.DOCX
    return AttachmentType.XLSX if b"xl/workbook.xml" in content else None


def safe_name(name: str, kind: AttachmentType) -> str:
    """A name that no file system, header or page trips over, with the end that its content asks for."""
    last = re.split(r"[\\/]", one_line(storable(name)))[-1]
    stem = _FORBIDDEN.sub("_", last.rpartition(".")[0] or last).strip(". ")[:_LONGEST_NAME]
    return f"{stem or _UNNAMED}{kind.extension}"
