"""Putting a plan to an engine: documents into a folder of their own, every row asked and judged.

What a plan brings along is stored in a temporary folder, under the same profile, never among the
user's documents. It does not know files or figures.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.engine import Engine, open_engine
from rag.errors import InputError
from rag.evaluate.formats import read_plan
from rag.evaluate.judge import Outcome, TextOf, judge_answer, judge_verification
from rag.evaluate.report import Report, SuiteResult
from rag.evaluate.retrieval import by_document, retrieval_values
from rag.evaluate.suite import Plan, Row, Suite
from rag.profile import Profile
from rag.text.normalise import normalise
from rag.types import DEFAULT_COLLECTION, Progress

_DOCUMENTS = 10  # so many are needed for nDCG@10
_MOST_PASSAGES = 50  # that a search gives
_LARGE = 4000  # of `Plan.work`, from which on a second process is worth its start


def evaluate(engine: Engine, files: Sequence[Path], progress: Progress | None = None) -> Report:
    """Measure the engine on files and folders of questions; see `rag.evaluate.formats`. Raises
    InputError, with file and line, for a row that cannot be read; nothing is asked before all
    rows are read."""
    return run(read_plan(files), engine.profile, stored=engine, progress=progress)


def run(
    plan: Plan,
    profile: Profile,
    *,
    stored: Engine | None = None,
    collection: str = DEFAULT_COLLECTION,
    progress: Progress | None = None,
) -> Report:
    """Measure a plan. Rows without documents of their own are asked of `stored`, in `collection`;
    it may be None when there are none. A large plan is shared with a second process; `progress`
    tells only of what this one does. Raises as `Engine.ask` and `Engine.add` do."""
    mine, other = plan.halves()
    if plan.work < _LARGE or not other.suites or (os.cpu_count() or 1) < 2:
        return Report(profile.name, _run(plan, profile, stored, collection, progress))
    # A new interpreter: Chroma's threads do not survive a fork.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as second:
        pending = second.submit(_run, other, profile)
        results = [*_run(mine, profile, stored, collection, progress), *pending.result()]
    order = {suite.name: number for number, suite in enumerate(plan.suites)}
    return Report(profile.name, tuple(sorted(results, key=lambda result: order[result.name])))


def _run(
    plan: Plan,
    profile: Profile,
    stored: Engine | None = None,
    collection: str = DEFAULT_COLLECTION,
    progress: Progress | None = None,
) -> tuple[SuiteResult, ...]:
    with _scratch(profile) as scratch:
        for name, documents in plan.corpora.items():
            scratch.create_collection(name)
            failed = [i for i in scratch.add(documents, progress=progress).items if i.error]
            if failed:
                raise InputError(f"{name}: {failed[0].source} cannot be read: {failed[0].error}")
        results = []
        for suite in plan.suites:
            inside = stored if suite.needs_store else scratch
            if inside is None:
                raise InputError(f"{suite.name} asks about stored documents, and none are open.")
            where = suite.corpus or (collection if suite.needs_store else DEFAULT_COLLECTION)
            results.append(_measured(suite, inside, where, progress))
    return tuple(results)


@contextmanager
def _scratch(profile: Profile) -> Iterator[Engine]:
    with TemporaryDirectory(prefix="geungeo-eval-") as folder:
        own = profile.model_copy(update={"data_dir": Path(folder) / "data"})
        with open_engine(own, write=True) as engine:
            yield engine


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the rows of a suite are asked. A search there gives `depth` passages, and `text_of`
    reads the document of a citation."""

    engine: Engine
    collection: str
    depth: int
    text_of: TextOf


def _place(engine: Engine, collection: str) -> _Place:
    info = next((c for c in engine.collections() if c.name == collection), None)
    per_document = info.chunks / info.documents if info and info.documents else 1.0
    read = lru_cache(maxsize=None)(lambda document_id: engine.document(document_id).text)
    return _Place(
        engine,
        collection,
        # As many passages as hold ten documents, where a document has the average of chunks.
        depth=min(_MOST_PASSAGES, math.ceil(_DOCUMENTS * per_document)),
        text_of=lambda citation: str(read(citation.document_id)),
    )


def _measured(
    suite: Suite, engine: Engine, collection: str, progress: Progress | None
) -> SuiteResult:
    started = time.perf_counter()
    place = _place(engine, collection)
    with_spans = any(row.answers for row in suite.rows)
    outcomes = []
    for number, row in enumerate(suite.rows, start=1):
        try:
            if suite.task == "verify":
                outcome = judge_verification(row, engine.verify(row.text, sources=row.sources))
            elif suite.task == "search":
                outcome = Outcome(row, {}, None, _found(row.text, place))
            else:
                outcome = _asked(row, place, with_spans=with_spans)
        except InputError as error:
            raise InputError(f"{row.id}: {error.message}", param=error.param) from None
        outcomes.append(outcome)
        if progress:
            progress(suite.name, number, len(suite.rows))
    outcomes = _with_retrieval(suite, outcomes)
    return SuiteResult(suite, tuple(outcomes), time.perf_counter() - started)


def _asked(row: Row, place: _Place, *, with_spans: bool) -> Outcome:
    answer = place.engine.ask(
        row.text,
        history=row.history,
        collection=place.collection,
        documents=row.sources or None,
    )
    own = {source.source or f"inline-{i}": source for i, source in enumerate(row.sources, 1)}
    text_of: TextOf = (lambda c: normalise(own[c.source].text)) if own else place.text_of
    outcome = judge_answer(row, answer, text_of, with_spans=with_spans)
    if row.gold_sources and row.answerable and not own:
        return replace(outcome, ranking=_found(answer.standalone_question, place))
    return outcome


def _found(question: str, place: _Place) -> tuple[str, ...]:
    found = place.engine.search(question, collection=place.collection, top_k=place.depth)
    return by_document([passage.source for passage in found.passages])


def _with_retrieval(suite: Suite, outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes with their retrieval measures, where an answerable row has gold documents."""
    ranked = [
        i
        for i, o in enumerate(outcomes)
        if o.row.gold_sources and o.row.answerable and not o.row.sources
    ]
    values = retrieval_values(
        [outcomes[i].ranking for i in ranked], [outcomes[i].row.gold_sources for i in ranked]
    )
    found = dict(zip(ranked, values, strict=True))
    if suite.task == "search":  # nothing was answered: right is what was found first
        found = {i: {**v, "correct": v["hit@1"]} for i, v in found.items()}
    return [o.adding(found[i]) if i in found else o for i, o in enumerate(outcomes)]
