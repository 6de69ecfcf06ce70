"""Whole runs over small made-up documents: figures, comparison, thresholds, the page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rag.engine import Engine
from rag.errors import InputError, NotFoundError
from rag.evaluate import Report, evaluate
from rag.evaluate.html import page
from rag.evaluate.report import (
    as_json,
    compare,
    missed,
    read_run,
    read_thresholds,
    values_of,
)

HOSTILE = "<script>alert(1)</script>"
ASKED = "<img src=x onerror=steal()>"
MOON = "달 기지는 2041년 3월에 문을 열었다. 기지의 책임자는 오수빈 박사이다."
WHO = "달 기지의 책임자는 누구인가?"
DOCUMENTS: list[dict[str, object]] = [
    {"doc_id": "moon", "text": MOON},
    {"doc_id": "sea", "text": f"The sea station Halcyon was built in 2037. {HOSTILE}"},
]
QUESTIONS: list[dict[str, object]] = [
    {"id": "q1", "kind": "who", "question": WHO, "answers": ["오수빈"], "gold_docs": ["moon"]},
    {"id": "q2", "kind": "when", "question": "When was the sea station Halcyon built?",
     "answers": ["2037"], "gold_docs": ["sea"]},
    {"id": "q3", "kind": "none", "question": f"화성 극지의 온실은 몇 개인가? {ASKED}",
     "answerable": False},
    {"id": "q4", "kind": "who", "question": WHO, "answers": ["없는 사람"], "gold_docs": ["sea"]},
]  # fmt: skip


def written(file: Path, rows: list[dict[str, object]]) -> Path:
    file.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    return file


@pytest.fixture(scope="module")
def report(seeded: Engine, tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("runs")
    written(folder / "small.docs.jsonl", DOCUMENTS)
    questions = written(folder / "small.questions.jsonl", QUESTIONS)
    before = seeded.documents(), seeded.collections()
    made = evaluate(seeded, [questions])
    assert (seeded.documents(), seeded.collections()) == before
    return made


def figures(report: Report) -> dict[str, float]:
    [suite] = report.suites
    return {figure.key: figure.value for figure in suite.figures}


def test_the_figures_of_a_small_run(report: Report) -> None:
    found = figures(report)
    assert found["correct"] == 0.75  # q4 expects what nobody says
    assert found["quote_exactness"] == 1
    assert (found["hallucination"], found["error"], found["balanced_accuracy"]) == (0, 0, 1)
    assert found["answer_in_cited@1"] == pytest.approx(2 / 3)
    assert found["citation_recall"] == pytest.approx(2 / 3)
    assert 0.5 <= found["mrr"] <= 1
    assert found["em"] >= found["em_answerable"]  # the refusal earned one, as in SQuAD 2.0
    for figure in report.suites[0].figures:
        assert figure.low <= figure.value <= figure.high
    assert report.suites[0].correct_by_kind() == {"who": (1, 2), "when": (1, 1), "none": (1, 1)}
    assert [outcome.row.id for outcome in report.suites[0].wrong] == ["q4"]


def test_totals(report: Report) -> None:
    total = report.total
    assert (total.questions, total.correct, total.hallucinated, total.refused) == (4, 3, 0, 0)
    assert total.exact == total.quotes >= 3


def test_passages_of_a_row_are_asked_alone(seeded: Engine, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "question": WHO,
            "passages": [{"doc_id": "m", "text": MOON}],
            "must_include": [["오수빈"]],
            "evidence_any": ["오수빈"],
        },
        {
            "question": "얀 르쿤은 언제 메타에 합류했나요?",
            "answerable": False,
            "passages": ["달은 밝다."],
        },
    ]
    made = evaluate(seeded, [written(tmp_path / "inline.jsonl", rows)])
    assert made.total.correct == 2
    assert figures(made)["quote_exactness"] == 1


def test_a_run_survives_its_file_and_differs_not_from_itself(
    report: Report, tmp_path: Path
) -> None:
    import orjson

    file = tmp_path / "run.json"
    file.write_bytes(orjson.dumps(as_json(report)))
    other = read_run(file)
    assert other == values_of(report)
    differences = compare(report.suites[0], other)
    assert {d.key for d in differences} == set(figures(report))
    assert all((d.change, d.low, d.high, d.certain) == (0, 0, 0, False) for d in differences)


def test_a_difference_is_over_the_rows_that_both_have(report: Report) -> None:
    other = {"small": {k: dict(v) for k, v in values_of(report)["small"].items() if k != "q4"}}
    other["small"]["q1"]["correct"] = 0.0
    [correct] = [d for d in compare(report.suites[0], other) if d.key == "correct"]
    assert (correct.here, correct.rows) == (1, 3)
    assert correct.there == pytest.approx(2 / 3)
    assert compare(report.suites[0], {"another": {}}) == []


@pytest.mark.parametrize("content", ["{}", "[]", "nope", '{"format": "x"}', ""])
def test_what_is_no_run(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match="not a run"):
        read_run(tmp_path / "run.json")
    with pytest.raises(NotFoundError):
        read_run(tmp_path / "none.json")


def test_thresholds(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "minimum.yaml"
    file.write_text("quote_exactness: 1\nhallucination: 0.0\nsmall: {correct: 0.8, error: 0.5}")
    [failure] = missed(report, read_thresholds(file))
    assert (failure.suite, failure.key, failure.value) == ("small", "correct", 0.75)
    worse = {"": {"balanced_accuracy": 1.0, "hallucination": -0.1}}
    assert [m.key for m in missed(report, worse)] == ["hallucination"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("corect: 1", "no measure 'corect'"),
        ("correct: high", "not a number"),
        ("correct: true", "not a number"),
        ("- correct", "measure: minimum"),
        ("a: [", "YAML"),
    ],
)
def test_thresholds_that_cannot_be_read(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "t.yaml").write_text(content)
    with pytest.raises(InputError, match=told):
        read_thresholds(tmp_path / "t.yaml")


def test_a_threshold_that_checks_nothing_is_refused(report: Report) -> None:
    with pytest.raises(InputError, match="not measured"):
        missed(report, {"other": {"correct": 0.1}})
    with pytest.raises(InputError, match="meets no file"):
        missed(report, {"": {"support_auroc": 0.1}})


class Tags(HTMLParser):
    """Every tag with its attributes, and whether all that open also close."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_asks_for_nothing_and_runs_nothing(report: Report) -> None:
    html = page(report, values_of(report))
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    names = {tag for tag, _ in tags.seen}
    assert {"svg", "details", "table", "style"} <= names
    assert not names & {"script", "img", "link", "iframe", "object", "form", "base"}
    for _, attributes in tags.seen:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in html
    assert "@import" not in html
    [style] = re.findall(r"<style>(.+?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html


def test_the_page_shows_what_failed_with_its_trail(report: Report) -> None:
    html = page(report)
    [case] = re.findall(r"<details>(.+?)</details>", html, re.DOTALL)
    for told in (
        "cited something else",
        "오수빈",
        "“없는 사람”",
        "<dt>passages</dt>",
        "rerank",
        "q4",
    ):
        assert told in case


def test_hostile_texts_stay_texts(report: Report) -> None:
    [suite] = report.suites
    failed = tuple(o.adding({"correct": 0.0}) for o in suite.outcomes)
    html = page(replace(report, suites=(replace(suite, outcomes=failed),)))
    assert HOSTILE not in html
    assert ASKED not in html
    assert "&lt;script&gt;" in html


def test_the_program_prints_writes_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rag.cli.main import run

    monkeypatch.chdir(tmp_path)
    written(tmp_path / "small.docs.jsonl", DOCUMENTS)
    written(tmp_path / "small.questions.jsonl", QUESTIONS)
    Path("minimum.yaml").write_text("correct: 0.9")
    assert run(["eval", "small.questions.jsonl", "--json", "run.json"]) == 0
    wanted = ["--thresholds", "minimum.yaml", "--compare", "run.json", "--html", "page.html"]
    capsys.readouterr()
    assert run(["eval", ".", *wanted]) == 1
    out, err = capsys.readouterr()
    assert re.search(r"correct +0\.750 +0\.\d+ to 1\.000 +4", out)
    assert re.search(r"correct +0\.750 +0\.750 +\+0\.000", out)
    assert "small: correct is 0.750, below the threshold 0.9 (correct)" in err
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not Path(".geungeo").exists()  # nothing asked about what is stored here
    assert run(["eval", "small.questions.jsonl", "--against", "embedded"]) == 0
    assert run(["eval", "small.questions.jsonl", "--against", "a", "--compare", "run.json"]) == 2


def test_a_question_that_cannot_be_asked_is_named(seeded: Engine, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"id": "empty", "question": " "}]
    with pytest.raises(InputError, match="empty: "):
        evaluate(seeded, [written(tmp_path / "q.jsonl", rows)])


def test_two_processes_measure_the_same(
    report: Report, seeded: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["rag.evaluate.run"], "_LARGE", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    for name in ("small", "twin"):
        written(tmp_path / f"{name}.docs.jsonl", DOCUMENTS)
        written(tmp_path / f"{name}.questions.jsonl", QUESTIONS)
    made = evaluate(seeded, [tmp_path])
    assert [result.name for result in made.suites] == ["small", "twin"]
    [alone] = report.suites
    for result in made.suites:
        assert [f.value for f in result.figures] == [f.value for f in alone.figures]


def test_progress_is_told(seeded: Engine, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    note: Callable[[str, int, int], None] = lambda *done: told.append(done)  # noqa: E731
    evaluate(seeded, [written(tmp_path / "q.jsonl", [{"question": "메타는?"}] * 2)], note)
    assert told == [("q", 1, 2), ("q", 2, 2)]
