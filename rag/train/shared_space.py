"""Make `rag/weights/shared_space.npz`: the map from wordllama's English vectors to Korean ones.

    python -m rag.train.shared_space

Ridge regression (Mikolov, Le and Sutskever 2013) over the entries of our own lexicon: the vector of
the English side against the mean of the vectors of its Korean renderings. It lets an English word
that the lexicon does not hold stand near Korean words of a like meaning.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from rag.embed import EnglishVectors, KoreanVectors, Vector
from rag.resources import weights
from rag.text.morphemes import analyse, is_hangul
from rag.text.rarity import rarity
from rag.train.lexicon import lexicon_entries

_RIDGE = 5.0
_DIMENSION = 256


def _mean(korean: KoreanVectors, text: str) -> Vector:
    """The unit-length mean of a rendering's morphemes, weighted by rarity; zeros if none."""
    total: Vector = np.zeros(_DIMENSION, dtype=np.float32)
    for token in analyse(text):
        vector = korean.of(token.key, token.tag) if is_hangul(token.key) else None
        if vector is not None:
            total += rarity(token.key) * vector
    length = float(np.linalg.norm(total))
    return total / (length or 1.0)


def main() -> None:
    english, korean = EnglishVectors(), KoreanVectors()
    meant: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for source, target, weight in lexicon_entries():
        meant[source].append((target, weight))
    words = sorted(meant)
    targets = np.stack(
        [sum(weight * _mean(korean, text) for text, weight in meant[word]) for word in words]
    )
    lengths = np.linalg.norm(targets, axis=1)
    sources = english.means(words)
    kept = (lengths > 0) & (np.linalg.norm(sources, axis=1) > 0)
    x, y = sources[kept], targets[kept] / lengths[kept, None]
    solved = np.linalg.solve(x.T @ x + _RIDGE * np.eye(x.shape[1]), x.T @ y)
    np.savez_compressed(weights("shared_space.npz"), map=solved.astype(np.float16))
    print(f"{kept.sum()} words, {weights('shared_space.npz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
