"""The page and its files, read once and served from memory: nothing else can be asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter, Request, Response

WEB = Path(__file__).parents[1] / "web"
"""The folder of the page."""

# By our own table: that of the system may call a script plain text, and browsers would refuse it.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def page_router(folder: Path = WEB) -> APIRouter:
    """A route for each file of the page whose type is known; `index.html` is at `/`."""
    router = APIRouter(include_in_schema=False)
    for file in sorted(folder.rglob("*")):
        if file.suffix in TYPES and file.is_file():
            name = file.relative_to(folder).as_posix()
            _add(router, "/" if name == "index.html" else f"/{name}", file)
    return router


def _add(router: APIRouter, path: str, file: Path) -> None:
    content = file.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    # Asked again each time, which costs little here, so that a new version is seen at once.
    headers = {"ETag": tag, "Cache-Control": "no-cache"}

    async def get(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=TYPES[file.suffix], headers=headers)

    router.add_api_route(path, get, methods=["GET", "HEAD"])
