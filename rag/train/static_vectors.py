"""Make `rag/weights/korean_vectors.npz`: the map from a Korean morpheme to its vector.

    python -m rag.train.static_vectors DATA_FOLDER

Kiwi's CoNgram model can tell how alike two morphemes are, but gives no vectors. The Nyström
method (Williams and Seeger 2001) makes some: with L landmarks, K their similarities among
themselves and k(w) those of a word to them, the inner products of k(w) K^-1/2 reproduce the
similarities. Landmarks are chosen one after another where the similarities are explained worst
so far (pivoted Cholesky; Fine and Scheinberg 2001), weighted by how often a morpheme occurs.
The mean and the first principal component, shared by all words, are taken off (Mu and
Viswanath 2018). Kiwi's own vectors turn out to have 256 dimensions: after 256 landmarks nothing
is left to explain, and more only amplify rounding. Stored: landmarks, projection (256 x 256,
float16) and the two vectors to take off, so that vectors are the same on every machine.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.resources import weights
from rag.text.morphemes import has_hangul, kiwi
from rag.train.corpus import sentences

WORDS, LANDMARKS = 5000, 256
_TAGS = ("NNG", "NNP", "VV", "VA", "XR", "MAG")


def frequent_words(folder: Path) -> list[tuple[str, str, int]]:
    """The commonest content morphemes that Kiwi knows, as (form, tag, count)."""
    counts: Counter[tuple[str, str]] = Counter()
    texts = [text for text in sentences(folder) if has_hangul(text)]
    for morphemes in list(kiwi().tokenize(texts)):
        counts.update((m.form, m.tag) for m in morphemes if m.tag in _TAGS)
    known: list[tuple[str, str, int]] = []
    for (form, tag), n in counts.most_common():
        try:
            kiwi().morpheme_similarity((form, tag), (form, tag))
        except ValueError:
            continue
        known.append((form, tag, n))
        if len(known) == WORDS:
            break
    return known


def numbers_of(landmarks: list[tuple[str, str]]) -> list[int]:
    """Kiwi's number of each morpheme, by which it compares faster."""
    wanted = dict.fromkeys(landmarks, -1)
    for number in itertools.count():
        try:
            morpheme = kiwi().morpheme(number)
        except ValueError:  # past the last
            break
        pair = (morpheme.form, morpheme.tag)
        if wanted.get(pair) == -1 and kiwi().morpheme_similarity(number, pair) > 0.999:
            wanted[pair] = number
    return list(wanted.values())


def main(folder: Path) -> None:
    words = frequent_words(folder)
    similarity = kiwi().morpheme_similarity

    def column(index: int) -> NDArray[np.float64]:
        form, tag, _ = words[index]
        return np.array([similarity((form, tag), (f, t)) for f, t, _ in words])

    importance = np.sqrt([n for _, _, n in words])
    residual = np.ones(len(words))
    factor = np.zeros((len(words), LANDMARKS))
    chosen: list[int] = []
    columns = []
    for step in range(LANDMARKS):
        score = residual * importance
        score[chosen] = -1
        pick = int(np.argmax(score))
        full = column(pick)
        chosen.append(pick)
        columns.append(full)
        row = full - factor[:, :step] @ factor[pick, :step]
        factor[:, step] = row / np.sqrt(max(residual[pick], 1e-6))
        residual = np.clip(residual - factor[:, step] ** 2, 0, None)
        if step % 64 == 63:
            print(f"{step + 1} landmarks, unexplained {residual.mean():.3f}", flush=True)

    to_landmarks = np.stack(columns, axis=1)  # words x landmarks
    among = to_landmarks[chosen]
    values, vectors = np.linalg.eigh((among + among.T) / 2)
    print(f"eigenvalues from {values[-1]:.2f} down to {values[0]:.5f}")
    root = vectors / np.sqrt(np.maximum(values, 1e-3)) @ vectors.T
    projection = root.astype(np.float16)
    embedded = to_landmarks @ projection.astype(np.float64)
    mean = np.average(embedded, axis=0, weights=importance)
    component = np.linalg.svd((embedded - mean) * importance[:, None] ** 0.5)[2][0]
    landmarks = [words[i][:2] for i in chosen]
    np.savez_compressed(
        weights("korean_vectors.npz"),
        landmarks=np.array([f"{form}/{tag}" for form, tag in landmarks]),
        numbers=np.array(numbers_of(landmarks), dtype=np.int32),
        projection=projection,
        mean=mean.astype(np.float32),
        component=component.astype(np.float32),
    )
    print(weights("korean_vectors.npz").stat().st_size, "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
