"""Scoring an engine on questions with known answers.

A file holds one question a line, as JSON:

    question        what is asked
    history         [{"role", "content"}] that comes before it (optional)
    answerable      whether the documents answer it
    must_include    groups of strings; each group is met when one of its strings stands in the
                    answer, in upper or lower case
    evidence_any    strings; met when one of them stands inside a cited text
    id, kind, lang  to name and group the row (optional)

An answerable question is correct when all groups and the evidence are met, an unanswerable one
when the engine abstains. Every quote is compared with its document. It does not know how answers
are made, and judges by strings alone: a right answer in other words counts as wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.engine import Engine
from rag.errors import InputError, NotFoundError
from rag.types import Answer, Progress, Turn


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a file. `origin` is the file and line, for messages."""

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...]
    answerable: bool
    must_include: tuple[tuple[str, ...], ...]
    evidence_any: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the engine made of a row. `quotes` were cited; `exact` of them stand in the source."""

    row: Row
    answer: Answer
    included: bool
    evidenced: bool
    quotes: int
    exact: int

    @property
    def correct(self) -> bool:
        if not self.row.answerable:
            return self.answer.status == "abstained"
        return self.answer.status != "abstained" and self.included and self.evidenced


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over a group of outcomes. `hallucinated`: answered though unanswerable;
    `refused`: abstained though answerable."""

    questions: int
    correct: int
    hallucinated: int
    refused: int
    quotes: int
    exact: int


@dataclass(frozen=True, slots=True)
class EvalReport:
    outcomes: tuple[Outcome, ...]

    @property
    def total(self) -> Score:
        return _score(self.outcomes)

    def by_kind(self) -> dict[str, Score]:
        kinds = dict.fromkeys(outcome.row.kind for outcome in self.outcomes)
        return {
            kind: _score([outcome for outcome in self.outcomes if outcome.row.kind == kind])
            for kind in kinds
        }


def evaluate(engine: Engine, files: Sequence[Path], progress: Progress | None = None) -> EvalReport:
    """Ask every question of the files. Raises InputError, with file and line, for a row that
    cannot be read; nothing is asked before all rows are read."""
    rows = [row for file in files for row in read_rows(file)]
    outcomes = []
    for number, row in enumerate(rows, start=1):
        outcomes.append(judge(row, engine.ask(row.question, history=row.history), engine))
        if progress:
            progress("ask", number, len(rows))
    return EvalReport(tuple(outcomes))


def read_rows(file: Path) -> list[Row]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as text: {error}.") from None
    return [
        _row(line, f"{file}:{number}") for number, line in enumerate(lines, start=1) if line.strip()
    ]


def _row(line: str, origin: str) -> Row:
    try:
        raw = json.loads(line)
        return Row(
            id=str(raw.get("id", origin)),
            kind=str(raw.get("kind", "all")),
            question=_text(raw["question"]),
            history=tuple(Turn(t["role"], _text(t["content"])) for t in raw.get("history", [])),
            answerable=bool(raw.get("answerable", True)),
            must_include=tuple(tuple(map(_text, group)) for group in raw.get("must_include", [])),
            evidence_any=tuple(map(_text, raw.get("evidence_any", []))),
            origin=origin,
        )
    except KeyError as error:
        raise InputError(f"{origin}: the row has no {error}.") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{origin}: not a question in JSON ({error}).") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def judge(row: Row, answer: Answer, engine: Engine) -> Outcome:
    """Compare an answer with what its row expects, and its quotes with their documents."""
    lower = answer.answer.lower()
    included = all(any(s.lower() in lower for s in group) for group in row.must_include)
    cited = [citation.cited_text for citation in answer.citations]
    evidenced = not row.evidence_any or any(s in text for text in cited for s in row.evidence_any)
    exact = sum(
        citation.source_span.of(engine.document(citation.document_id).text) == citation.cited_text
        for citation in answer.citations
    )
    return Outcome(row, answer, included, evidenced, len(cited), exact)


def _score(outcomes: Sequence[Outcome]) -> Score:
    return Score(
        questions=len(outcomes),
        correct=sum(outcome.correct for outcome in outcomes),
        hallucinated=sum(not o.row.answerable and not o.correct for o in outcomes),
        refused=sum(o.row.answerable and o.answer.status == "abstained" for o in outcomes),
        quotes=sum(outcome.quotes for outcome in outcomes),
        exact=sum(outcome.exact for outcome in outcomes),
    )


def as_json(report: EvalReport) -> Mapping[str, Any]:
    """The report as plain values: totals, kinds, and every outcome with its answer."""
    return {
        "total": report.total,
        "kinds": report.by_kind(),
        "outcomes": [
            {**_fields(outcome), "correct": outcome.correct} for outcome in report.outcomes
        ],
    }


def _fields(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.row.id,
        "question": outcome.row.question,
        "included": outcome.included,
        "evidenced": outcome.evidenced,
        "answer": outcome.answer,
    }
