"""An answer that comes in pieces: the same lines however it is cut, none too wide."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from rag.cancel import Cancel
from rag.cli.stream import Shown, Wrapping, show_stream, taken
from rag.errors import ModelError
from rag.events import CitationEvent, DeltaEvent, Event, FinalEvent, PassagesEvent
from rag.types import Answer

PIECES = st.lists(st.text("가나ab, .1[]한\n　", max_size=12), max_size=12)


def wrapped(pieces: list[str], width: int) -> str:
    lines = Wrapping(width)
    done = [lines.feed(Text(piece)) for piece in pieces]
    return "".join(text.plain for text in (*done, lines.end()))


@given(PIECES, st.integers(2, 20))
def test_the_lines_do_not_depend_on_the_pieces(pieces: list[str], width: int) -> None:
    text = "".join(pieces)
    whole = wrapped([text], width)
    assert wrapped(pieces, width) == whole
    assert wrapped(list(text), width) == whole
    assert "".join(whole.split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in whole.split("\n"))


def test_words_are_kept_whole_and_what_is_wider_than_a_line_is_folded() -> None:
    assert wrapped(["메타는 지난달 투", "자했다"], 10) == "메타는\n지난달\n투자했다"
    assert wrapped(["a 가나다라마바"], 8) == "a\n가나다라\n마바"


def test_styles_survive() -> None:
    lines = Wrapping(6)
    text = lines.feed(Text.assemble("앞 ", ("굵은글씨", "bold"), " 뒤 "))
    assert "".join(text.plain[span.start : span.end] for span in text.spans) == "굵은글씨"


def screen(width: int = 40) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=width, color_system=None, highlight=False), file


def test_a_whole_answer_is_shown_as_it_is(answer: Answer) -> None:
    console, file = screen()
    events: list[Event] = [
        PassagesEvent(answer.passages),
        DeltaEvent(answer.answer),
        CitationEvent(answer.citations[0]),
        FinalEvent(answer),
    ]
    shown = show_stream(console, iter(events))
    assert (shown.answer, shown.text) == (answer, answer.answer)
    assert file.getvalue() == f"{answer.answer}\n"


def bold(text: Text) -> list[str]:
    return [text.plain[span.start : span.end] for span in text.spans if span.style == "bold"]


def test_what_comes_with_the_end_is_styled_as_part_of_the_whole(answer: Answer) -> None:
    said = answer.answer
    at_once = taken([DeltaEvent(said), FinalEvent(answer)], Shown())
    assert [at_once.plain[s.start : s.end] for s in at_once.spans if s.style == "bold"] == [
        "2013년"
    ]
    shown = Shown()
    begun = taken([DeltaEvent(said[:4])], shown)
    rest = taken([DeltaEvent(said[4:]), FinalEvent(answer)], shown)
    assert (begun.plain, rest.plain) == (said[:4], said[4:])
    assert bold(rest) == ["2013년"]


def test_what_came_before_a_stop_stays_and_is_no_answer(answer: Answer) -> None:
    console, file = screen()
    cancel = Cancel()
    seen = threading.Event()

    def events() -> Iterator[Event]:
        yield PassagesEvent(answer.passages)
        yield DeltaEvent("르쿤은 2013년 메")
        yield CitationEvent(answer.citations[0])
        seen.set()
        assert cancel.wait(60)
        cancel.check()

    threading.Thread(target=lambda: seen.wait(60) and cancel.throw()).start()
    shown = show_stream(console, events())
    assert shown.answer is None
    assert shown.citations == [answer.citations[0]]
    assert file.getvalue() == "르쿤은 2013년 메\n"


def test_an_answer_that_breaks_off_leaves_its_text_and_raises(answer: Answer) -> None:
    console, file = screen()

    def events() -> Iterator[Event]:
        yield DeltaEvent("The first ")
        raise ModelError("The model broke off.")

    with pytest.raises(ModelError):
        show_stream(console, events())
    assert file.getvalue() == "The first\n"


def test_a_document_cannot_write_to_the_terminal(answer: Answer) -> None:
    console, file = screen()
    hostile = replace(answer, answer="a\x1b[2Jb", short_answer=None, citations=())
    show_stream(console, iter([DeltaEvent("a\x1b[2J"), FinalEvent(hostile)]))
    assert "\x1b" not in file.getvalue()


def test_the_note_while_waiting_is_erased(answer: Answer) -> None:
    file = io.StringIO()
    console = Console(file=file, width=40, force_terminal=True, color_system=None)
    gate = threading.Event()

    def note(found: int | None, seconds: int) -> str:
        gate.set()
        return f"waiting for {found}"

    def events() -> Iterator[Event]:
        yield PassagesEvent(answer.passages)
        assert gate.wait(60)
        yield DeltaEvent(answer.answer)
        yield FinalEvent(answer)

    show_stream(console, events(), note)
    written = file.getvalue()
    assert "waiting for 1" in written
    assert written.rpartition("\r\x1b[2K")[2] == f"{answer.answer}\n"
