"""A question that leans on the conversation becomes one that stands alone.

그 회사, 그는, he, it, or a question with no subject at all is resolved to a name from the last
exchange: what the answer named and the question had not, or else what the question was about.
It knows words, not who is a person and who a company: of several names the newest wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.morphemes import analyse
from rag.text.names import names
from rag.types import Turn

_KOREAN_POINTER = re.compile(
    r"(?<![가-힣])(?:그|이|저|해당)\s?(?:회사|기업|업체|사람|인물|분|남자|여자|연구소|조직|단체|나라|도시|제품|모델|곳|책|영화|팀|기관)"
    r"|(?<![가-힣])(?:그녀|그들|그것|이것|거기|그곳|그)(?=[는은이가를을의도에과와](?:\s|$)|에서|\s|$)"
)
_ENGLISH_POINTER = re.compile(
    r"\b(?:(?:that|this|the) (?:company|firm|person|man|woman|lab|team|country|city|model)"
    r"|he|she|him|it|they|them)\b",
    re.IGNORECASE,
)
_ENGLISH_POSSESSIVE = re.compile(r"\b(?:his|her|its|their)\b", re.IGNORECASE)
_LEADING_AND = re.compile(r"^(?:and|so|then|but|그럼|그러면|그리고|그래서)[\s,]+", re.IGNORECASE)
_MARKER = re.compile(r"\s?\[\d+(?:\s?,\s?\d+)*\]")


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked without the history; unchanged when nothing is missing."""
    subject = _subject(history)
    if not subject:
        return question
    asked = _LEADING_AND.sub("", question)
    for pattern, replacement in (
        (_KOREAN_POINTER, subject),
        (_ENGLISH_POSSESSIVE, f"{subject}'s"),
        (_ENGLISH_POINTER, subject),
    ):
        replaced, count = pattern.subn(lambda _: replacement, asked, count=1)  # noqa: B023
        if count:
            return replaced
    if not _has_subject(asked):
        return f"{subject} {asked}"
    return question


def _has_subject(question: str) -> bool:
    """Whether it names something itself. 출범 in 출범했어? is what happened, not to whom."""
    tokens = analyse(question)
    verbs = {token.start for token in tokens if token.tag in ("XSV", "XSA")}
    return any(
        token.key and (token.is_name or (token.tag in ("NNG", "EN") and token.end not in verbs))
        for token in tokens
    )


def _subject(history: Sequence[Turn]) -> str | None:
    """The newest name of the last exchange, preferring one that the answer brought in."""
    asked = [turn.content for turn in history if turn.role == "user"]
    answered = [turn.content for turn in history if turn.role == "assistant"]
    if not asked:
        return None
    before = _names(asked[-1])
    lower = asked[-1].lower()
    for name in _names(_MARKER.sub("", answered[-1])) if answered else []:
        if name.lower() not in lower:
            return name
    return before[0] if before else (_topic(asked[-1]))


def _names(text: str) -> list[str]:
    return [span.of(text) for span in names(text, analyse(text))]


def _topic(text: str) -> str | None:
    """Without a name: the first common noun."""
    for token in analyse(text):
        if token.tag in ("NNG", "EN") and token.key:
            return text[token.start : token.end]
    return None
