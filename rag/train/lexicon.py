"""Make `rag/weights/lexicon_en.tsv.gz` and `lexicon_ko.tsv.gz` out of `rag/weights/lexicon/*.tsv`.

    python -m rag.train.lexicon [--share 0.5]

The sources hold one entry a line as people write it: English, tab, Korean renderings parted by |,
best first, `*0.5` behind one that is rarer than its place says. What is made holds the same by how
it is looked up, both ways, so that a program can start without stemming every word of it. `--share`
takes only that part of the entries, evenly, to see what more of them are worth.
"""

from __future__ import annotations

import argparse
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping

import Stemmer

from rag.bilingual import MOST_RENDERINGS, english_lookup, korean_lookup
from rag.resources import weights
from rag.text.irregular import FORMS

_DECAY = (1.0, 0.85, 0.7, 0.6, 0.5)  # of the renderings of an entry, by their order


def lexicon_entries() -> Iterator[tuple[str, str, float]]:
    """(English, Korean, weight) of every rendering."""
    for file in sorted(weights("lexicon").glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            english, _, renderings = line.partition("\t")
            for place, rendering in enumerate(filter(None, renderings.split("|"))):
                korean, _, share = rendering.partition("*")
                decay = _DECAY[min(place, len(_DECAY) - 1)]
                yield english.strip(), korean.strip(), float(share) * decay if share else decay


def tables(share: float = 1.0) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """English lookup -> Korean -> weight, and Korean lookup -> English -> weight."""
    korean_of: defaultdict[str, dict[str, float]] = defaultdict(dict)
    english_of: defaultdict[str, dict[str, float]] = defaultdict(dict)
    names = list(dict.fromkeys(english for english, _, _ in lexicon_entries()))
    taken = {name for place, name in enumerate(names) if (place * share) % 1 < share}
    for english, korean, weight in lexicon_entries():
        if english in taken and english and korean:
            for table, key, value in (
                *((korean_of, lookup, korean) for lookup in _lookups(english)),
                (english_of, korean_lookup(korean), english),
            ):
                table[key][value] = max(weight, table[key].get(value, 0.0))
    return korean_of, english_of


def _lookups(english: str) -> set[str]:
    """How an entry is looked up; found also by its own stem, which founded has, and not only as
    the past of find."""
    plain = Stemmer.Stemmer("english").stemWords(english.lower().split())
    return {english_lookup(english.split()), *([plain[0]] if english.lower() in FORMS else [])}


def pack(table: Mapping[str, Mapping[str, float]]) -> bytes:
    lines = []
    for key in sorted(table):
        best = sorted(table[key].items(), key=lambda item: (-item[1], item[0]))[:MOST_RENDERINGS]
        lines.append(f"{key}\t" + "|".join(f"{text}*{weight:.2f}" for text, weight in best))
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0)
    made = tables(parser.parse_args().share)
    for name, table in zip(("en", "ko"), made, strict=True):
        file = weights(f"lexicon_{name}.tsv.gz")
        file.write_bytes(pack(table))
        print(f"{file.name}: {len(table)} lookups, {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
