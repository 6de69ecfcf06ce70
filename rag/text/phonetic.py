"""How names sound, so that 르쿤 and LeCun meet: skeletons of consonant classes in both scripts.

A skeleton keeps the consonants in ten classes (K T P J S H M N L) and drops the vowels. Hangul has
one; Latin letters may be read in several ways, each with a probability learned from pairs of names
and their Hangul spelling (`rag.train.phonetic`). It knows no names: words that sound alike share a
skeleton, and short skeletons say little.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections import defaultdict
from functools import lru_cache

from rag.resources import weights

_INITIALS = ("K", "K", "N", "T", "T", "L", "M", "P", "P", "S", "S", "", "J", "J", "J", "K", "T",
             "P", "H")  # fmt: skip
# By the index of the final consonant; the rare clusters sound like their first part.
_FINALS = ("", "K", "K", "K", "N", "N", "N", "T", "L", "K", "M", "L", "L", "L", "P", "L", "M", "P",
           "P", "T", "T", "N", "T", "T", "K", "T", "P", "T")  # fmt: skip
_FIRST, _SYLLABLES = 0xAC00, 11172
_BEAM, _LEAST = 24, 0.02
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST = 24

Emissions = dict[str, dict[str, float]]


def hangul_skeleton(word: str) -> str:
    """The skeleton of a Hangul word; other characters are passed over."""
    out: list[str] = []
    for char in word:
        place = ord(char) - _FIRST
        if not 0 <= place < _SYLLABLES:
            continue
        initial, final = _INITIALS[place // 588], _FINALS[place % 28]
        if initial and not (initial == "L" and out and out[-1] == "L"):  # 알렉: one l
            out.append(initial)
        if final:
            out.append(final)
    return "".join(out)


def letters(word: str) -> str:
    """The plain Latin letters of a word, in lower case."""
    plain = unicodedata.normalize("NFD", word.lower())
    return "".join(char for char in plain if "a" <= char <= "z")


def contexts(word: str) -> list[tuple[str, str, str]]:
    """Each letter with its neighbours, ^ and $ at the ends."""
    padded = f"^{word}$"
    return [(padded[i - 1], padded[i], padded[i + 1]) for i in range(1, len(padded) - 1)]


@lru_cache(maxsize=1)
def _emissions() -> Emissions:
    """Context of three letters, or one letter alone -> what it sounds as -> probability."""
    table: Emissions = {}
    for line in gzip.decompress(weights("phonetic.tsv.gz").read_bytes()).decode().split("\n"):
        context, *pairs = line.split("\t")
        table[context] = {
            sound: int(share) / 1000 for sound, share in (pair.split(":") for pair in pairs)
        }
    return table


@lru_cache(maxsize=20_000)
def latin_skeletons(word: str, most: int = 4) -> tuple[tuple[str, float], ...]:
    """The likeliest skeletons of a Latin word with their probabilities, best first."""
    table = _emissions()
    beam = {"": 1.0}
    # GitHub is read as two words: its t and h are no th.
    parts = [letters(part) for part in _INNER_CAPITAL.split(word[:_LONGEST])]
    for before, letter, after in (context for part in parts for context in contexts(part)):
        sounds = table.get(before + letter + after) or table.get(letter) or {"": 1.0}
        longer: defaultdict[str, float] = defaultdict(float)
        for skeleton, chance in beam.items():
            for sound, share in sounds.items():
                longer[skeleton + sound] += chance * share
        best = sorted([(-chance, skeleton) for skeleton, chance in longer.items()])[:_BEAM]
        beam = {skeleton: -chance for chance, skeleton in best if -chance > _LEAST / _BEAM}
    ranked = sorted(beam.items(), key=lambda item: (-item[1], item[0]))
    return tuple((skeleton, chance) for skeleton, chance in ranked[:most] if skeleton)
