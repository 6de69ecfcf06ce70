"""Ingest: what is added, unchanged, updated, removed or refused, and what can be found after."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from rag.engine import Engine
from rag.errors import NotFoundError
from rag.types import IngestReport, NewDocument, NewFile
from tests.support.dump import dump

SNAIL = "달팽이 연구소는 2019년 목성에 온실을 지었다. 온실에는 토마토 40그루가 자란다."
WHALE = "The whale choir of Tromsø was founded in 1987 by Ingrid Solberg. It has 31 singers."


def statuses(report: IngestReport) -> dict[str, str]:
    return {item.source: item.status for item in report.items}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    (folder / "deep").mkdir(parents=True)
    (folder / "snail.txt").write_text(SNAIL)
    (folder / "deep" / "whale.md").write_text(f"# The choir\n\n{WHALE}\n")
    return folder


def test_a_folder_is_idempotent_and_follows_its_files(engine: Engine, articles: Path) -> None:
    assert statuses(engine.ingest_paths([articles])) == {
        "snail.txt": "added",
        "deep/whale.md": "added",
    }
    before = dump(engine)
    assert set(statuses(engine.ingest_paths([articles])).values()) == {"unchanged"}
    assert dump(engine) == before
    (articles / "snail.txt").write_text(SNAIL.replace("토마토 40그루", "가지 7그루"))
    (articles / "deep" / "whale.md").unlink()
    assert statuses(engine.ingest_paths([articles])) == {
        "snail.txt": "updated",
        "deep/whale.md": "removed",
    }
    assert all(check.ok for check in engine.check())


def test_after_an_edit_the_old_text_cannot_be_retrieved(engine: Engine) -> None:
    engine.add([NewDocument(SNAIL, source="a"), NewDocument(WHALE, source="b")])
    assert "토마토" in engine.ask("온실에는 무엇이 자라나?").answer
    report = engine.add([NewDocument(SNAIL.replace("토마토 40그루", "가지 7그루"), source="a")])
    assert report.items[0].status == "updated"
    found = engine.search("토마토 40그루가 자라는 온실", top_k=50).passages
    assert found
    assert not [passage for passage in found if "토마토" in passage.text]
    assert "가지 7그루" in engine.ask("온실에는 무엇이 자라나?").answer


def test_a_removed_document_is_gone(engine: Engine) -> None:
    engine.add([NewDocument(WHALE, source="b")])
    before = dump(engine)
    [item] = engine.add([NewDocument(SNAIL, source="a")]).items
    assert item.document_id
    engine.remove(item.document_id)
    assert dump(engine) == before, "something of it was kept"
    engine.remove(engine.documents().documents[0].document_id)
    assert engine.search("달팽이 연구소 온실").passages == ()
    answer = engine.ask("달팽이 연구소는 언제 온실을 지었나?")
    assert (answer.status, answer.reason, answer.citations) == ("abstained", "no_evidence", ())
    with pytest.raises(NotFoundError):
        engine.document(item.document_id)


def test_bad_files_do_not_lose_the_good_ones(engine: Engine, articles: Path) -> None:
    (articles / "empty.txt").write_bytes(b"")
    (articles / "spaces.txt").write_text(" \n\n ")
    (articles / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200))
    (articles / "huge.txt").write_bytes(b"a long line of words \n" * 1_000_000)
    (articles / "loop").symlink_to(articles)
    report = engine.ingest_paths([articles, articles / "missing.txt"])
    found = statuses(report)
    assert found.pop("snail.txt") == "added"
    assert found.pop("deep/whale.md") == "added"
    assert set(found.values()) == {"failed"}
    assert len(found) == 5
    reasons = {Path(item.source).name: item.error or "" for item in report.items}
    assert "empty" in reasons["empty.txt"]
    assert "ingest.max_megabytes" in reasons["huge.txt"]
    assert "missing.txt" in reasons["missing.txt"]
    assert engine.ask("Who founded the whale choir?").short_answer == "Ingrid Solberg"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_named(engine: Engine, articles: Path) -> None:
    (articles / "snail.txt").chmod(0)
    assert statuses(engine.ingest_paths([articles]))["snail.txt"] == "failed"


def test_encodings_meet(engine: Engine, tmp_path: Path) -> None:
    for name, data in {
        "utf8": SNAIL.encode(),
        "bom": SNAIL.encode("utf-8-sig"),
        "utf16": SNAIL.encode("utf-16"),
        "cp949": SNAIL.encode("cp949"),
    }.items():
        (tmp_path / f"{name}.txt").write_bytes(data)
    report = engine.ingest_paths([tmp_path])
    assert set(statuses(report).values()) == {"added"}
    texts = {engine.document(item.document_id or "").text for item in report.items}
    assert texts == {SNAIL}


def test_the_same_source_twice_in_one_call(engine: Engine) -> None:
    report = engine.add([NewDocument(SNAIL, source="a"), NewDocument(WHALE, source="a")])
    assert [item.status for item in report.items] == ["added", "updated"]
    assert [info.chunks for info in engine.collections()] == [1]
    assert all(check.ok for check in engine.check())


def test_the_same_content_twice_in_one_call_is_unchanged(engine: Engine) -> None:
    report = engine.add([NewDocument(WHALE), NewDocument(SNAIL), NewDocument(WHALE)])
    assert [item.status for item in report.items] == ["added", "added", "unchanged"]
    named = [NewDocument(WHALE, source="a"), NewDocument(WHALE, source="a")]
    assert [item.status for item in engine.add(named).items] == ["added", "unchanged"]


@pytest.mark.parametrize(
    "source",
    [unicodedata.normalize("NFD", "한글.txt"), " 앞뒤 ", "a\u202fb\u200d.txt", "줄\n바꿈", "ﬁ①"],
)
def test_a_source_comes_back_as_it_was_given(engine: Engine, source: str) -> None:
    [item] = engine.add([NewDocument(WHALE, source=source)]).items
    [file] = engine.add([NewFile(f"{source}.md", WHALE.encode())]).items
    assert (item.source, file.source) == (source, f"{source}.md")
    assert engine.add([NewDocument(WHALE, source=source)]).items[0].status == "unchanged"
    assert engine.add([NewFile(f"{source}.md", WHALE.encode())]).items[0].status == "unchanged"
    found = {passage.source for passage in engine.search("whale choir").passages}
    assert found == {source, f"{source}.md"}


@pytest.mark.parametrize("source", ["", " ", "\u200b", "\n"])
def test_a_source_without_a_visible_character_is_none(engine: Engine, source: str) -> None:
    [item] = engine.add([NewDocument(WHALE, source=source)]).items
    assert item.source == item.document_id


def test_of_one_source_the_last_text_stays_also_when_it_was_the_stored_one(engine: Engine) -> None:
    engine.add([NewDocument(SNAIL, source="a")])
    # So many others that the first of the two is being analysed when the second comes.
    others = [NewDocument(f"{WHALE} This is note {n}.", source=f"n{n}") for n in range(99)]
    twice = [NewDocument(WHALE, source="a"), *others, NewDocument(SNAIL, source="a")]
    report = engine.add(twice)
    assert (report.items[0].status, report.items[-1].status) == ("updated", "updated")
    assert {item.status for item in report.items[1:-1]} == {"added"}
    assert engine.document(report.items[-1].document_id or "").text == SNAIL
    assert [info.documents for info in engine.collections()] == [100]
    assert all(check.ok for check in engine.check())


def test_a_text_without_a_source_is_named_after_its_id(engine: Engine) -> None:
    [first] = engine.add([NewDocument(WHALE)]).items
    [second] = engine.add([NewDocument(WHALE)]).items
    assert (first.status, second.status) == ("added", "unchanged")
    assert first.source == first.document_id == second.document_id


def test_metadata_and_title_alone_are_an_update(engine: Engine) -> None:
    engine.add([NewDocument(WHALE, source="a", metadata={"year": 1987})])
    [item] = engine.add([NewDocument(WHALE, source="a", metadata={"year": 1988})]).items
    assert item.status == "updated"
    assert engine.search("whale choir", filters={"year": 1988}).passages
    assert not engine.search("whale choir", filters={"year": 1987}).passages


def test_a_document_in_an_unknown_collection_changes_nothing(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        engine.add([NewDocument(WHALE, collection="nowhere")])
    assert engine.documents().documents == ()


def test_collections_are_apart(engine: Engine) -> None:
    engine.create_collection("바다")
    engine.add([NewDocument(WHALE, source="a", collection="바다"), NewDocument(SNAIL, source="a")])
    assert not any("whale" in p.text for p in engine.search("whale choir").passages)
    assert engine.search("whale choir", collection="바다").passages[0].source == "a"
    engine.drop_collection("바다")
    with pytest.raises(NotFoundError):
        engine.search("whale choir", collection="바다")
    engine.create_collection("바다")
    assert engine.search("whale choir", collection="바다").passages == ()
    assert all(check.ok for check in engine.check())


def test_a_page_in_one_heading_is_a_title_no_longer_than_a_line(engine: Engine) -> None:
    [item] = engine.add([NewFile("long.md", f"# {'긴 제목 ' * 400}\n\n본문이다.".encode())]).items
    assert item.status == "added"
    assert engine.document(item.document_id or "").title.startswith("긴 제목 긴 제목")
    assert len(engine.document(item.document_id or "").title) <= 61
