"""Forms that bring a file, read no further than they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, web

from gateway.domain.handling.attachments import LARGEST

_LONGEST_FIELD: Final = 40_000
_MOST_PARTS: Final = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A form with its file; a browser sends an empty one where none was chosen."""

    fields: dict[str, str]
    name: str
    content: bytes


async def read_upload(request: web.Request) -> Upload:
    """The form.

    Raises:
        HTTPRequestEntityTooLarge: a field or the file is larger than it may be.
        ValueError: it cannot be read as a form.

    """
    fields: dict[str, str] = {}
    name, content = "", b""
    reader = await request.multipart()
    for _ in range(_MOST_PARTS):
        part = await reader.next()
        if part is None:
            return Upload(fields, name, content)
        if not isinstance(part, BodyPartReader) or not part.name:
            raise ValueError("a part without a name")
        if part.filename is not None:
            name, content = part.filename, await _read(part, LARGEST)
        else:
            fields[part.name] = (await _read(part, _LONGEST_FIELD)).decode("utf-8", "replace")
    raise ValueError("too many parts")


async def _read(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(content))
    return bytes(content)
