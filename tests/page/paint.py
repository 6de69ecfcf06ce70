"""How much work the first paint of the page is: `python -m tests.page.paint`.

Prints, for several loads in fresh windows, the milliseconds of processor time that the browser's
main thread took until the page stood there, empty, when the first paint came (with whatever else
the machine was doing), and the bytes of the page's files.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from rag.engine import open_engine
from rag.profile import load_profile
from tests.api.asgi_server import serving
from tests.page.browsing import launch

LOADS = 7


def load(browser: Browser, url: str) -> tuple[float, float, int]:
    """Busy milliseconds, milliseconds to the first paint, bytes of the page's own files."""
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # not counting others
    page.route("**/v1/**", lambda route: route.abort())  # comes after the first paint
    before = busy(session)
    page.goto(url)
    worked = busy(session) - before
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    size = page.evaluate(
        "Object.values(Object.fromEntries(['navigation', 'resource']"
        ".flatMap((kind) => performance.getEntriesByType(kind))"
        ".filter(({name}) => !name.includes('/v1/'))"
        ".map(({name, decodedBodySize}) => [name, decodedBodySize])))"
        ".reduce((sum, size) => sum + size, 0)"
    )
    page.close()
    return worked, painted, size


def busy(session: Any) -> float:
    """Milliseconds of the main thread's tasks so far: scripts, styles, layout and all else."""
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            print("There is no Chromium on this machine.", file=sys.stderr)
            return 1
        profile = load_profile(overrides={"data_dir": folder}, environ={})
        with (
            open_engine(profile, write=True, seeds=True) as engine,
            serving(create_app(engine)) as url,
        ):
            loads = [load(browser, url) for _ in range(LOADS)]
        browser.close()
    worked, painted, sizes = zip(*loads, strict=True)
    print(f"work of the first paint:  median {statistics.median(worked):.0f} ms of {LOADS} loads")
    print(f"it came after:            median {statistics.median(painted):.0f} ms")
    print(f"files of the page:        {max(sizes):,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
