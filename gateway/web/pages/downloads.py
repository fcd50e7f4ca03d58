"""Files that people attached, given out to be kept and not to be shown."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web


def as_download(name: str, media_type: str, content: bytes) -> web.Response:
    """The file as an answer: whatever is in it, no browser runs it here."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(body=content, content_type=media_type, headers=headers)
