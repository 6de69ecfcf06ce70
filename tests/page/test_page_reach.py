"""The page for everybody: by keyboard, on a phone, with a screen reader, in two languages, with a
key; and what it weighs."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import ask, choose_collection, joined, quote, ready
from conftest import Visit
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from api.page import CSP, page_files
from rag.engine import Engine
from tests.api.asgi_server import serving

JOINED = "얀 르쿤은 언제 메타에 합류했나요?"
UNKNOWN = "라마4의 파라미터 수는 몇 개인가?"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_everything_can_be_done_from_the_keyboard(page: Page) -> None:
    field = page.locator("#question")
    expect(field).to_be_focused()
    page.keyboard.type(JOINED)
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    mark = page.locator(".turn .text .mark")
    expect(mark).to_be_visible()
    expect(page.locator(".why")).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    expect(mark).to_be_focused()
    expect(page.locator("#tip")).to_be_visible()
    page.keyboard.press("Enter")
    cited = quote(page)
    expect(page.locator("#source mark.on")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(mark).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert quote(page) == cited
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_be_visible()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    expect(field).to_have_value("")


def test_enter_that_ends_a_syllable_sends_nothing(page: Page) -> None:
    page.locator("#question").fill("얀 르쿤")
    page.evaluate(
        """document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))"""
    )
    expect(page.locator(".turn")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)


def sideways(page: Page) -> int:
    """By how many pixels the page could be scrolled sideways."""
    wide: int = page.evaluate(
        "Math.max(...['html', '#talk', '#docs', '#source-text'].map((name) => {"
        "const node = document.querySelector(name); return node.scrollWidth - node.clientWidth}))"
    )
    return wide


def test_on_a_phone_nothing_is_wider_than_the_screen(visit: Visit) -> None:
    page = ready(visit(**PHONE))
    expect(page.locator("#docs")).to_be_hidden()
    assert sideways(page) <= 0
    turn = ask(page, JOINED)
    turn.get_by_role("button", name="왜 이 답인가요?").tap()
    assert sideways(page) <= 0
    turn.locator(".text .mark").tap()
    quote(page)
    box = page.locator("#source").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 740}
    assert page.locator("#main").evaluate("(node) => node.inert")
    assert sideways(page) <= 0
    page.locator("#source .close").tap()
    assert not page.locator("#main").evaluate("(node) => node.inert")
    page.locator("#show-docs").tap()
    expect(page.locator("#list li")).to_have_count(2)
    assert sideways(page) <= 0


def serious(page: Page) -> list[str]:
    """What axe finds and calls serious or critical, with where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_axe_finds_nothing_serious(visit: Visit, scheme: str, width: int) -> None:
    # Only here the policy is off: axe puts itself into the page.
    size = {"width": width, "height": 800}
    page = ready(visit(bypass_csp=True, color_scheme=scheme, viewport=size))
    assert serious(page) == []
    ask(page, UNKNOWN)
    turn = ask(page, "알렉산드르 왕은 몇 살인가?")
    turn.get_by_role("button", name="왜 이 답인가요?").click()
    assert serious(page) == []
    turn.locator(".text .mark").first.click()
    quote(page)
    assert serious(page) == []
    page.keyboard.press("Escape")
    if page.locator("#docs").is_hidden():
        page.locator("#show-docs").click()
        assert serious(page) == []
    page.locator("#add-collection").click()
    assert serious(page) == []


def test_it_speaks_the_language_of_the_browser_and_the_one_chosen(visit: Visit) -> None:
    page = ready(visit(locale="en-GB"))
    expect(page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    turn = ask(page, JOINED)
    expect(turn.get_by_text("Short answer")).to_be_visible()
    page.get_by_role("button", name="한국어").click()
    expect(page.locator(".turn").get_by_text("짧은 답")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.reload()
    expect(ready(page).locator("#question")).to_have_attribute("placeholder", "이어서 물어보세요")


def test_examples_are_shown_where_they_can_be_answered(collection: str, page: Page) -> None:
    examples = page.locator("#examples button")
    expect(examples).to_have_count(4)
    choose_collection(page, collection)
    expect(examples).to_have_count(0)
    expect(page.locator("#examples")).to_contain_text("파일을 추가하면")
    choose_collection(page, "default")
    examples.first.click()
    expect(page.locator(".turn .short strong")).to_have_text("2013년")


def keyed(app: ASGIApp, key: str) -> ASGIApp:
    """The application behind a key, as the service has it where keys are set."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        known = headers.get(b"authorization") == f"Bearer {key}".encode()
        if scope["type"] == "http" and scope["path"].startswith("/v1") and not known:
            error = {"type": "unauthorized", "message": "A key is needed."}
            await JSONResponse({"error": error}, 401)(scope, receive, send)
            return
        await app(scope, receive, send)

    return guarded


def test_a_key_is_asked_for_once_and_kept_for_the_tab(visit: Visit, seeded: Engine) -> None:
    with serving(keyed(create_app(seeded), "sesame")) as url:
        page = visit(url)
        dialog = page.get_by_role("dialog", name="API 키가 필요합니다")
        dialog.get_by_label("API 키").fill("wrong")
        page.keyboard.press("Enter")
        expect(dialog.get_by_text("맞지 않는 키입니다.")).to_be_visible()
        dialog.get_by_label("API 키").fill("sesame")
        page.keyboard.press("Enter")
        ready(page)
        expect(ask(page, JOINED).locator(".short strong")).to_have_text("2013년")
        page.reload()
        ready(page)
        expect(dialog).to_be_hidden()
        assert page.evaluate("localStorage.getItem('key')") is None


def test_it_weighs_less_than_60_kb_in_all() -> None:
    assert sum(map(len, page_files().values())) < 60_000


def test_no_file_of_it_makes_markup_of_text() -> None:
    makers = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|setHTML|srcdoc"
        r"|createContextualFragment|\bstyle=|\son\w+=\"|https?://(?!www\.w3\.org/2000/svg)"
    )
    for name, data in page_files().items():
        assert makers.findall(data.decode()) == [], name


def test_every_file_has_the_policy_and_is_asked_for_again(client: httpx.Client) -> None:
    for path in ("/", *(f"/page/{name}" for name in page_files())):
        first = client.get(path)
        assert first.status_code == 200
        assert first.headers["content-security-policy"] == CSP
        assert first.headers["cache-control"] == "no-cache"
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get("/page/nothing.js").status_code == 404
    assert client.get("/page/..%2Fpage.py").status_code == 404


def test_the_browser_itself_refuses_markup(page: Page) -> None:
    refused = page.evaluate(
        """() => { try { document.body.innerHTML = "<b>x</b>"; return "let through" }
                   catch (error) { return error.name } }"""
    )
    assert refused == "TypeError"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.fixture(scope="module")
def plain_page(browser: Browser, service: str) -> Any:
    page = browser.new_context().new_page()
    page.goto(service)
    yield page
    page.context.close()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), text=TEXTS | st.text("a가🚢👩‍👧\u0301 ", max_size=60))
def test_spans_of_code_points_are_found_in_utf_16(
    plain_page: Page, data: st.DataObject, text: str
) -> None:
    edges = st.integers(0, len(text))
    drawn = data.draw(st.lists(st.tuples(edges, edges), max_size=4))
    spans = [{"start": min(pair), "end": max(pair)} for pair in drawn]
    found, pieces = plain_page.evaluate(
        """async ([text, spans]) => {
            const {inUnits, pieces} = await import("./page/text.js");
            const units = inUnits(text, spans);
            return [units.map(({start, end}) => text.slice(start, end)), pieces(text, units)];
        }""",
        [text, spans],
    )
    assert found == [text[span["start"] : span["end"]] for span in spans]
    assert "".join(piece["text"] for piece in pieces) == text
    for number, inside in enumerate(found):
        assert "".join(p["text"] for p in pieces if number in p["of"]) == inside


def test_a_marker_in_the_quote_itself_is_not_ours(plain_page: Page) -> None:
    text = "표 [1]을 보라. [1]"
    citation = {
        "marker": 1, "cited_text": "표 [1]을 보라.", "answer_span": {"start": 0, "end": 10},
    }  # fmt: skip
    shown = plain_page.evaluate(
        """async ([text, citation]) =>
            (await import("./page/text.js")).answerPieces(text, [citation])""",
        [text, citation],
    )
    assert [piece.get("text", "mark") for piece in shown] == ["표 [1]을 보라.", "mark"]
    assert joined(plain_page.locator("title")) == "근거 Geungeo"
