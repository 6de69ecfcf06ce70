"""Take the pictures of the README anew: `python -m tests.page.screenshots`.

They show real answers over the seed articles: a desktop by day and a phone by night.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from rag.engine import open_engine
from rag.profile import load_profile
from tests.api.asgi_server import serving
from tests.page.browsing import ask, launch, quote, ready

SHOTS = Path(__file__).parent / "shots"
QUESTION = "알렉산드르 왕은 몇 살인가?"


def desktop(browser: Browser, url: str) -> None:
    page = browser.new_page(
        locale="ko-KR", color_scheme="light", viewport={"width": 1360, "height": 850}
    )
    page.goto(url)
    ask(ready(page), QUESTION).locator(".text .mark").last.click()
    quote(page)
    page.screenshot(path=SHOTS / "desktop.png")


def phone(browser: Browser, url: str) -> None:
    page = browser.new_page(
        locale="ko-KR", color_scheme="dark", viewport={"width": 390, "height": 780},
        device_scale_factor=1.5, is_mobile=True, has_touch=True,
    )  # fmt: skip
    page.goto(url)
    ask(ready(page), "메타가 스케일 AI에 투자한 금액은 얼마인가?")
    page.locator("#question").blur()
    page.screenshot(path=SHOTS / "phone.png")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            print("There is no Chromium on this machine.", file=sys.stderr)
            return 1
        profile = load_profile(overrides={"data_dir": folder}, environ={})
        SHOTS.mkdir(exist_ok=True)
        with (
            open_engine(profile, write=True, seeds=True) as engine,
            serving(create_app(engine)) as url,
        ):
            desktop(browser, url)
            phone(browser, url)
        browser.close()
    for shot in sorted(SHOTS.glob("*.png")):
        with Image.open(shot) as picture:  # 256 colours are enough, and a third of the size
            few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(shot, optimize=True)
        print(f"{shot.relative_to(SHOTS.parents[2])}  {shot.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
