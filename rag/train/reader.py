"""Make `reader.npz`, `reader_trees_LANGUAGE.npz` and `answerable.npz` in `rag/weights`: which span
answers, and whether one does.

    python -m rag.train.reader DATA_FOLDER DOCUMENTS_FOLDER

DATA_FOLDER holds NAME.questions.jsonl, DOCUMENTS_FOLDER the passages NAME.docs.jsonl that they
refer to; the passages of a name are one collection, searched as in service. A network a language
is learned with a softmax over the candidates of a question, by Adam (Kingma and Ba 2015), and the
trees that look again at the best to rank them (`rag.train.boosting`, of the group `train`). How
much the trees weigh, and whether the first sentence answers (`rag.train.answering`), is learned
from networks and trees that had not seen the article; the weight is that which puts the most right
spans first. Without an answer are questions marked so, and every question asked once more of the
collection without its passage. DATA_FOLDER's NAME_parallel_sents.jsonl teach what holds across
languages (`rag.train.across`).
"""

from __future__ import annotations

import json
import re
import string
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from rag.cancel import Cancel
from rag.demand import bound
from rag.engine import Engine, open_engine
from rag.evidence import Evidence
from rag.extract import choose, describe_choice, promising
from rag.network import MEMBERS, TREE_FEATURES, Network, bonus, tree_rows
from rag.profile import load_profile
from rag.question import Question, understand
from rag.reader import CODES_END, OFFSETS, Described, Read, describe
from rag.resources import weights
from rag.retrieve import retrieve
from rag.train.across import across_rows
from rag.train.answering import Rows, learn, print_calibration, store
from rag.train.boosting import rank
from rag.trees import Trees, save
from rag.types import NewDocument

FOLDS = 3
UNITS, SECOND, EPOCHS, BATCH, SAMPLED = 48, 24, 10, 16, 250
RATE, DECAY, DROPPED, LEFT_OUT = 2e-3, 0.05, 0.1, 0.1
ROUNDS, RANKED = 200, 120  # trees, and candidates of a question that they are learned from
LEVEL = 0.003  # of a share, that tells two weights of the trees not apart
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)  # of the trees, beside the networks
Floats = NDArray[np.float32]
_OUTSIDE = str.maketrans("", "", string.punctuation + "《》<>〈〉‘’“”「」『』")
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question as it was read: `gains` say how right each candidate is (0 for wrong)."""

    group: str
    question: Question
    passages: tuple[tuple[Evidence, ...], ...]
    reads: tuple[Read, ...]
    described: Described
    gains: Floats
    answers: tuple[str, ...]


def plain(text: str) -> str:
    """Without case, punctuation and articles, as the official measures compare answers."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_OUTSIDE)).split())


def overlap(one: str, other: str, *, characters: bool) -> float:
    """F1 of the characters or words that two answers share."""
    a, b = plain(one), plain(other)
    first = Counter(a.replace(" ", "") if characters else a.split())
    second = Counter(b.replace(" ", "") if characters else b.split())
    shared = (first & second).total()
    return 2 * shared / (first.total() + second.total()) if shared else 0.0


def gain(text: str, answers: Sequence[str], *, characters: bool) -> float:
    best = max((overlap(text, a, characters=characters) for a in answers), default=0.0)
    if any(plain(text) == plain(answer) for answer in answers):
        return 1.0
    return 0.2 if best >= 0.75 else 0.05 if best >= 0.45 else 0.0


def examples(engine: Engine, name: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Example]:
    """Every question asked of its collection, and again of the collection without its passage."""
    corpus, embed, _ = engine._corpus(name, None, None, Cancel())
    for row in rows:
        question = understand(row["question"])
        answers = tuple(row["answers"])
        found = retrieve(question, embed, corpus, engine.profile.retrieval, 9)
        gold = [e for e in found.evidence if e and e[0].chunk.source == row["gold_doc"]]
        others = tuple(e for e in found.evidence if e not in gold)[:8]
        yield _example(row, question, found.evidence[:8], answers)
        if gold and answers:
            yield _example(row, question, others, ())


def _example(
    row: Mapping[str, Any],
    question: Question,
    passages: tuple[tuple[Evidence, ...], ...],
    answers: tuple[str, ...],
) -> Example:
    reads = promising(question, passages)
    described = describe(question, reads)
    gains = np.zeros(len(described.candidates), dtype=np.float32)
    for i, candidate in enumerate(described.candidates if answers else ()):
        evidence = reads[candidate.sentence].evidence
        if evidence.chunk.source == row["gold_doc"]:
            text = candidate.span.of(evidence.text)
            gains[i] = gain(text, answers, characters=row["lang"] == "ko")
    group = row["gold_doc"].rsplit("-", 1)[0]  # the article
    return Example(group, question, passages, reads, described, gains, answers)


def train_network(data: Sequence[Example], seed: int = 1) -> Network:
    """One network from the questions that have a right candidate."""
    data = [e for e in data if e.gains.any()]
    rng = np.random.default_rng(seed)
    numbers = np.concatenate([e.described.numbers for e in data])
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0) + 1e-3
    shapes = [
        (numbers.shape[1], UNITS + 1), (CODES_END, UNITS + 1), (UNITS + 1,), (UNITS, SECOND),
        (SECOND,), (SECOND,),
    ]  # fmt: skip
    spreads = [0.12, 0.18, 0.0, UNITS**-0.5, 0.0, 0.1]
    parts = [
        rng.normal(0, s, shape).astype(np.float32) for s, shape in zip(spreads, shapes, strict=True)
    ]
    parts[0][:, -1] = parts[1][:, -1] = 0
    adam = _Adam(parts, EPOCHS * (len(data) // BATCH + 1))
    for _ in range(EPOCHS):
        order = rng.permutation(len(data))
        for start in range(0, len(order), BATCH):
            batch = [_some(data[i], rng) for i in order[start : start + BATCH]]
            adam.step(_gradients(adam.parts, batch, mean, scale, rng))
    seen = np.concatenate([np.unique(e.described.codes + OFFSETS) for e in data])
    adam.parts[1][np.setdiff1d(np.arange(CODES_END), seen)] = 0  # left as they were drawn
    return Network(mean, scale, *adam.parts)


Sample = tuple[Floats, NDArray[np.intp], Floats]
"""Some candidates of a question: their numbers, codes and gains."""


def _some(example: Example, rng: np.random.Generator) -> Sample:
    """All that are right, and at most SAMPLED others."""
    count = len(example.gains)
    drawn = rng.choice(count, min(count, SAMPLED), replace=False)
    taken = np.union1d(np.flatnonzero(example.gains), drawn)
    described = example.described
    return described.numbers[taken], described.codes[taken], example.gains[taken]


def _gradients(
    parts: Sequence[Floats],
    batch: Sequence[Sample],
    mean: Floats,
    scale: Floats,
    rng: np.random.Generator,
) -> list[Floats]:
    """Of minus the logarithm of the probability, by a softmax over each question's candidates,
    that one of the right ones is taken; a nearly right one counts by its gain."""
    first, codes, bias, second, second_bias, out = parts
    x = np.concatenate([(numbers - mean) / scale for numbers, _, _ in batch]).clip(-4, 4)
    x = x * np.asarray(rng.random(x.shape[1]) > LEFT_OUT, dtype=np.float32)
    picked = np.concatenate([codes for _, codes, _ in batch]) + OFFSETS
    ones = np.ones(picked.size, dtype=np.float32)
    rows = np.arange(0, picked.size + 1, picked.shape[1])
    onehot = csr_array((ones, picked.ravel(), rows), shape=(len(x), len(codes)))
    hidden = x @ first + onehot @ codes + bias
    kept = ((rng.random((len(x), UNITS)) > DROPPED) / (1 - DROPPED)).astype(np.float32)
    active = np.maximum(hidden[:, :-1], 0) * kept
    deep = active @ second + second_bias
    scores = np.maximum(deep, 0) @ out + hidden[:, -1]
    error = _error(scores, [gains for _, _, gains in batch])
    to_deep = np.outer(error, out) * (deep > 0)
    to_hidden = np.concatenate(
        [(to_deep @ second.T) * kept * (hidden[:, :-1] > 0), error[:, None]], axis=1
    ).astype(np.float32)
    return [
        x.T @ to_hidden, onehot.T @ to_hidden, to_hidden.sum(axis=0), active.T @ to_deep,
        to_deep.sum(axis=0), np.maximum(deep, 0).T @ error,
    ]  # fmt: skip


def _error(scores: Floats, gains: Sequence[Floats]) -> Floats:
    """The derivative by the scores, question after question."""
    error = np.empty_like(scores)
    start = 0
    for gain in gains:
        part = slice(start, start + len(gain))
        chance = np.exp(scores[part] - scores[part].max())
        chance /= chance.sum()
        right = chance * gain
        error[part] = (chance - right / (right.sum() + 1e-12)) / len(gains)
        start = part.stop
    return error


class _Adam:
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    def __init__(self, parts: list[Floats], steps: int) -> None:
        self.parts = parts
        self._first = [np.zeros_like(p) for p in parts]
        self._second = [np.zeros_like(p) for p in parts]
        self._steps, self._done = steps, 0

    def step(self, gradients: Sequence[Floats]) -> None:
        self._done += 1
        rate = RATE * min(1.0, self._done / 50) * (1 - self._done / (self._steps + 1))
        for i, g in enumerate(gradients):
            self._first[i] = 0.9 * self._first[i] + 0.1 * g
            self._second[i] = 0.999 * self._second[i] + 0.001 * g**2
            m = self._first[i] / (1 - 0.9**self._done)
            v = self._second[i] / (1 - 0.999**self._done)
            decay = DECAY * self.parts[i] if self.parts[i].ndim > 1 else 0.0
            self.parts[i] = (self.parts[i] - rate * (m / (np.sqrt(v) + 1e-8) + decay)).astype(
                np.float32
            )


def train_trees(data: Sequence[Example]) -> Trees:
    """Trees that rank, from the questions that have a right candidate."""
    rng = np.random.default_rng(1)
    rows, grades, sizes = [], [], []
    for e in data:
        if e.gains.any():
            drawn = rng.choice(len(e.gains), min(len(e.gains), RANKED), replace=False)
            taken = np.union1d(np.flatnonzero(e.gains), drawn)
            rows.append(tree_rows(e.described, taken))
            grades.append(np.digitize(e.gains[taken], (0.01, 0.1, 0.9)))
            sizes.append(len(taken))
    return rank(np.concatenate(rows), np.concatenate(grades), sizes, TREE_FEATURES, ROUNDS)


Scored = tuple[Example, Floats, Floats]
"""An example with the scores of a network and what trees of weight 1 add to them."""


def heaviest(scored: Sequence[Scored]) -> float:
    """The weight of the trees that puts the most right candidates first; of those nearly as good
    the smallest, as one network leaves more to the trees than the several that serve."""
    found = {
        w: float(np.mean([e.gains[(s + w * b).argmax()] for e, s, b in scored if e.gains.any()]))
        for w in WEIGHTS
    }
    print("right span by weight of the trees:", {w: round(g, 3) for w, g in found.items()})
    return min(w for w in WEIGHTS if found[w] >= max(found.values()) - LEVEL)


def answer_rows(language: str, scored: Sequence[Scored], weight: float) -> Rows:
    """For every example the row that `rag.answerable` judges, with whether it answers."""
    rows, right, answerable = [], [], []
    for e, scores, added in scored:
        scores = bound(e.question, e.reads, e.described, scores + weight * added)
        choice = choose(e.question, e.reads, e.described, scores)
        rows.append(describe_choice(e.question, e.passages, choice))
        sentence = e.reads[choice.sentence].evidence
        right.append(any(answer in sentence.text for answer in e.answers))
        answerable.append(bool(e.answers))
    return Rows(language, np.array(rows), np.array(right), np.array(answerable))


def unseen(data: Sequence[Example]) -> list[Scored]:
    """The examples by networks and trees that were learned from other articles."""
    groups = sorted({e.group for e in data})
    np.random.default_rng(1).shuffle(groups)
    scored = []
    for part in range(FOLDS):
        held = set(groups[part::FOLDS])
        others = [e for e in data if e.group not in held]
        net, trees = train_network(others), train_trees(others)
        for e in data:
            if e.group in held and e.reads:
                scores = net.scores(e.described)
                scored.append((e, scores, bonus(trees, e.described, scores)))
        print(f"fold {part}: {len(scored)} examples scored", flush=True)
    return scored


def main(data_folder: Path, documents: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        profile = load_profile(overrides={"data_dir": folder}, environ={})
        with open_engine(profile, write=True) as engine:
            by_language: dict[str, list[Example]] = {}
            for file in sorted(data_folder.glob("*.questions.jsonl")):
                name = file.name.split(".")[0]
                _ingest(engine, name, documents / f"{name}.docs.jsonl")
                questions = _rows(file)
                language = questions[0]["lang"]
                by_language.setdefault(language, []).extend(examples(engine, name, questions))
                print(f"{name}: {len(by_language[language])} examples", flush=True)
            stored: dict[str, Any] = {}
            rows: dict[str, Rows] = {}
            for language, data in by_language.items():
                arrays, rows[language] = learn_language(language, data)
                stored |= arrays
            np.savez_compressed(weights("reader.npz"), **stored)
            # Read by the networks and trees just made.
            across = across_rows(engine, sorted(data_folder.glob("*parallel_sents.jsonl")))
    models = learn(rows["ko"], rows["en"], across)
    store(models)
    for found in (*rows.values(), across):
        print_calibration(models[found.language], found)


def learn_language(language: str, data: Sequence[Example]) -> tuple[dict[str, Any], Rows]:
    """Write the trees of a language; the arrays of its networks, and what the confidence is
    learned from."""
    stored = networks_to_store(language, data)
    scored = unseen(data)
    weight = heaviest(scored)
    save(replace(train_trees(data), slope=weight), weights(f"reader_trees_{language}.npz"))
    return stored, answer_rows(language, scored, weight)


def networks_to_store(language: str, data: Sequence[Example]) -> dict[str, Any]:
    """The arrays of all networks of a language by their names in the file."""
    return {
        f"{language}{n}_{field}": getattr(net, field).astype(np.float16)
        for n in range(MEMBERS[language])
        for net in [train_network(data, seed=n + 1)]
        for field in Network.__dataclass_fields__
    }


def _ingest(engine: Engine, name: str, file: Path) -> None:
    engine.create_collection(name)
    engine.add([NewDocument(d["text"], d["title"], d["doc_id"], {}, name) for d in _rows(file)])


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
