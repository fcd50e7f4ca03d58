"""Recordings given out to be listened to, by parts where a player asks for them (RFC 9110, 14)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.application.ports.recordings import Recording

_HEADERS: Final = {
    "Accept-Ranges": "bytes",
    "Content-Disposition": "inline",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


def as_sound(request: web.Request, recording: Recording) -> web.Response:
    """The recording, or the part of it that is asked for: without parts nobody can seek."""
    content, total = recording.content, len(recording.content)
    try:
        asked = request.http_range
    except ValueError:
        # Several parts at once, or no part at all: whoever asks so gets the whole.
        asked = slice(None)
    if asked.start is None and asked.stop is None:
        return web.Response(body=content, content_type=recording.media_type, headers=_HEADERS)
    start, stop, _ = asked.indices(total)
    if start >= stop:
        return web.Response(status=416, headers={**_HEADERS, "Content-Range": f"bytes */{total}"})
    part = {**_HEADERS, "Content-Range": f"bytes {start}-{stop - 1}/{total}"}
    return web.Response(status=206, body=content[start:stop], content_type=recording.media_type, headers=part)
