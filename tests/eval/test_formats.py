"""Files of questions, claims and documents, recognised by their fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import InputError, NotFoundError
from rag.evaluate import read_plan
from rag.evaluate.suite import Plan, Row, Suite
from rag.types import NewDocument

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def lines(name: str, *rows: object) -> Path:
        file = tmp_path / name
        file.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
        return file

    return lines


def only(path: Path) -> Suite:
    [suite] = read_plan([path]).suites
    return suite


def test_a_question_needs_only_itself(write: Write) -> None:
    suite = only(write("mine.jsonl", {"question": "언제?"}))
    [row] = suite.rows
    assert (suite.name, suite.task, suite.needs_store) == ("mine", "ask", True)
    assert (row.text, row.language, row.answerable, row.answers) == ("언제?", "ko", True, ())


def test_yaml_and_jsonl_are_the_same(write: Write, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "question": "When?", "answers": ["1999"], "gold_doc": "x.txt"},
        {"id": "b", "question": "누구?", "answerable": False, "history": [
            {"role": "user", "content": "그 회사"}]},
        {"id": "c", "question": "What?", "must_include": [["x", "y"]], "evidence_any": ["z"],
         "documents": ["x.txt", "y.txt"], "passages": ["one", {"text": "two", "doc_id": "d2"}]},
    ]  # fmt: skip
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
    one, two = only(write("rows.jsonl", *rows)), only(other)
    assert one.rows == two.rows
    first, second, third = one.rows
    assert first.gold_sources == {"x.txt"}
    assert second.history[0].content == "그 회사"
    assert [s.source for s in third.sources] == [None, "d2"]
    assert third.gold_sources == {"x.txt", "y.txt"}


def test_documents_beside_questions_are_their_corpus(write: Write, tmp_path: Path) -> None:
    write("a.docs.jsonl", {"doc_id": "d1", "text": "글.", "title": "서양_철학", "source": "web"})
    questions = write("a.questions.jsonl", {"question": "무엇?", "gold_docs": ["d1"]})
    plan = read_plan([questions])
    [suite] = plan.suites
    assert (suite.name, suite.corpus, plan.needs_store) == ("a", "a", False)
    [document] = plan.corpora["a"]
    assert (document.source, document.title, document.collection) == ("d1", "서양 철학", "a")
    (tmp_path / "minimum.yaml").write_text("correct: 1")
    assert read_plan([tmp_path]) == plan  # the folder, with what is in it and holds no questions


def test_gold_by_language_makes_every_direction(write: Write) -> None:
    write(
        "b.docs.jsonl",
        {"doc_id": "k", "lang": "ko", "text": "글."},
        {"doc_id": "e", "lang": "en", "text": "Text."},
    )
    gold = {"gold_doc_ko": "k", "gold_doc_en": "e"}
    questions = write(
        "b.questions.jsonl",
        {"question": "무엇?", "lang": "ko", **gold},
        {"question": "What?", "lang": "en", **gold},
    )
    plan = read_plan([questions])
    found = {s.name: (s.corpus, s.rows[0].gold_sources, s.task) for s in plan.suites}
    assert found == {
        "b ko→ko": ("b ko", {"k"}, "search"),
        "b en→ko": ("b ko", {"k"}, "search"),
        "b ko→en": ("b en", {"e"}, "search"),
        "b en→en": ("b en", {"e"}, "search"),
        "b ko→both languages": ("b both languages", {"k", "e"}, "search"),
        "b en→both languages": ("b both languages", {"k", "e"}, "search"),
    }
    assert {name: len(docs) for name, docs in plan.corpora.items()} == {
        "b ko": 1,
        "b en": 1,
        "b both languages": 2,
    }


def test_claims_in_three_spellings(write: Write) -> None:
    suite = only(
        write(
            "claims.jsonl",
            {"claim": "가", "premise": "나", "supported": False},
            {"claim": "a", "evidence_sentences": ["b", "c"], "label": "supported"},
            {"claim": "a", "sources": ["b", "c"], "supported": True},
        )
    )
    assert suite.task == "verify"
    assert [row.supported for row in suite.rows] == [False, True, True]
    assert [[s.text for s in row.sources] for row in suite.rows] == [["나"], ["b\nc"], ["b", "c"]]


def test_sentences_in_two_languages_find_each_other(write: Write) -> None:
    plan = read_plan([write("p.jsonl", {"id": 7, "ko": "가", "en": "a"}, {"ko": "나", "en": "b"})])
    assert [s.name for s in plan.suites] == ["p ko→en", "p en→ko"]
    assert [d.text for d in plan.corpora["p en"]] == ["a", "b"]
    assert plan.suites[0].rows[1].gold_sources == {plan.corpora["p en"][1].source}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "bad.jsonl:2: not a question in JSON"),
        ("[1]", "bad.jsonl:2: not a question in JSON"),
        ('{"id": 1}', "bad.jsonl:2: the row has no 'question'"),
        ('{"question": 3}', "bad.jsonl:2: the row cannot be used (3 is not a text)"),
        ('{"question": "?", "answerable": "no"}', "'no' is neither true nor false"),
        ('{"question": "?", "answers": "x"}', "'x' is not a list"),
        ('{"question": "?", "history": [{"role": "x", "content": ""}]}', "not the role"),
        ('{"question": "?", "passages": [{"title": "x"}]}', "the row has no 'text'"),
        ("[" * 100_000, "bad.jsonl:2: not a question in JSON"),
    ],
    ids=range(9),
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(f'{{"question": "fine"}}\n{line}\n', "utf-8")
    with pytest.raises(InputError) as caught:
        read_plan([file])
    assert told in caught.value.message


@pytest.mark.parametrize("content", ["a: 1", "- [", ": :\n -", ""], ids=range(4))
def test_yaml_that_is_no_list_of_rows(tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(InputError):
        read_plan([file])


def test_two_files_of_one_name_would_be_mixed_up(write: Write, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = write("a.jsonl", {"question": "?"})
    with pytest.raises(InputError, match="another file has this name"):
        read_plan([one, write("other/a.jsonl", {"question": "?"})])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 9)), max_size=9))
def test_halves_hold_everything_once(suites: list[tuple[str | None, int]]) -> None:
    plan = Plan(
        tuple(
            Suite(str(i), "ask", tuple(Row(str(n), "?", "en") for n in range(rows)), corpus)
            for i, (corpus, rows) in enumerate(suites)
        ),
        {name: [NewDocument("x")] * 3 for name, _ in suites if name},
    )
    one, two = plan.halves()
    assert sorted((*one.suites, *two.suites), key=lambda s: s.name) == list(plan.suites)
    assert one.work + two.work == plan.work
    assert not set(one.corpora) & set(two.corpora)
    assert not two.needs_store
    for half in (one, two):
        assert {s.corpus for s in half.suites} - {None} == set(half.corpora)


def test_nothing_to_ask(write: Write, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_plan([tmp_path / "nowhere.jsonl"])
    documents = write("d.docs.jsonl", {"doc_id": "d", "text": "글."})
    with pytest.raises(InputError, match="documents, not questions"):
        read_plan([documents])
    with pytest.raises(InputError, match="no question and no claim"):
        read_plan([tmp_path])
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_plan([tmp_path / "binary.jsonl"])
