"""What is measured: rows, what is known about their answers, and the suites they form.

It does not know which file or format a row came from, nor how an answer is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.types import NewDocument, Turn

Task = Literal["ask", "search", "verify"]
"""`ask`: a question and its answer; `search`: only the passages for a question count; `verify`:
is a claim carried by its sources?"""


# What a row takes besides reading its own sources, as a multiple of reading a text.
_WORK: Mapping[Task, int] = {"ask": 5, "search": 1, "verify": 2}


@dataclass(frozen=True, slots=True)
class Row:
    """A question or claim (`text`) and what is known about it. What is empty or None is not
    known, and then not judged.

    must_include  groups of strings, each met by one of its strings anywhere in the answer
    evidence_any  strings, met by one of them inside a cited text
    answers       short answers, any of which is right
    gold_sources  the sources of the documents that answer it
    sources       the texts that a question is asked of, or a claim is held against, alone
    """

    id: str
    text: str
    language: str
    kind: str = "all"
    history: tuple[Turn, ...] = ()
    answerable: bool = True
    must_include: tuple[tuple[str, ...], ...] = ()
    evidence_any: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    gold_sources: frozenset[str] = frozenset()
    sources: tuple[NewDocument, ...] = ()
    supported: bool | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Rows that are measured together. `corpus` names the documents that they are asked of; None
    means the rows' own sources, or what the engine has stored."""

    name: str
    task: Task
    rows: tuple[Row, ...]
    corpus: str | None = None

    @property
    def needs_store(self) -> bool:
        """Whether it asks about what the user has stored."""
        return self.corpus is None and any(not row.sources for row in self.rows)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run measures. `corpora` are stored for the run alone."""

    suites: tuple[Suite, ...]
    corpora: Mapping[str, Sequence[NewDocument]] = field(default_factory=dict)

    @property
    def needs_store(self) -> bool:
        return any(suite.needs_store for suite in self.suites)

    @property
    def work(self) -> int:
        """How long it takes, roughly, in texts that are read."""
        rows = [_WORK[suite.task] + len(row.sources) for suite in self.suites for row in suite.rows]
        return sum(map(len, self.corpora.values())) + sum(rows)

    def halves(self) -> tuple[Plan, Plan]:
        """Two plans of about as much work, each corpus with all that is asked of it; what needs
        the store is in the first. The second may be empty."""
        groups: dict[str, list[Suite]] = {}
        for number, suite in enumerate(self.suites):
            alone = "" if suite.needs_store else f"/{number}"
            groups.setdefault(suite.corpus or alone, []).append(suite)
        first = groups.pop("", [])
        parts = [self._part(suites) for suites in groups.values()]
        halves = [self._part(first), self._part([])]
        for part in sorted(parts, key=lambda plan: -plan.work):
            least = min((0, 1), key=lambda half: halves[half].work)
            halves[least] = self._part([*halves[least].suites, *part.suites])
        return halves[0], halves[1]

    def _part(self, suites: Sequence[Suite]) -> Plan:
        asked = {suite.corpus for suite in suites}
        return Plan(tuple(suites), {k: v for k, v in self.corpora.items() if k in asked})
