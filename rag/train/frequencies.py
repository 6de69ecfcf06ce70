"""Make `rag/weights/frequencies.tsv.gz`: in how many sentences each token key occurs.

    python -m rag.train.frequencies DATA_FOLDER

A collection of a few articles cannot tell that 메타 is common in it because it is about Meta
and 것 because it is Korean; these counts can. Keys seen once are left out.
"""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from pathlib import Path

from rag.resources import weights
from rag.text.morphemes import analyse_many, has_hangul
from rag.train.corpus import sentences


def main(folder: Path) -> None:
    texts = list(sentences(folder))
    counts: Counter[str] = Counter()
    totals = Counter("ko" if has_hangul(text) else "en" for text in texts)
    for start in range(0, len(texts), 1000):
        for tokens in analyse_many(texts[start : start + 1000]):
            counts.update({token.key for token in tokens if token.key})
    lines = [f"\t{totals['ko']}\t{totals['en']}"]
    lines += [f"{key}\t{n}" for key, n in sorted(counts.items()) if n > 1]
    # mtime=0 keeps the file the same when the data is.
    packed = gzip.compress("\n".join(lines).encode(), mtime=0)
    weights("frequencies.tsv.gz").write_bytes(packed)
    print(f"{len(texts)} sentences, {len(lines) - 1} keys, {len(packed)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
