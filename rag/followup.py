"""A question that leans on the conversation becomes one that stands alone.

그 회사, 그는, he, it, or a question with no subject at all is resolved to a name from the last
exchange: what the answer named and the question had not, or else what the question was about.
"What about 2012?" or 구글은? asks the question before with one thing in it changed.
It knows words, not who is a person and who a company: of several names the newest wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.morphemes import analyse, has_hangul
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
_WHAT_ABOUT = re.compile(
    r"^(?:(?:what|how) about|그럼|그러면)?\s*(?P<new>.+?)"
    r"(?:(?:의 경우|에서|에)?[은는](?:요)?)?\s*[?？]*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d,.]*(?:년|월|일|명|개|회|위|세|차|호)?")
_ASKING = re.compile(
    r"누구|누가|언제|어디서?|왜|얼마|무엇|뭐|\b(?:who|when|where|why|what|how (?:many|much|old))\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"^(?P<asking>{_ASKING.pattern}|몇 ?[가-힣])"
    r"(?:예요|에요|이에요|이야|야|요|인가요?|죠|였어요?|였지)?\s*[?？]*$",
    re.IGNORECASE,
)
_PARTICLES = ("은는", "이가", "을를", "과와")  # after a closed syllable, after an open one
_PARTICLE = re.compile(rf"[{''.join(_PARTICLES)}](?=[\s?？.,]|$)")
_EXCHANGES = 3  # how far back a question may lean on questions that lean themselves
_READ_OF_A_TURN = 8000  # characters; what a pasted book names further on was hardly meant
_MARKER = re.compile(r"\s?\[\d+(?:\s?,\s?\d+)*\]")


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked without the history; unchanged when nothing is missing."""
    asked = [place for place, turn in enumerate(history) if turn.role == "user"]
    if not asked:
        return question
    recent = [
        Turn(turn.role, turn.content[:_READ_OF_A_TURN])
        for turn in history[asked[max(0, len(asked) - _EXCHANGES)] :]
    ]
    before = recent[: max(place for place, turn in enumerate(recent) if turn.role == "user")]
    last = recent[len(before)].content
    return _resolved(question, standalone(last, before) if before else last, recent[len(before) :])


def _resolved(question: str, previous: str, exchange: Sequence[Turn]) -> str:
    """`previous` stands alone itself; `exchange` is its turn and the answers to it."""
    asked = _LEADING_AND.sub("", question)
    changed = _changed(asked, previous)
    if changed:
        return changed
    subject = _subject(previous, exchange)
    if not subject:
        return question
    if bare := _BARE.match(asked):
        return _asked_anew(bare["asking"], previous, subject)
    for pattern, replacement in (
        (_KOREAN_POINTER, subject),
        (_ENGLISH_POSSESSIVE, f"{subject}'s"),
        (_ENGLISH_POINTER, subject),
    ):
        if pointer := pattern.search(asked):
            return _exchanged(asked, pointer.span(), replacement)
    if not _has_subject(asked) or _is_topic_alone(asked):
        return f"{subject} {asked}"
    return question


def _changed(question: str, previous: str) -> str | None:
    """What about 2012?, 구글은?: the previous question with its own year or name exchanged. None
    when the question is more than a number or a name, or the previous one has none to exchange."""
    found = _WHAT_ABOUT.match(question)
    if not found:
        return None
    new = found["new"].strip()
    number = _NUMBER.search(new)
    if number and len(new.removeprefix("in ").removeprefix("In ")) == len(number.group()):
        old = [m for m in _NUMBER.finditer(previous) if _alike(m.group(), number.group())]
        if old:
            return previous[: old[-1].start()] + number.group() + previous[old[-1].end() :]
    # Kiwi tells a name by what follows it, so the whole question is looked at.
    if new in _names(question):
        held = names(previous, analyse(previous))
        if held and new not in previous:
            return _exchanged(previous, (held[-1].start, held[-1].end), new)
    return None


def _exchanged(text: str, place: tuple[int, int], name: str) -> str:
    """`text` with `name` at `place`, and a particle after it as the name's last syllable wants it:
    그는 -> 르쿤은. After other letters than Hangul it stays."""
    start, end = place
    if "가" <= name[-1] <= "힣" and (found := _PARTICLE.match(text, end)):
        pair = next(pair for pair in _PARTICLES if found.group() in pair)
        return text[:start] + name + pair[not _closed(name)] + text[end + 1 :]
    return text[:start] + name + text[end:]


def _asked_anew(asking: str, previous: str, subject: str) -> str:
    """언제?, Why?: the previous question with another asking word, its own one answered."""
    found = _ASKING.search(previous)
    new = "" if subject.lower() in previous.lower() else subject
    if not found:
        return f"{subject} {asking}?"
    if not has_hangul(previous):
        return (
            f"{asking} {previous[: found.start()]}{new or found.group()}{previous[found.end() :]}"
        )
    who = new + ("이" if _closed(new) else "가") if new and found.group() == "누가" else new
    return f"{previous[: found.start()]}{who} {asking}{previous[found.end() :]}".replace("  ", " ")


def _closed(word: str) -> bool:
    """Whether its last syllable ends with a consonant."""
    return "가" <= word[-1] <= "힣" and (ord(word[-1]) - ord("가")) % 28 > 0


def _alike(old: str, new: str) -> bool:
    """Whether two numbers can stand in the same place: years for years, 3명 for 5명."""
    digits = [re.sub(r"\D", "", text) for text in (old, new)]
    return old.lstrip("0123456789,.") == new.lstrip("0123456789,.") and (
        len(digits[0]) == len(digits[1]) or len(digits[1]) < 4
    )


def _is_topic_alone(question: str) -> bool:
    """대표는?: a common noun with its particle and nothing that is said of it."""
    tokens = [token for token in analyse(question) if token.end > token.start]
    tags = [token.tag for token in tokens if not token.tag.startswith("S")]
    return bool(tags) and tags[-1] == "JX" and all(tag in ("NNG", "XSN") for tag in tags[:-1])


def _has_subject(question: str) -> bool:
    """Whether it names something itself. 출범 in 출범했어? is what happened, not to whom."""
    tokens = analyse(question)
    verbs = {token.start for token in tokens if token.tag in ("XSV", "XSA")}
    return any(
        token.key and (token.is_name or (token.tag in ("NNG", "EN") and token.end not in verbs))
        for token in tokens
    )


def _subject(previous: str, exchange: Sequence[Turn]) -> str | None:
    """The newest name of the last exchange, preferring one that the answer brought in."""
    answered = [turn.content for turn in exchange if turn.role == "assistant"]
    lower = previous.lower()
    for name in _names(_MARKER.sub("", answered[-1])) if answered else []:
        if name.lower() not in lower:
            return name
    before = _names(previous)
    return before[0] if before else _topic(previous)


def _names(text: str) -> list[str]:
    return [span.of(text) for span in names(text, analyse(text))]


def _topic(text: str) -> str | None:
    """Without a name: the first common noun."""
    for token in analyse(text):
        if token.tag in ("NNG", "EN") and token.key:
            return text[token.start : token.end]
    return None
