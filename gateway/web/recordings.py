"""Recorded prompts, for carriers to fetch: public words, nothing personal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

PATH: Final = "/ivr-audio"
PUBLIC: Final = "public_because"
"""Marks a handler as open on purpose, with the reason; a test walks all routes and asks for it."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,2}\Z")


def add_recordings(app: web.Application, folders: Mapping[str, Sequence[Path]]) -> None:
    """Serve the files of each flow's folders, the first first, as `/ivr-audio/<flow>/<file>`."""

    async def recording(request: web.Request) -> web.StreamResponse:
        flow, name = request.match_info["flow"], request.match_info["name"]
        candidates = [folder / name for folder in folders.get(flow, ())] if _NAME.match(name) else []
        found = [path for path in candidates if path.is_file()]
        if not found:
            raise web.HTTPNotFound
        return web.FileResponse(found[0], headers={"Cache-Control": "public, max-age=86400"})

    setattr(recording, PUBLIC, "recorded prompts hold nothing personal")
    app.router.add_get(f"{PATH}/{{flow}}/{{name}}", recording)
