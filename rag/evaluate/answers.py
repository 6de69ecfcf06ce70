"""Exact match and F1 of short answers, as SQuAD and KorQuAD define them.

SQuAD (Rajpurkar et al. 2016; 2018 for questions without an answer): lower case, no punctuation, no
articles; F1 over words. KorQuAD 1.0 (Lim et al. 2019): quotation marks, brackets and parentheses
become spaces, lower case, no punctuation; F1 over characters, because Korean particles cling to
words. It does not know which language a row is in.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_KORQUAD_SPACES = str.maketrans(dict.fromkeys("'\"《》<>〈〉()‘’", " "))


def squad_words(text: str) -> list[str]:
    """The words of an answer that SQuAD compares."""
    return _ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def korquad_words(text: str) -> list[str]:
    """The words of an answer that KorQuAD 1.0 compares."""
    return text.translate(_KORQUAD_SPACES).lower().translate(_NO_PUNCTUATION).split()


def em_f1(given: str, gold: Sequence[str], language: str) -> tuple[float, float]:
    """Exact match and F1 against the best of the gold answers, by KorQuAD's definition for `ko`
    and SQuAD's otherwise. Without gold answers both are 1 for an empty answer, else 0."""
    words = korquad_words if language == "ko" else squad_words
    mine = words(given)
    if not gold:
        return (1.0, 1.0) if not given else (0.0, 0.0)
    theirs = [words(answer) for answer in gold]
    em = float(any(mine == other for other in theirs))
    unit = _characters if language == "ko" else list
    return em, max(_f1(unit(mine), unit(other)) for other in theirs)


def _characters(words: Sequence[str]) -> list[str]:
    return list("".join(words))


def _f1(mine: Sequence[str], theirs: Sequence[str]) -> float:
    shared = (Counter(mine) & Counter(theirs)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(mine), shared / len(theirs)
    return 2 * precision * recall / (precision + recall)
