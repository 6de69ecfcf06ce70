"""Rows for how probable it is that a sentence answers a question in the other language, from
sentences that stand in both.

No question of that kind is at hand. So a few words in a row of a sentence are asked of the
sentences in the other language: its own answers, and with its passage taken away none does. The
words are no real question; only how much of them is covered can be learned (`rag.train.answering`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.cancel import Cancel
from rag.engine import Engine
from rag.evidence import Evidence
from rag.extract import chosen, describe_choice
from rag.question import Question, understand
from rag.retrieve import retrieve
from rag.train.answering import Rows
from rag.types import NewDocument

TOGETHER = 4  # sentences in a document
SHORTEST, LONGEST = 3, 9  # words asked
_ASKED = {"en": "What {}?", "ko": "{} 무엇인가?"}
_OTHER = {"en": "ko", "ko": "en"}
_SEED = 3


def across_rows(engine: Engine, files: Sequence[Path]) -> Rows:
    """Rows from files of parallel sentences (JSON lines with `ko` and `en`); half of the sentences
    are asked in Korean, half in English."""
    pairs = [json.loads(line) for f in files for line in f.read_text("utf-8").splitlines()]
    groups = [pairs[i : i + TOGETHER] for i in range(0, len(pairs), TOGETHER)]
    for language in _OTHER:
        name = f"parallel-{language}"
        engine.create_collection(name)
        texts = [" ".join(pair[language] for pair in group) for group in groups]
        engine.add([NewDocument(t, None, str(i), {}, name) for i, t in enumerate(texts)])
    found = list(_examples(engine, pairs))
    rows, right, answerable = zip(*found, strict=True)
    return Rows("across", np.array(rows), np.array(right), np.array(answerable))


def _examples(
    engine: Engine, pairs: Sequence[Mapping[str, str]]
) -> Iterator[tuple[NDArray[np.float64], bool, bool]]:
    rng = random.Random(_SEED)
    corpora = {
        language: engine._corpus(f"parallel-{_OTHER[language]}", None, None, Cancel())
        for language in _OTHER
    }
    for number, pair in enumerate(pairs):
        language = ("en", "ko")[number % 2]
        corpus, embed, _ = corpora[language]
        asked = _some_words(pair[language], rng)
        question = understand(_ASKED[language].format(asked)) if asked else None
        if question is None or not question.terms or question.language != language:
            continue
        found = retrieve(question, embed, corpus, engine.profile.retrieval, 9)
        own = str(number // TOGETHER)
        others = tuple(e for e in found.evidence if not (e and e[0].chunk.source == own))
        for passages in (found.evidence[:8], others[:8]):
            row = _row(question, passages, own)
            if row is not None:
                yield *row, _holds(passages, own)


def _some_words(sentence: str, rng: random.Random) -> str:
    words, count = sentence.split(), rng.randint(SHORTEST, LONGEST)
    if len(words) < count + 2:
        return ""
    start = rng.randrange(len(words) - count + 1)
    return " ".join(words[start : start + count]).rstrip('.,?!"')


def _row(
    question: Question, passages: Sequence[tuple[Evidence, ...]], own: str
) -> tuple[NDArray[np.float64], bool] | None:
    """The row, and whether the sentence chosen is out of the document that answers."""
    choice = chosen(question, passages)
    if choice is None:
        return None
    row = describe_choice(question, passages, choice)
    return row, choice.reads[choice.sentence].evidence.chunk.source == own


def _holds(passages: Sequence[tuple[Evidence, ...]], own: str) -> bool:
    return any(group and group[0].chunk.source == own for group in passages)
