"""How well profiles find by their vectors alone, by words alone, and by both.

    python -m tests.bench.embedders DOCUMENTS QUESTIONS [PROFILE ...]

Both are JSON lines, `{"doc_id", "text", "title"}` and `{"question", "gold_doc"}`; several right
documents are a list. What was found is read and put in order as in every search. The default is to
compare `embedded` with `minilm`, which needs the packages that its file names.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from rag.engine import open_engine
from rag.evaluate.retrieval import by_document, retrieval_values
from rag.profile import load_profile
from rag.types import NewDocument

SHOWN = ("ndcg@10", "hit@1", "recall@10")
WEIGHTS = {
    "vectors alone": (1.0, 0.0),
    "words alone": (0.0, 1.0),
    "as shipped": None,
    "half and half": (1.0, 1.0),
}
Asked = Sequence[tuple[str, Collection[str]]]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def measure(name: str, documents: Sequence[NewDocument], asked: Asked) -> None:
    """Print a line for each way to weigh vectors and words."""
    with tempfile.TemporaryDirectory() as folder:
        common: dict[str, object] = {"data_dir": folder, "retrieval.top_k": 20}
        began = time.perf_counter()
        with open_engine(load_profile(name, overrides=common, environ={}), write=True) as engine:
            engine.add(documents)
        print(f"{name}: {len(documents)} documents in {time.perf_counter() - began:.0f} s")
        for told, weights in WEIGHTS.items():
            keys = ("retrieval.dense_weight", "retrieval.lexical_weight")
            chosen = dict(zip(keys, weights, strict=True)) if weights else {}
            with open_engine(
                load_profile(name, overrides={**common, **chosen}, environ={})
            ) as engine:
                found = [
                    by_document([p.source for p in engine.search(question).passages])[:10]
                    for question, _ in asked
                ]
            values = retrieval_values(found, [gold for _, gold in asked])
            means = (sum(value[key] for value in values) / len(values) for key in SHOWN)
            print(f"  {told:14}" + "".join(f"{mean:10.3f}" for mean in means), flush=True)


def main(documents: Path, questions: Path, profiles: Sequence[str]) -> None:
    texts = [
        NewDocument(row["text"], title=row.get("title"), source=row["doc_id"])
        for row in lines(documents)
    ]
    asked = []
    for row in lines(questions):
        gold = row["gold_doc"]
        asked.append((row["question"], gold if isinstance(gold, list) else [gold]))
    print(" " * 16 + "".join(f"{name:>10}" for name in SHOWN) + f"   {len(asked)} questions")
    for name in profiles:
        measure(name, texts, asked)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] or ("embedded", "minilm"))
