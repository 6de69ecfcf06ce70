"""Pairs of a claim and its evidence to learn support from.

Pairs that people labelled (`verify_*.jsonl`), alone and among the premises of others; and pairs
made of parallel sentences: a sentence among its neighbours is supported by them, in its own
language and in the other, one with a fact changed (`rag.train.altering`) is not, nor one that
says a second thing which stands elsewhere. It does not know what is learned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rag.train.altering import KINDS, alter, names_of, shortened

_CONTEXT = 2  # sentences on each side of the one that is claimed
_FAR = 97  # sentences away, where another article is
_TWELFTH = 12
_AMONG = 6  # premises of others around one


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim with its evidence. `group` is what must not be learned from and judged at once."""

    claim: str
    evidence: str
    supported: bool
    group: str
    kind: str


def labelled(folder: Path) -> Iterator[Pair]:
    """The pairs that people labelled."""
    for file in sorted(folder.glob("verify_*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            evidence = row.get("premise") or "\n\n".join(row["evidence_sentences"])
            supported = row.get("label") in ("entailment", "supported")
            yield Pair(row["claim"], evidence, supported, evidence[:200], file.stem)


def among(pairs: Sequence[Pair], random: Random) -> Iterator[Pair]:
    """A twelfth of the pairs, with the evidence of others before and after their own."""
    for number, pair in enumerate(pairs):
        if number % _TWELFTH == 0:
            others = [p.evidence for p in random.sample(pairs, _AMONG) if p.group != pair.group]
            others.insert(random.randrange(len(others) + 1), pair.evidence)
            yield Pair(pair.claim, "\n\n".join(others), pair.supported, pair.group, "among")


def made(folder: Path, random: Random) -> Iterator[Pair]:
    """Pairs out of parallel sentences, in each language and across."""
    for file in sorted(folder.glob("*parallel_sents.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for language, other in (("ko", "en"), ("en", "ko")):
            sentences = [row[language] for row in rows]
            yield from _among_neighbours(file.stem, sentences, random)
            yield from _across(file.stem, sentences, [row[other] for row in rows], random)
        yield from _joined(file.stem, [row["en"] for row in rows])


def _among_neighbours(name: str, sentences: Sequence[str], random: Random) -> Iterator[Pair]:
    """Every fourth sentence or part of it, the same with a fact changed, and one from elsewhere."""
    others = _names(sentences)
    for number in range(0, len(sentences), 4):
        sentence = sentences[number]
        group, evidence = f"{name} {number}", _around(sentences, number)
        claim = shortened(sentence) if number % 16 else sentence
        yield Pair(claim, evidence, True, group, "made")
        changed = alter(sentence, random.choice(KINDS), others, random)
        if changed is not None:
            yield Pair(changed, evidence, False, group, "made")
        yield Pair(sentences[(number + _FAR) % len(sentences)], evidence, False, group, "made")


def _across(
    name: str, sentences: Sequence[str], evidence: Sequence[str], random: Random
) -> Iterator[Pair]:
    """Every eighth sentence, its evidence in the other language."""
    others = _names(sentences)
    for number in range(0, len(sentences), 8):
        group, around = f"{name} {number}", _around(evidence, number)
        yield Pair(sentences[number], around, True, group, "across")
        changed = alter(sentences[number], random.choice(KINDS), others, random)
        if changed is not None:
            yield Pair(changed, around, False, group, "across")
        yield Pair(sentences[(number + _FAR) % len(sentences)], around, False, group, "across")


def _joined(name: str, sentences: Sequence[str]) -> Iterator[Pair]:
    """Two clauses in one claim, every sixth sentence: both of them said, some way apart, or one."""
    for number in range(0, len(sentences) - _FAR, 6):
        one, near, far = (
            shortened(sentences[i]).rstrip(".") for i in (number, number + 4, number + _FAR)
        )
        evidence = "\n".join(sentences[max(number - 4, 0) : number + 9])
        for second in (near, far):
            claim = f"{one}, and {second[:1].lower()}{second[1:]}."
            yield Pair(claim, evidence, second is near, f"{name} {number}", "joined")


def _names(sentences: Sequence[str]) -> list[str]:
    return sorted({name for sentence in sentences[:400] for name in names_of(sentence)})


def _around(sentences: Sequence[str], number: int) -> str:
    return "\n".join(sentences[max(number - _CONTEXT, 0) : number + _CONTEXT + 1])
