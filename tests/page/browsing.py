"""A real browser on a real service: how it is found and started, and what every visit does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 30_000


def launch(playwright: Playwright) -> Browser | None:
    """The machine's Chromium, or else Playwright's own; None when there is neither."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and not Path(playwright.chromium.executable_path).exists():
        return None
    return playwright.chromium.launch(executable_path=found, args=ARGUMENTS)


def ready(page: Page) -> Page:
    """The page once it has shown the documents."""
    page.set_default_timeout(PATIENCE_MS)
    expect(page.locator("#collection option").first).to_be_attached(timeout=PATIENCE_MS)
    return page


def ask(page: Page, question: str) -> Locator:
    """Type a question and send it; the turn, once it has its answer."""
    before = page.locator(".turn").count()
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    return answered(page, before)


def answered(page: Page, before: int) -> Locator:
    """The turn after the first `before`, once it has its answer."""
    turn = page.locator(".turn").nth(before)
    card = turn.locator(".card")
    expect(card).to_have_attribute("aria-busy", "false", timeout=PATIENCE_MS)
    return turn


def joined(parts: Locator) -> str:
    """The text of several elements, one after the other."""
    return "".join(parts.all_text_contents())


def quote(page: Page) -> str:
    """What is highlighted in the open source."""
    expect(page.locator("#source mark.on").first).to_be_visible()
    return joined(page.locator("#source mark.on"))


def choose_collection(page: Page, name: str) -> None:
    """Select it and wait for its documents."""
    with page.expect_response(re.compile("/v1/documents")):
        page.locator("#collection").select_option(name)
