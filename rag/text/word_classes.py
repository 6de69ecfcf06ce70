"""Whether an English word is a noun (n), a verb (v), an adjective (a) or an adverb (r).

Looked up in a table made from our own lexicon (`rag.train.word_classes`), inflected forms by the
word they come from. It does not see the sentence: a word of several classes stays so.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import lru_cache

from rag.resources import weights
from rag.text.irregular import FORMS

_ENDINGS = (
    ("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e"), ("ing", ""),
    ("ing", "e"), ("er", ""), ("est", ""), ("er", "e"), ("est", "e"), ("ly", ""),
)  # fmt: skip
_SHORTEST = 3


@lru_cache(maxsize=1)
def _classes() -> dict[str, str]:
    lines = gzip.decompress(weights("word_classes.tsv.gz").read_bytes()).decode().split("\n")
    return dict(line.split("\t") for line in lines)


@lru_cache(maxsize=50_000)
def classes_of(word: str) -> str:
    """The classes of a word in lower case, the likelier first; "" when it is not known."""
    found = next((found for form in _forms(word) if (found := _classes().get(form))), "")
    if not found and "v" in _classes().get(FORMS.get(word, ""), ""):
        return "v"  # met
    return found


def _forms(word: str) -> Iterator[str]:
    yield word
    for ending, instead in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST:
            yield stem + instead
            if not instead and stem[-1] == stem[-2]:  # stopped
                yield stem[:-1]
