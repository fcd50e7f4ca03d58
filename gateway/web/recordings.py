"""Recorded prompts, for carriers to fetch: public words, nothing personal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

PATH: Final = "/ivr-audio"
PUBLIC: Final = "public_because"
"""Marks a handler as open on purpose, with the reason; a test walks all routes and asks for it."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)?\Z")


def add_recordings(app: web.Application, folders: Mapping[str, Path]) -> None:
    """Serve the files of each flow's folder as `/ivr-audio/<flow>/<file>`."""

    async def recording(request: web.Request) -> web.StreamResponse:
        flow, name = request.match_info["flow"], request.match_info["name"]
        folder = folders.get(flow)
        if folder is None or not _NAME.match(name) or not (path := folder / name).is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})

    setattr(recording, PUBLIC, "recorded prompts hold nothing personal")
    app.router.add_get(f"{PATH}/{{flow}}/{{name}}", recording)
