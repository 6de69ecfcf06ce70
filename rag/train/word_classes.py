"""Make `rag/weights/word_classes.tsv.gz`: which English words are nouns, verbs and so on.

    python -m rag.train.word_classes

Nobody tagged them: an entry of the bilingual lexicon (`rag/weights/lexicon`) is what its Korean
renderings are, and what those are Kiwi knows. A word may be of several classes, the likelier first.
"""

from __future__ import annotations

import gzip
from collections import defaultdict

from rag.resources import weights
from rag.text.morphemes import analyse, has_hangul
from rag.train.lexicon import lexicon_entries

_CLASSES = (
    ("a", ("VA", "XSA", "VCN", "MM")),
    ("v", ("VV", "XSV", "VX")),
    ("r", ("MAG", "MAJ", "IC")),
    ("n", ("NNG", "NNP", "NNB", "NR", "XSN", "NP", "SL", "SN", "XR")),
)
_LEAST = 0.2  # of a word's weight, for a class to count


def class_of(korean: str) -> str:
    """n, v, a or r of a rendering; "" for what is none of these."""
    tags = [t.tag.split("-")[0] for t in analyse(korean)]
    if korean.endswith("적"):
        return "a"
    if korean.endswith("게") and len(tags) > 1 and tags[-1] == "EC":
        return "r"
    if korean.endswith("로") and tags and tags[-1] == "JKB":
        return "r"
    content = [t for t in tags if t[0] != "E"]
    for name, group in _CLASSES:
        if content and content[-1] in group:
            return name
    return ""


def classes() -> dict[str, str]:
    """Each one-word entry of the lexicon in lower case -> its classes, likeliest first."""
    found: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for english, korean, weight in lexicon_entries():
        word = english.lower()
        if word.isalpha() and has_hangul(korean) and (name := class_of(korean)):
            found[word][name] += weight
    return {
        word: "".join(
            name
            for name, weight in sorted(counts.items(), key=lambda item: -item[1])
            if weight >= _LEAST * sum(counts.values())
        )
        for word, counts in sorted(found.items())
    }


def main() -> None:
    made = classes()
    file = weights("word_classes.tsv.gz")
    lines = "\n".join(f"{word}\t{names}" for word, names in made.items())
    file.write_bytes(gzip.compress(lines.encode(), mtime=0))
    print(f"{file.name}: {len(made)} words, {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
