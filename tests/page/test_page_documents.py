"""Documents on the page: added, read, removed, and never anything but text."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from browsing import ask, choose_collection, quote
from playwright.sync_api import Page, expect

# Everything that would do something if it were taken for markup, between an emoji that takes two
# UTF-16 units and a turn of the writing direction.
HOSTILE = """🚢🧭 한빛항 안내 👩‍👩‍👧

<script>document.title = "owned"; fetch("https://evil.example/x")</script>
<img src="https://evil.example/pixel.png" onerror="document.title='owned'">
<a href="javascript:document.title='owned'">여기</a> [눌러](https://evil.example/)
<style>@import "https://evil.example/s.css"; body { display: none }</style>
![그림](https://evil.example/i.png) {{7*7}} ${7*7} &lt;b&gt; </mark></div>
\u202e거꾸로\u202c \u2067מימין\u2069

🧑‍✈️ 한빛항의 등대는 1987년 4월 <b>김도윤</b> 선장이 세웠습니다. 그 뒤로 불이 꺼진 적이 없습니다.
"""
LIGHTHOUSE = "한빛항의 등대는 언제 세워졌나요?"
NAME = "<img src=x onerror=alert(1)> \u202eharbour.txt"


def added(client: httpx.Client, collection: str, text: str, source: str) -> str:
    body = {"documents": [{"text": text, "source": source, "collection": collection}]}
    (item,) = client.post("/v1/documents", json=body).json()["documents"]
    assert item["status"] in ("added", "updated"), item
    return str(item["document_id"])


def test_a_document_is_never_anything_but_text(
    client: httpx.Client, collection: str, page: Page
) -> None:
    document_id = added(client, collection, HOSTILE, NAME)
    choose_collection(page, collection)
    turn = ask(page, LIGHTHOUSE)
    turn.locator(".text .mark").first.click()
    body = {"question": LIGHTHOUSE, "collection": collection}
    cited = client.post("/v1/ask", json=body).json()["citations"][0]
    assert "<b>김도윤</b>" in cited["cited_text"]
    assert quote(page) == cited["cited_text"]
    shown = page.locator("#source-text")
    assert shown.text_content() == client.get(f"/v1/documents/{document_id}").json()["text"]
    assert "<script>" in (shown.text_content() or "")
    assert shown.locator("*:not(mark)").count() == 0
    assert page.locator("#source-name, #source-title").filter(has_text="onerror=alert").count() == 1
    assert page.locator("script").count() == 1
    assert page.title() == "근거 Geungeo"
    expect(page.locator("#list img, .turn img, #source img")).to_have_count(0)
    with page.expect_download() as saved:
        page.locator("#save").click()
    exported = saved.value.path().read_text("utf-8")
    assert "\\<b>김도윤\\</b>" in exported
    assert re.search(r"(?<!\\)<", exported) is None


def test_a_file_is_added_read_and_removed(
    client: httpx.Client, collection: str, page: Page, tmp_path: Path
) -> None:
    choose_collection(page, collection)
    expect(page.locator("#docs-note")).to_contain_text("아직 문서가 없습니다")
    good, bad = tmp_path / "달 기지.txt", tmp_path / "그림.png"
    good.write_text("달 기지는 2041년 3월에 문을 열었다. 책임자는 오수빈 박사이다.", "utf-8")
    bad.write_bytes(bytes(range(256)))
    with page.expect_file_chooser() as chooser:
        page.locator("#choose").click()
    chooser.value.set_files([bad, good])
    uploads = page.locator("#uploads li")
    expect(uploads.filter(has_text="그림.png")).to_contain_text("추가하지 못했습니다")
    expect(uploads.filter(has_text="달 기지.txt")).to_contain_text("추가했습니다")
    expect(page.locator("#list li")).to_have_count(1)
    ask(page, "달 기지는 언제 문을 열었나?").locator(".mark").first.click()
    assert "2041년 3월" in quote(page)

    page.locator("#list li button").first.click()
    expect(page.locator("#source-text")).to_have_text(good.read_text("utf-8"))
    expect(page.locator("#source mark")).to_have_count(0)

    page.locator("#list .icon").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="취소").click()
    expect(page.locator("#list li")).to_have_count(1)
    page.locator("#list .icon").click()
    dialog.get_by_role("button", name="삭제").click()
    expect(page.locator("#list li")).to_have_count(0)
    expect(page.locator("#source")).to_be_hidden()
    assert client.get("/v1/documents", params={"collection": collection}).json()["documents"] == []


def test_a_file_can_be_dropped(collection: str, page: Page) -> None:
    choose_collection(page, collection)
    dropped = page.evaluate_handle(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["등대지기는 고양이 두 마리와 산다."], "등대.md"));
            return data;
        }"""
    )
    page.dispatch_event("#talk", "dragover", {"dataTransfer": dropped})
    expect(page.locator("#veil")).to_contain_text(collection)
    page.dispatch_event("#talk", "drop", {"dataTransfer": dropped})
    expect(page.locator("#veil")).to_be_hidden()
    expect(page.locator("#list li")).to_contain_text("등대.md")


def test_a_collection_is_made_and_removed(page: Page, client: httpx.Client) -> None:
    page.get_by_role("button", name="새 모음 만들기").click()
    page.get_by_label("이름").fill("항해 일지")
    page.keyboard.press("Enter")
    expect(page.locator("#collection")).to_have_value("항해 일지")
    names = {c["name"] for c in client.get("/v1/collections").json()["collections"]}
    assert "항해 일지" in names
    page.get_by_role("button", name="이 모음 삭제").click()
    page.get_by_role("dialog").get_by_role("button", name="삭제").click()
    expect(page.locator("#collection")).to_have_value("default")
    assert "항해 일지" not in client.get("/v1/collections").text


def test_a_quote_is_found_again_after_its_document_changed(
    client: httpx.Client, collection: str, page: Page
) -> None:
    text = "등대지기는 박하늘이다. 등대에는 고양이가 두 마리 산다."
    added(client, collection, text, "lighthouse.txt")
    choose_collection(page, collection)
    mark = ask(page, "등대지기는 누구인가?").locator(".text .mark").first
    mark.click()
    cited = quote(page)
    added(client, collection, f"새로 쓴 머리말이 앞에 붙었다.\n\n{text}", "lighthouse.txt")
    mark.click()
    expect(page.locator("#source-note")).to_contain_text("옮겨진 자리")
    assert quote(page) == cited
    changed = added(client, collection, "등대는 이제 비어 있다.", "lighthouse.txt")
    mark.click()
    expect(page.locator("#source-note")).to_contain_text("그대로 남아 있지 않습니다")
    expect(page.locator("#source mark")).to_have_count(0)
    client.delete(f"/v1/documents/{changed}")
    mark.click()
    expect(page.locator("#source-note")).to_contain_text("삭제되었습니다")
    expect(page.locator("#source-text")).to_have_text(cited)
