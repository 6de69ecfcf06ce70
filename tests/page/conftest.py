"""The seeded engine behind a real server, and a browser for each file of tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from browsing import launch, ready
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from rag.engine import Engine
from tests.api.asgi_server import serving

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def service(seeded: Engine) -> Iterator[str]:
    """The address of the service over the seed articles."""
    with serving(create_app(seeded)) as url:
        yield url


# Not longer than a file: Playwright's loop would get in the way of other tests' own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            pytest.skip("there is no Chromium on this machine; Debian has it as `chromium`")
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, service: str) -> Iterator[Visit]:
    """Opens the page in a window of its own. Whatever a test does there, nothing may be asked of
    another host, and no script may fail or be stopped by the policy."""
    foreign: list[str] = []
    wrong: list[str] = []
    contexts = []

    def check(url: str, host: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("blob", "data") and parts.netloc != host:
            foreign.append(url)

    def open_page(url: str = service, **options: Any) -> Page:
        context = browser.new_context(**{"locale": "ko-KR", **options})
        contexts.append(context)
        page = context.new_page()
        host = urlsplit(url).netloc
        page.on("request", lambda request: check(request.url, host))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: "Policy" in said.text and wrong.append(said.text))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == []
    assert wrong == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """The page in Korean on a desktop, with the seed articles listed."""
    return ready(visit(viewport={"width": 1280, "height": 800}))


@pytest.fixture(scope="module")
def client(service: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service, timeout=60, trust_env=False) as client:
        yield client


_numbers = count(1)


@pytest.fixture
def collection(client: httpx.Client) -> Iterator[str]:
    """A new, empty collection, removed afterwards."""
    name = f"page-{next(_numbers)}"
    assert client.post("/v1/collections", json={"name": name}).status_code == 201
    yield name
    client.delete(f"/v1/collections/{name}")
