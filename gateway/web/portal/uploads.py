"""Forms that bring a file, read no further than they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, web

from gateway.domain.handling.attachments import LARGEST

_LONGEST_FIELD: Final = 40_000
_MOST_PARTS: Final = 20
_AS_IT_IS: Final = frozenset({"7bit", "8bit", "binary"})


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
            fields[part.name] = _text(await _read(part, _LONGEST_FIELD), part)
    raise ValueError("too many parts")


def _text(content: bytes, part: BodyPartReader) -> str:
    try:
        return content.decode(part.get_charset(default="utf-8"))
    except LookupError:
        raise ValueError("a part in letters that nobody knows") from None


async def _read(part: BodyPartReader, most: int) -> bytes:
    if part.headers.get("Content-Transfer-Encoding", "binary").casefold() not in _AS_IT_IS:
        # No browser sends any other (RFC 7578 4.7).
        raise ValueError("a part in an encoding of mail")
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(content))
    return bytes(content)
