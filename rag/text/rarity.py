"""How much a word says: inverse document frequency from the language at large.

Learned by `rag.train.frequencies`. It knows nothing of the collection at hand, which is the
point: in two articles about Meta the word Meta is everywhere and still says more than a verb.
"""

from __future__ import annotations

import gzip
import math
from functools import lru_cache

from rag.resources import weights
from rag.text.morphemes import has_hangul


@lru_cache(maxsize=1)
def _counts() -> tuple[dict[str, int], int, int]:
    lines = gzip.decompress(weights("frequencies.tsv.gz").read_bytes()).decode().split("\n")
    _, korean, english = lines[0].split("\t")
    table = {key: int(n) for key, n in (line.split("\t") for line in lines[1:])}
    return table, int(korean), int(english)


@lru_cache(maxsize=65536)
def rarity(key: str) -> float:
    """Inverse document frequency in nats, ln((N + 1) / (n + 1)), over sentences of the key's
    own script; a word never seen has the highest value of its script. "" has 0."""
    if not key:
        return 0.0
    table, korean, english = _counts()
    total = korean if has_hangul(key) else english
    return math.log((total + 1) / (table.get(key, 0) + 1))
