"""The web page at /: one screen to ask, to read the sources, to add and remove documents.

Its files lie in `page/` and go out as they are; there is no build step. It does not know the calls
that the page makes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

# What a document holds enters the page as text; were it ever taken for markup, the browser would
# still run nothing of it and call nobody.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@router.get("/")
def page(request: Request) -> Response:
    """The page itself."""
    return _file(request, "index.html")


@router.get("/page/{name}")
def asset(request: Request, name: str) -> Response:
    """One of the files of the page."""
    return _file(request, name)


def _file(request: Request, name: str) -> Response:
    """A file, or that it is the one which the browser has: after an update of the service it must
    not go on with old ones."""
    if name not in page_files():
        raise HTTPException(404)
    data = page_files()[name]
    tag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
    headers = {"Content-Security-Policy": CSP, "Cache-Control": "no-cache", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=KINDS[name.rpartition(".")[2]], headers=headers)


@cache
def page_files() -> dict[str, bytes]:
    """Every file of the page by its name."""
    folder = files("api").joinpath("page")
    return {file.name: file.read_bytes() for file in folder.iterdir()}
