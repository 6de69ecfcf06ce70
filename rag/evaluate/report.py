"""The result of a run: figures by suite, what failed, comparison with another run, thresholds.

It does not know how any of it is laid out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.errors import InputError, NotFoundError
from rag.evaluate.bootstrap import difference, value
from rag.evaluate.judge import Outcome
from rag.evaluate.measures import LOWER_IS_BETTER, TITLES, Figure, Values, figures, statistics
from rag.evaluate.suite import Suite

_FORMAT = "geungeo-eval-1"


@dataclass(frozen=True)
class SuiteResult:
    """The outcomes of a suite in the order of its rows, and how many seconds they took."""

    suite: Suite
    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def name(self) -> str:
        return self.suite.name

    @property
    def values(self) -> list[Values]:
        return [outcome.values for outcome in self.outcomes]

    @cached_property
    def figures(self) -> list[Figure]:
        return figures(self.values)

    @property
    def wrong(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.correct]

    def correct_by_kind(self) -> dict[str, tuple[int, int]]:
        """How many rows of each kind are correct, and how many there are."""
        kinds: dict[str, tuple[int, int]] = {}
        for outcome in self.outcomes:
            correct, rows = kinds.get(outcome.row.kind, (0, 0))
            kinds[outcome.row.kind] = (correct + outcome.correct, rows + 1)
        return kinds


@dataclass(frozen=True, slots=True)
class Total:
    """Counts over all questions that were asked. `hallucinated`: answered though unanswerable;
    `refused`: abstained though answerable; `exact` of the `quotes` stand in their source."""

    questions: int
    correct: int
    hallucinated: int
    refused: int
    quotes: int
    exact: int


@dataclass(frozen=True, slots=True)
class Report:
    """What one profile made of a plan."""

    profile: str
    suites: tuple[SuiteResult, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(outcome for suite in self.suites for outcome in suite.outcomes)

    @property
    def total(self) -> Total:
        asked = [o for o in self.outcomes if o.answer is not None]
        return Total(
            questions=len(asked),
            correct=sum(o.correct for o in asked),
            hallucinated=sum(not o.row.answerable and not o.correct for o in asked),
            refused=sum(o.row.answerable and not o.values["answered"] for o in asked),
            quotes=sum(int(o.values["quotes"]) for o in asked),
            exact=sum(int(o.values["exact"]) for o in asked),
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure here minus there, over the rows that both runs have, with its 95% interval."""

    key: str
    here: float
    there: float
    change: float
    low: float
    high: float
    rows: int

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


Run = Mapping[str, Mapping[str, Values]]
"""The values of another run, by suite and row id."""


def values_of(report: Report) -> Run:
    """What `compare` needs of a run."""
    return {s.name: {o.row.id: o.values for o in s.outcomes} for s in report.suites}


def read_run(file: Path) -> Run:
    """The values out of a file that `as_json` made. Raises NotFoundError, InputError."""
    try:
        raw = json.loads(file.read_bytes())
        if raw["format"] != _FORMAT:
            raise ValueError(f"its format is {raw['format']!r}")
        return {s["name"]: {str(r["id"]): r["values"] for r in s["rows"]} for s in raw["suites"]}
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {file}.") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{file} is not a run that `rag eval --json` has written ({error})."
        ) from None


def compare(result: SuiteResult, other: Run) -> list[Difference]:
    """The paired differences of a suite; empty when the other run does not share its rows."""
    known = other.get(result.name, {})
    shared = [o for o in result.outcomes if o.row.id in known]
    mine = [outcome.values for outcome in shared]
    here, there = statistics(mine), statistics([known[o.row.id] for o in shared])
    found = []
    for key in (key for key in here if key in there):
        one, two = here[key][0], there[key][0]
        change, low, high = difference(one, two, len(shared))
        was = value(two, len(shared))
        found.append(Difference(key, was + change, was, change, low, high, here[key][1]))
    return found


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values: figures, and each row with its answer. NaN becomes None."""
    return {
        "format": _FORMAT,
        "profile": report.profile,
        "suites": [
            {
                "name": result.name,
                "task": result.suite.task,
                "seconds": round(result.seconds, 3),
                "figures": [_plain(figure) for figure in result.figures],
                "rows": [_row(outcome) for outcome in result.outcomes],
            }
            for result in report.suites
        ],
    }


def _plain(figure: Figure) -> dict[str, Any]:
    cells = {f.name: getattr(figure, f.name) for f in fields(figure)}
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in cells.items()}


def _row(outcome: Outcome) -> dict[str, Any]:
    answer, row = outcome.answer, outcome.row
    told: dict[str, Any] = {}
    if answer is not None:
        names = ("status", "reason", "answer", "short_answer", "confidence", "citations")
        told = {name: getattr(answer, name) for name in names}
        told["passages"] = [
            {"source": p.source, "span": p.span, "score": p.score, "ranks": dict(p.ranks)}
            for p in answer.passages
        ]
    return {
        "id": row.id,
        "kind": row.kind,
        "text": row.text,
        "correct": outcome.correct,
        "values": dict(outcome.values),
        "ranking": outcome.ranking,
        "answer": told or None,
        "verification": outcome.verification,
    }


@dataclass(frozen=True, slots=True)
class Missed:
    """A threshold that a suite did not reach (or, where lower is better, passed)."""

    suite: str
    key: str
    value: float
    threshold: float


def read_thresholds(file: Path) -> dict[str, dict[str, float]]:
    """Thresholds by suite and measure; those of the suite "" hold for every suite that has the
    measure. Raises NotFoundError, InputError (not YAML, an unknown measure, not a number)."""
    import yaml

    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{file} cannot be read as YAML: {error}") from None
    if not isinstance(raw, dict):
        raise InputError(f"{file}: thresholds are lines of `measure: minimum`.")
    found: dict[str, dict[str, float]] = {}
    for key, held in raw.items():
        for measure, number in held.items() if isinstance(held, dict) else [(key, held)]:
            if measure not in TITLES:
                raise InputError(f"{file}: no measure {measure!r}. Known: {', '.join(TITLES)}.")
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise InputError(f"{file}: {measure}: {number!r} is not a number.")
            found.setdefault(str(key) if isinstance(held, dict) else "", {})[measure] = number
    return found


def missed(report: Report, thresholds: Mapping[str, Mapping[str, float]]) -> list[Missed]:
    """Every threshold that was not met. Raises InputError for one that nothing here measures:
    a check that checks nothing must not pass."""
    results = {result.name: result for result in report.suites}
    found = []
    for name, wanted in thresholds.items():
        if name and name not in results:
            raise InputError(f"Thresholds for {name!r}, which was not measured here.")
        measured = [results[name]] if name else list(report.suites)
        for key, threshold in wanted.items():
            values = {r.name: v for r in measured if (v := _figure(r, key)) is not None}
            if not values:
                raise InputError(f"The threshold for {key!r} meets no file that measures it.")
            found += [
                Missed(suite, key, got, threshold)
                for suite, got in values.items()
                if not (got <= threshold if key in LOWER_IS_BETTER else got >= threshold)
            ]
    return found


def _figure(result: SuiteResult, key: str) -> float | None:
    return next((figure.value for figure in result.figures if figure.key == key), None)
