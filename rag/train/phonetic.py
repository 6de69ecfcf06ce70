"""Make `rag/weights/phonetic.tsv.gz`: which consonants Latin letters stand for in Hangul names.

    python -m rag.train.phonetic DATA_FOLDER

Learned from pairs of names and their Hangul spelling (`names_nikl.tsv`: name, tab, Hangul). Each
letter emits none, one or two consonant classes, by itself and its neighbours; letters are aligned
to the skeleton of the Hangul by the Viterbi algorithm, and counted, in turns (hard EM). Alignment
starts from what each consonant usually is, as an even start ends in a wrong corner.
"""

from __future__ import annotations

import gzip
import math
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

from rag.resources import weights
from rag.text.phonetic import contexts, hangul_skeleton, latin_skeletons, letters

_USUAL = {
    "b": "P", "c": "KSJ", "d": "T", "f": "PH", "g": "KJ", "h": "H", "j": "JH", "k": "K", "l": "L",
    "m": "M", "n": "N", "p": "P", "q": "K", "r": "LH", "s": "SJ", "t": "TSJ", "v": "P", "x": "KS",
    "z": "JS", "w": "P", "y": "J",
}  # fmt: skip
_SOUNDS = ["", *"KNTLMPSJH", *(a + b for a in "KNTS" for b in "STK")]
_ROUNDS, _HELD_OUT, _BACKING = 6, 2000, 3.0

Table = dict[str, Counter[str]]


def read_pairs(file: Path) -> list[tuple[str, str]]:
    """(letters, skeleton) of every word of every name."""
    found: set[tuple[str, str]] = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        name, _, hangul = line.partition("\t")
        words = [(name, hangul)]
        if " " in name:
            words = list(zip(name.split(), hangul.split(), strict=False))
            if len(name.split()) != len(hangul.split()):
                continue
        found |= {(letters(w), hangul_skeleton(h)) for w, h in words}
    return sorted(pair for pair in found if pair[0] and 1 < len(pair[0]) < 20)


def first_guess() -> Table:
    """What letters usually are, in made-up counts."""
    table: Table = {}
    for letter in "abcdefghijklmnopqrstuvwxyz":
        counts = Counter(dict.fromkeys(_SOUNDS, 1))
        counts[""] += 1000 if letter in "aeiouwyh" else 240
        for place, sound in enumerate(_USUAL.get(letter, "")):
            counts[sound] += 800 // (place + 1)
        if letter == "x":
            counts["KS"] += 1200
        table[letter] = counts
    return table


def chance(table: Table, context: tuple[str, str, str], sound: str) -> float:
    """Probability of a sound in a context, smoothed towards the letter alone."""
    alone = table.get(context[1], Counter())
    base = (alone[sound] + 0.01) / (alone.total() + 0.2)
    here = table.get("".join(context))
    if not here:
        return base
    return (here[sound] + _BACKING * base) / (here.total() + _BACKING)


def align(table: Table, word: str, skeleton: str) -> tuple[str, ...] | None:
    """The likeliest sound of each letter that together make the skeleton."""
    beam: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for context in contexts(word):
        longer: dict[int, tuple[float, tuple[str, ...]]] = {}
        for done, (score, path) in beam.items():
            for sound in _SOUNDS:
                if skeleton.startswith(sound, done):
                    value = score + math.log(chance(table, context, sound))
                    end = done + len(sound)
                    if end not in longer or value > longer[end][0]:
                        longer[end] = (value, (*path, sound))
        beam = longer
    return beam[len(skeleton)][1] if len(skeleton) in beam else None


def learn(pairs: list[tuple[str, str]]) -> Table:
    table = first_guess()
    for _ in range(_ROUNDS):
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for word, skeleton in pairs:
            path = align(table, word, skeleton)
            for context, sound in zip(contexts(word), path or (), strict=False):
                counts["".join(context)][sound] += 1
                counts[context[1]][sound] += 1
        table = dict(counts)
    return table


def main(folder: Path) -> None:
    pairs = read_pairs(folder / "names_nikl.tsv")
    random.Random(0).shuffle(pairs)
    table = learn(pairs[_HELD_OUT:])
    lines = []
    for context in sorted(table):
        key = (context[0], context[1], context[2]) if len(context) == 3 else ("?", context, "?")
        shares = {sound: round(1000 * chance(table, key, sound)) for sound in _SOUNDS}
        kept = sorted(shares.items(), key=lambda item: -item[1])
        lines.append("\t".join([context, *(f"{s}:{n}" for s, n in kept if n >= 20)]))
    packed = gzip.compress("\n".join(lines).encode(), mtime=0)
    weights("phonetic.tsv.gz").write_bytes(packed)
    print(f"{len(pairs)} pairs, {len(lines)} contexts, {len(packed)} bytes")
    for most in (1, 2, 4, 8):
        found = sum(s in dict(latin_skeletons(w, most)) for w, s in pairs[:_HELD_OUT])
        print(f"right skeleton among the first {most} of held-out names: {found / _HELD_OUT:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
