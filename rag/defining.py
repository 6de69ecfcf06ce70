"""Questions that are answered by a whole sentence and not by a piece of it: what is X, how does
one do it, what did somebody say.

It tells them by their form, and whether a sentence defines what is asked for by its form too; it
does not know whether the definition is a good one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text.morphemes import has_hangul
from rag.types import Span

_ASKED = re.compile(
    r"\W*(?P<ko>\w+(?: \w+)?)['\"’”]?(?:이|가|은|는|이란|란) ?(?:뭐|무엇|뭔)"
    r"(?:야|지|죠|예요|에요|이야|인가요?|가요|입니까|일까요?|니|냐|인지)?\W*"
    r"|what(?:'s| is| are) (?:an? )?(?P<en>[\w-]+(?: [\w-]+)?)\W*",
    re.IGNORECASE,
)
_SAYS_KO = r"(?:이란|란|은|는)\s.*(?:말|뜻|의미|가리키|일컫|부르)[가-힣]*다"
_SAYS_KO_ALONE = re.compile(r"\w(?:이란|란)['\"’”]?\s.*(?:말|뜻|의미|가리키|일컫)[가-힣]*다")
_SAYS_EN = (
    r"(?: \([^)]*\))?,? (?:is|are|refers? to|means?|an?|one of) (?:an? |the |one |to )?[^\W\d]"
)
_MANNER = re.compile(
    r"어떻게|어떤 식으로|\bhow (?:(?:do|can|could|should|would) (?:i|we|you|one|people)|to)\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:뭐|무엇이?|어떻게)라고 ?(?:말|평가|주장|설명|답|밝|했|하였|전|반응|비판)", re.IGNORECASE
)
_QUOTATION = re.compile(r"[“\"]([^”\"]+)[”\"]")


@lru_cache(maxsize=256)
def asks_definition(question: str) -> re.Match[str] | None:
    """What X is, if the question asks just that."""
    return _ASKED.fullmatch(question)


def wants_definition(question: str, sentence: str) -> bool:
    """Whether the question is what X is, and the sentence says that; one in Korean that defines
    something does so for a question in English, as what X is called there is not known here."""
    asked = asks_definition(question)
    if asked is None:
        return False
    if asked["ko"]:
        subject = r"\s?".join(re.escape(char) for char in asked["ko"] if char != " ")
        return re.search(subject + r"['\"’”]?" + _SAYS_KO, sentence) is not None
    if has_hangul(sentence):
        return _SAYS_KO_ALONE.search(sentence) is not None
    return re.search(rf"\b{re.escape(asked['en'])}" + _SAYS_EN, sentence, re.IGNORECASE) is not None


def wants_manner(question: str) -> bool:
    """Whether it asks how something is done."""
    return _MANNER.search(question) is not None


def words_said(question: str, sentence: str) -> Span | None:
    """The quotation that answers what somebody said, if that is asked and one is there."""
    if not _SAID.search(question):
        return None
    quotation = _QUOTATION.search(sentence)
    return Span(*quotation.span(1)) if quotation else None
