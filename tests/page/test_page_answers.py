"""An answer on the page: its marks lead to the exact quote, and what it lacks is told in words."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from browsing import answered, ask, joined, quote, ready
from conftest import Visit
from playwright.sync_api import Page, expect

from api.app import create_app
from rag.cancel import Cancel
from rag.engine import Engine
from rag.events import DeltaEvent, Event, FinalEvent
from rag.types import Unsupported
from tests.api.asgi_server import serving

JOINED = "얀 르쿤은 언제 메타에 합류했나요?"
AGE = "알렉산드르 왕은 몇 살인가?"
UNKNOWN = "라마4의 파라미터 수는 몇 개인가?"


def answer_of(client: httpx.Client, question: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/ask", json={"question": question}).json()
    return answer


@pytest.mark.parametrize("question", [JOINED, AGE, "How much did Meta invest in Scale AI?"])
def test_every_mark_opens_its_source_at_the_exact_quote(
    page: Page, client: httpx.Client, question: str
) -> None:
    answer = answer_of(client, question)
    turn = ask(page, question)
    marks = turn.locator(".text .mark")
    assert marks.count() == len(answer["citations"]) >= 1
    for number, citation in enumerate(answer["citations"]):
        marks.nth(number).click()
        assert quote(page) == citation["cited_text"]
        span = citation["answer_span"]
        sentence = answer["answer"][span["start"] : span["end"]]
        assert joined(turn.locator(".text .lit:not(.mark)")) == sentence
        expect(page.locator("#source mark.on").first).to_be_in_viewport()
        expect(page.locator("#source-name")).to_have_text(citation["source"])
    page.locator("#source .close").click()
    expect(turn.locator(".lit")).to_have_count(0)


def test_the_answer_and_its_short_answer_are_those_of_the_service(
    page: Page, client: httpx.Client
) -> None:
    answer = answer_of(client, JOINED)
    turn = ask(page, JOINED)
    expect(turn.locator(".short strong")).to_have_text(answer["short_answer"])
    expect(turn.locator(".text strong")).to_have_text(answer["short_answer"])
    shown = joined(turn.locator(".text"))
    assert shown == re.sub(r" \[(\d+)\]", r"\1", answer["answer"])
    expect(page.locator("#says")).to_contain_text("2013년")


def test_pointing_at_a_mark_shows_its_quote(page: Page, client: httpx.Client) -> None:
    cited = answer_of(client, JOINED)["citations"][0]["cited_text"]
    mark = ask(page, JOINED).locator(".text .mark")
    tip = page.locator("#tip")
    expect(tip).to_be_hidden()
    mark.hover()
    expect(tip.locator("q")).to_have_text(cited)
    expect(mark).to_have_attribute("aria-describedby", "tip")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator("#source").wait_for(state="hidden")


def test_what_the_documents_do_not_say_is_told_calmly_with_what_comes_nearest(
    page: Page, client: httpx.Client
) -> None:
    answer = answer_of(client, UNKNOWN)
    assert answer["status"] == "abstained"
    turn = ask(page, UNKNOWN)
    expect(turn.get_by_text("문서에 답이 없습니다")).to_be_visible()
    expect(turn.locator(".text")).to_have_text(answer["answer"])
    expect(turn.locator(".mark, .failed")).to_have_count(0)
    turn.locator(".places button").first.click()
    assert quote(page) == answer["passages"][0]["text"]


def test_a_greeting_is_not_told_that_it_was_refused(page: Page) -> None:
    turn = ask(page, "안녕하세요")
    expect(turn.locator(".text")).to_contain_text("궁금한 점을 물어보세요")
    expect(turn.locator("h3")).to_have_count(0)
    expect(turn.locator(".soft")).to_have_count(0)


def test_sources_that_disagree_are_told_in_words(page: Page, client: httpx.Client) -> None:
    (conflict,) = answer_of(client, AGE)["conflicts"]
    box = ask(page, AGE).locator(".box", has_text="출처마다 다르게 말합니다")
    rows = [f"{value['text']}{value['marker']}" for value in conflict["values"]]
    assert box.locator("li").all_text_contents() == rows
    box.locator(".mark").last.click()
    assert conflict["values"][-1]["text"] in quote(page)


def test_a_follow_up_takes_the_conversation_along(page: Page) -> None:
    first = ask(page, "알렉산드르 왕이 설립한 회사는 어디야?")
    with page.expect_request(re.compile("/v1/ask")) as sent:
        second = ask(page, "그 회사는 언제 출범했어?")
    body = sent.value.post_data_json
    assert body is not None
    assert [turn["role"] for turn in body["history"]] == ["user", "assistant"]
    assert body["history"][1]["content"].startswith(joined(first.locator(".text"))[:20])
    expect(second.get_by_text("이렇게 이해했습니다")).to_be_visible()
    page.locator("#new").click()
    expect(page.locator(".turn")).to_have_count(0)
    with page.expect_request(re.compile("/v1/ask")) as sent:
        ask(page, JOINED)
    assert (sent.value.post_data_json or {})["history"] == []


def test_the_conversation_outlives_a_reload(page: Page) -> None:
    text = joined(ask(page, JOINED).locator(".text"))
    page.reload()
    ready(page)
    expect(page.locator(".turn .text")).to_have_text(text)
    page.locator(".turn .mark").click()
    assert quote(page) in text


def test_why_shows_the_rank_of_each_passage_at_each_stage(page: Page, client: httpx.Client) -> None:
    passages = answer_of(client, JOINED)["passages"]
    turn = ask(page, JOINED)
    toggle = turn.get_by_role("button", name="왜 이 답인가요?")
    toggle.click()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    rows = turn.locator(".why tbody tr")
    expect(rows).to_have_count(len(passages))
    heads = turn.locator(".why thead th").all_text_contents()
    for row, passage in zip(rows.all(), passages, strict=True):
        cells = dict(zip(heads, row.locator("th, td").all_text_contents(), strict=True))
        assert cells["뜻"].startswith(f"{passage['ranks']['dense']}위")
        assert cells["재정렬"].startswith(f"{passage['ranks']['rerank']}위")
    toggle.click()
    expect(turn.locator(".why")).to_have_count(0)


def test_a_talk_can_be_saved_with_its_sources(page: Page, client: httpx.Client) -> None:
    for question in (JOINED, AGE, UNKNOWN):
        ask(page, question)
    with page.expect_download() as started:
        page.locator("#save").click()
    text = started.value.path().read_text("utf-8")
    assert started.value.suggested_filename == "geungeo.md"
    for question in (JOINED, AGE, UNKNOWN):
        assert f"## {question}" in text
        for citation in answer_of(client, question)["citations"]:
            assert citation["cited_text"] in text
            span = citation["source_span"]
            assert f"({span['start']}–{span['end']})" in text
    assert "*출처마다 다르게 말합니다:*" in text


class Altered:
    """The engine with something done to its events on their way out."""

    def __init__(self, engine: Engine, alter: Callable[[Event, Cancel], Event]) -> None:
        self._engine = engine
        self._alter = alter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def stream(self, *arguments: Any, cancel: Cancel, **named: Any) -> Iterator[Event]:
        for event in self._engine.stream(*arguments, cancel=cancel, **named):
            yield self._alter(event, cancel)


def test_stopping_an_answer_keeps_what_came_and_stops_the_service(
    visit: Visit, seeded: Engine
) -> None:
    stopped = threading.Event()
    paused = threading.Event()

    def wait_after_the_first_words(event: Event, cancel: Cancel) -> Event:
        if isinstance(event, FinalEvent):
            paused.set()
            if cancel.wait(30):
                stopped.set()
            cancel.check()
        return event

    engine: Any = Altered(seeded, wait_after_the_first_words)
    with serving(create_app(engine)) as url:
        page = ready(visit(url))
        page.locator("#question").fill(JOINED)
        page.keyboard.press("Enter")
        turn = page.locator(".turn")
        expect(turn.locator(".text .mark")).to_be_visible()
        expect(turn.locator(".card")).to_have_attribute("aria-busy", "true")
        assert paused.wait(10)
        page.locator("#stop").click()
        expect(turn.get_by_text("답변을 멈췄습니다.")).to_be_visible()
        expect(turn.locator(".text")).to_contain_text("2013년 메타에 합류")
        expect(page.locator("#question")).to_be_focused()
        assert stopped.wait(10)
        with page.expect_request(re.compile("/v1/ask")) as again:
            turn.get_by_role("button", name="다시 묻기").click()
        assert (again.value.post_data_json or {})["history"] == []
        page.keyboard.press("Escape")
        answered(page, 1)


def test_a_sentence_that_no_source_carries_is_marked_in_words(visit: Visit, seeded: Engine) -> None:
    def doubt(event: Event, _: Cancel) -> Event:
        if isinstance(event, DeltaEvent):
            return replace(event, text=event.text + "달에는 토끼가 열둘 산다.")
        if not isinstance(event, FinalEvent):
            return event
        told = event.answer.answer
        text = told + "달에는 토끼가 열둘 산다."
        lacking = (Unsupported(len(told), len(text), "number"),)
        altered = replace(event.answer, answer=text, status="partial", unsupported=lacking)
        return FinalEvent(altered)

    engine: Any = Altered(seeded, doubt)
    with serving(create_app(engine)) as url:
        turn = ask(ready(visit(url)), JOINED)
        expect(turn.locator(".weak")).to_have_text("달에는 토끼가 열둘 산다.")
        expect(turn.locator(".text .flag")).to_have_text("출처가 뒷받침하지 않음: 숫자")
        expect(turn.get_by_text("부분 답변입니다.")).to_be_visible()


def test_a_service_that_is_gone_is_told_with_a_way_on(visit: Visit, seeded: Engine) -> None:
    with serving(create_app(seeded)) as url:
        page = ready(visit(url))
    turn = ask(page, JOINED)
    expect(turn.locator(".failed")).to_contain_text("서비스와 연결이 끊겼습니다.")
    expect(turn.get_by_role("button", name="다시 묻기")).to_be_visible()
