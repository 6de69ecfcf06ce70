"""How many altered sentences `verify` notices, and how many true ones it doubts.

    python -m tests.verify.altered FOLDER [PAIRS]

Takes the texts of a folder (.txt, and the field `text`, or `ko` and `en`, of .jsonl), changes one
digit, date, name, negation or direction of a sentence (`rag.train.altering`), and verifies the
sentence and the altered one against the text that it came from.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rag.embed import StaticEmbedding, embed_texts
from rag.support import Judge
from rag.text.morphemes import has_hangul
from rag.text.normalise import normalise
from rag.text.sentences import split
from rag.train.altering import KINDS, alter, names_of
from rag.types import Verification
from rag.verify import Pool, Source, verify

_SHORTEST, _LONGEST = 15, 300
_JOINED = 8  # sentences of a parallel text that make one source


@dataclass(frozen=True, slots=True)
class Pair:
    source: str
    sentence: str
    altered: str
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`alarm` when the true sentence was doubted, `caught` when the altered one was, and why."""

    pair: Pair
    alarm: bool
    caught: bool
    why: str | None


def texts(folder: Path) -> Iterator[str]:
    """The texts of a folder."""
    for file in sorted(folder.glob("*.txt")):
        yield normalise(file.read_text(encoding="utf-8"))
    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for field in ("ko", "en"):
            column = [row[field] for row in rows if field in row]
            for start in range(0, len(column), _JOINED):
                yield normalise("\n\n".join(column[start : start + _JOINED]))
        yield from (normalise(row["text"]) for row in rows if isinstance(row.get("text"), str))


def pairs(sources: Sequence[str], count: int, random: Random) -> list[Pair]:
    """Up to `count` pairs, half of them Korean, the kinds in turn as far as there are any."""
    order = random.sample(range(len(sources)), len(sources))
    wanted = {(lang, kind): count // (2 * len(KINDS)) for lang in ("ko", "en") for kind in KINDS}
    others = sorted({n for i in order[:60] for s in _sentences(sources[i]) for n in names_of(s)})
    out: list[Pair] = []
    for number in order:
        found = _sentences(sources[number])
        for sentence in random.sample(found, min(4, len(found))):
            language = "ko" if has_hangul(sentence) else "en"
            kinds = sorted(KINDS, key=lambda kind: (-wanted[language, kind], kind))
            for kind in (kind for kind in kinds if wanted[language, kind]):
                changed = alter(sentence, kind, others, random)
                if changed is not None:
                    wanted[language, kind] -= 1
                    out.append(Pair(sources[number], sentence, changed, kind, language))
                    break
    return out


def _sentences(source: str) -> list[str]:
    found = (span.of(source) for span in split(source))
    return [
        s for s in found if _SHORTEST <= len(s) <= _LONGEST and s[-1] in ".다요" and "\n" not in s
    ]


def measure(made: Sequence[Pair]) -> list[Outcome]:
    """Verify both sentences of every pair."""
    embedder = StaticEmbedding()
    judge = Judge(lambda words: embed_texts(embedder, words))
    out = []
    for pair in made:
        pool = Pool([Source(0, pair.source)])
        true, altered = (_verified(text, pool, judge) for text in (pair.sentence, pair.altered))
        why = next((s.why for s in altered.sentences if s.why), None)
        out.append(Outcome(pair, not true.grounded, not altered.grounded, why))
    return out


def _verified(text: str, pool: Pool, judge: Judge) -> Verification:
    return verify(text, lambda _: pool, judge)


def main(folder: Path, count: int) -> None:
    outcomes = measure(pairs(list(texts(folder)), count, Random(0)))
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for name in (f"{outcome.pair.language} {outcome.pair.kind}", outcome.pair.language, "all"):
            groups[name].append(outcome)
    print(f"{'':14}{'pairs':>6}{'caught':>9}{'alarms':>9}")
    for name, group in sorted(groups.items()):
        caught = sum(o.caught for o in group) / len(group)
        alarms = sum(o.alarm for o in group) / len(group)
        print(f"{name:14}{len(group):6}{caught:9.1%}{alarms:9.1%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
