"""A citation of an earlier answer can be checked after its document was edited or removed."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag.citations
from rag.citations import Citations, Fingerprint
from rag.engine import Engine, open_engine
from rag.errors import NotFoundError, StoreError
from rag.types import Citation, CitationCheck, NewDocument, Span
from tests.conftest import MakeProfile

QUOTE = "청람천문대의 망원경은 지름이 1.8미터입니다."
TEXT = f"{QUOTE} 천문대는 2011년에 문을 열었습니다."
QUESTION = "청람천문대 망원경의 지름은?"


def cited(engine: Engine, **named: str) -> Citation:
    """The citation of an answer from a document that holds `TEXT`."""
    engine.add([NewDocument(TEXT, source="천문대.txt", **named)])
    citation = engine.ask(QUESTION, collection=named.get("collection", "default")).citations[0]
    assert citation.cited_text == QUOTE
    return citation


def after(engine: Engine, text: str) -> CitationCheck:
    """What a citation has become once its document's text is `text`."""
    citation = cited(engine)
    (item,) = engine.add([NewDocument(text, source="천문대.txt")]).items
    check = engine.citation(citation.id)
    assert check.document_id == item.document_id
    assert (check.citation.source, check.citation.source_span) == (
        citation.source,
        citation.source_span,
    )
    if check.source_span is not None:
        now = engine.document(check.document_id or "").text
        assert check.source_span.of(now) == check.cited_text == QUOTE
    return check


def test_what_nobody_touched_is_unchanged(engine: Engine) -> None:
    citation = cited(engine)
    check = engine.citation(citation.id)
    assert (check.status, check.document_id) == ("unchanged", citation.document_id)
    assert (check.source_span, check.cited_text) == (citation.source_span, QUOTE)


@pytest.mark.parametrize(
    ("text", "status", "start"),
    [
        (f"{TEXT} 입장료는 없습니다.", "unchanged", 0),
        (f"안내 말씀입니다. {TEXT}", "moved", 10),
        (f"안내 말씀입니다. {QUOTE} 또 알립니다. {QUOTE}", "moved", 10),
        (TEXT.replace("1.8", "2.1"), "changed", None),
        ("다른 글입니다.", "changed", None),
    ],
)
def test_what_an_edit_did_to_the_quote(
    engine: Engine, text: str, status: str, start: int | None
) -> None:
    check = after(engine, text)
    assert check.status == status
    assert (check.source_span.start if check.source_span else None) == start


def test_what_was_removed_is_gone_and_can_come_back(engine: Engine) -> None:
    citation = cited(engine)
    engine.remove(citation.document_id)
    check = engine.citation(citation.id)
    assert (check.status, check.document_id, check.cited_text) == ("gone", None, None)
    cited(engine)
    assert engine.citation(citation.id).status == "unchanged"


def test_the_same_name_in_another_collection_is_another_document(engine: Engine) -> None:
    engine.create_collection("other")
    citation = cited(engine, collection="other")
    engine.add([NewDocument(TEXT, source="천문대.txt")])
    engine.drop_collection("other")
    assert engine.citation(citation.id).status == "gone"


def test_none_is_known_that_was_not_given_from_a_collection(engine: Engine) -> None:
    inline = engine.ask(QUESTION, documents=[NewDocument(TEXT)]).citations[0]
    for unknown in (inline.id, "cit_0", "", "\0"):
        with pytest.raises(NotFoundError):
            engine.citation(unknown)


def test_readers_remember_too_and_what_they_gave_outlives_them(make_profile: MakeProfile) -> None:
    profile = make_profile()
    with open_engine(profile, write=True) as engine:
        engine.add([NewDocument(TEXT, source="천문대.txt")])
    with open_engine(profile) as one, open_engine(profile) as two:
        first = one.ask(QUESTION).citations[0]
        assert two.citation(first.id).status == "unchanged"
        second = two.ask("천문대는 언제 문을 열었나요?").citations[0]
    with open_engine(profile) as engine:
        assert engine.citation(first.id).cited_text == first.cited_text
        assert engine.citation(second.id).cited_text == second.cited_text


def test_nothing_of_the_quoted_text_is_kept(engine: Engine) -> None:
    cited(engine)
    for file in engine.profile.data_dir.glob("citations.sqlite*"):
        assert "망원경".encode() not in file.read_bytes()


def citation(number: int) -> Citation:
    return Citation(
        f"cit_{number}", 1, Span(0, 1), "doc", "chk", "", "s", Span(0, 1), "q", True, 1.0
    )


def test_the_oldest_are_forgotten_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.citations, "MOST", 3)
    memory = Citations(tmp_path / "citations.sqlite")
    for number in range(9):
        memory.remember([citation(number), citation(number)], "default")
    assert [memory.find(f"cit_{n}")[0].id for n in (6, 7, 8)] == ["cit_6", "cit_7", "cit_8"]
    with pytest.raises(NotFoundError):
        memory.find("cit_5")
    memory.remember([citation(0)], "default")
    assert memory.find("cit_0")[0].id == "cit_0"
    memory.close()


def test_an_answer_does_not_fail_for_its_memory(tmp_path: Path) -> None:
    file = tmp_path / "citations.sqlite"
    file.write_bytes(b"no database at all" * 100)
    memory = Citations(file)
    memory.remember([citation(1)], "default")
    with pytest.raises(StoreError, match="Move it away"):
        memory.find("cit_1")


def test_many_threads_may_remember_at_once(tmp_path: Path) -> None:
    memory = Citations(tmp_path / "citations.sqlite")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: memory.remember([citation(n % 40)], "default"), range(200)))
    with sqlite3.connect(tmp_path / "citations.sqlite") as db:
        assert db.execute("SELECT count(*) FROM citations").fetchone() == (40,)
    memory.close()


letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text(
    "ab가", max_size=9
)


@given(letters.filter(bool), letters, letters, letters)
def test_a_quote_is_found_wherever_it_stands(quote: str, a: str, b: str, c: str) -> None:
    text = a + quote + b + quote + c
    expected = [i for i in range(len(text)) if text.startswith(quote, i)]
    assert list(Fingerprint.of(quote).places(text)) == expected


@given(letters.filter(bool), letters)
def test_a_quote_is_not_found_where_it_does_not_stand(quote: str, text: str) -> None:
    assert bool(list(Fingerprint.of(quote).places(text))) is (quote in text)


def test_of_like_places_only_the_nearest_is_made_sure_of(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = Fingerprint.of("가나" * 10)
    looked: list[int] = []
    sure = Fingerprint.at

    def counting(self: Fingerprint, text: str, start: int) -> bool:
        looked.append(start)
        return sure(self, text, start)

    monkeypatch.setattr(Fingerprint, "at", counting)
    assert next(mark.places("가나" * 500, 101)) == 100
    assert looked == [100]


def test_a_quote_across_two_blocks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.citations, "_BLOCK", 7)
    text = "".join(chr(0xAC00 + n) for n in range(60))
    for start in range(50):
        quote = text[start : start + 10]
        assert list(Fingerprint.of(quote).places(text)) == [start]
