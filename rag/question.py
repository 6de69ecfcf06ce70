"""What a question asks for: its content words with weights, and the kind of answer it expects.

Rules over both languages; no model and no collection. It does not know what the answer is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from rag.errors import InputError
from rag.text.frames import without_frame
from rag.text.language import detect
from rag.text.morphemes import Token, analyse, bigrams, english_key, has_hangul
from rag.text.normalise import normalise
from rag.text.rarity import rarity

Kind = Literal[
    "who", "when", "where", "count", "money", "percent", "age", "why", "definition", "list", "what"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_QUESTION = 8000
_MOST_TERMS = 48  # a pasted page is searched by its rarest words

# 어느 대학 교수인가 asks for a university.
_KOREAN_PERSON = (
    r"^(?!.*(?:어느|무슨) ?\S+ \S*(?:사람|선수|교수|학자|의원|기자|멤버)).*"
    r"(사람|인물|가수|배우|감독|작가|저자|선수|왕|대통령|총리|총독|장군|교수|학자|화가|음악가|작곡가"
    r"|시인|소설가|과학자|철학자|정치인|의원|장관|대표|회장|사장|창립자|설립자|창업자|창시자|지도자"
    r"|아들|딸|아버지|어머니|아내|남편|스승|제자|후임|기자|시장|지휘관|사령관|멤버|주인공|책임자)"
    r"(의 이름)?[은는이]?\s*(누구|무엇|뭐)?(인가요?|일까요?|입니까)?\W*$"
)
_PERSON = (
    "person|man|woman|king|queen|emperor|president|actor|actress|singer|author|writer|artist"
    "|scientist|philosopher|leader|minister|general|player|director|composer|inventor|people"
)


def _asked_by(word: str) -> str:
    """`word` as the first asking word: in what did he do when he came, when asks nothing."""
    return rf"^(?:(?!\b(?:what|which|who|whom|whose|when|where|why|how)\b).)*\b(?:{word})\b"


# First match wins, so the narrow kinds stand before the wide ones.
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("list", r"모두 |전부 |나열|목록|\blist\b|which (two|three|four|five|\d+)"),
    ("age", r"나이|몇 ?살|몇 ?세(?!기)|연세|how old|what age|(what|which) (is|was) the age of"),
    ("why", rf"왜|이유|까닭|원인|때문|{_asked_by('why')}|what caused|reason"),
    (
        "percent",
        r"몇 ?(%|퍼센트|프로)|비율|지분|what (percent|share|stake|proportion)|percentage",
    ),
    (
        "money",
        r"얼마(?!나| ?동안| ?만에)|금액|액수|가격|비용|what price"
        r"|how much (did|does|do|was|were|is|are|has|had|money|will|would)\b(?!.*\bweigh)",
    ),
    (
        "when",
        r"언제|몇 ?년(?! ?(?:동안|간|이나|마다|만에|째))|며칠|몇 ?월|날짜|연도|년도|시기"
        r"|[가-힣] 해(는|인가|이|\?)"
        rf"|[가-힣] ?(년|날|시점)은|{_asked_by('when')}"
        r"|(what|which) (year|date|day|month|decade|century)",
    ),
    (
        "count",
        r"몇 |몇(명|개|번|곳|차례|가지|회|대|살)|(?<![가-힣])수는"
        r"|(인구|학생|직원|관객|회원|사람|국민|[명개횟갯건권척장]) ?수는|인원|how many"
        r"|(what|which) (is|was|are|were) the [\w ]*number of"
        r"|얼마 ?동안|얼마 ?만에|얼마나 (오래|길|긴|높|크|큰|넓|깊|멀|무거|빠르|빨리)"
        r"|how (much|long|tall|high|wide|deep|far|heavy|fast|large|big)\b",
    ),
    (
        "who",
        rf"누구|누가|누군|{_KOREAN_PERSON}|{_asked_by('who(?:m|se)?')}|(what|which) ({_PERSON})\b",
    ),
    (
        "where",
        r"어디|어느 ?(나라|도시|곳|지역)"
        r"|(나라|국가|도시|지역|장소|곳|마을|고향|국적|수도)[은는]\W*$"
        rf"|{_asked_by('where')}"
        r"|(what|which) (country|city|place|state|town|region|continent|island)",
    ),
    (
        "definition",
        r"(이란|란) (무엇|뭐|뭔|어떤)|무엇을 (뜻|말|의미)|뜻은|what does .+ mean|^what is an? ",
    ),
)
_RULES = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)
# Words that name the kind of answer rather than its subject: a text that answers rarely has them.
_FOCUS = frozenset(
    "금액 액수 이유 까닭 원인 나이 이름 날짜 시기 연도 년도 비율 뜻 의미 장소 사람 인물 나열 목록 "
    "무엇 어느 얼마 몇 언제 어디 누구 모두 알리다 말하다 부르다 설명".split()
) | {
    english_key(word)
    for word in "old age name year date day month reason amount number percent percentage kind "
    "type money price much many people person called list tell say said happen".split()
}
_FOCUS_WEIGHT = 0.25
# Asked for yes or no: an auxiliary first and nothing to choose from, or no asking word at all.
_POLAR = re.compile(
    r"(?:(?:and|so|but|then),? )?(?:is|are|was|were|am|do|does|did|can|could|will|would|should|has"
    r"|have|had|may|might|must)(?:n['’]t)?\b"
    r"(?!.*\b(?:what|who|whom|whose|which|when|where|why|how|or)\b)",
    re.IGNORECASE,
)
KOREAN_ASKING = "무엇|무슨|뭐|뭘|누구|누가|누군|어디|언제|몇|얼마|어느|어떤|어떻게|왜"
_ASKING = re.compile(f"{KOREAN_ASKING}|뭔|어째|며칠")


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of the question: how it is compared, as written, the compound that it is
    part of as written, and its weight in nats."""

    key: str
    surface: str
    compound: str
    weight: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart; `polar` when it asks for yes or no."""

    text: str
    language: str
    kind: Kind
    polar: bool
    subject: str  # the text with blanks for its frame (`rag.text.frames`)
    tokens: tuple[Token, ...]
    terms: tuple[Term, ...]
    bigrams: tuple[str, ...]


def clean_question(text: str) -> str:
    """Normalised and trimmed. Raises InputError when empty, too long, or not text."""
    text = normalise(text).strip()
    if not text:
        raise InputError("The question is empty: ask something.", param="question")
    if len(text) > LONGEST_QUESTION:
        raise InputError(
            f"The question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read. "
            "Shorten it, or hand long text in as a document.",
            param="question",
        )
    return text


def understand(text: str) -> Question:
    """Analyse a cleaned question."""
    tokens = analyse(text)
    subject = _subject(text, tokens)
    kinds = (kind for kind, pattern in _RULES if pattern.search(text))
    return Question(
        text=text,
        language=_language(text),
        kind=next(kinds, "what"),
        polar=_is_polar(text, tokens),
        subject=subject,
        tokens=tokens,
        terms=_terms(subject, tokens),
        bigrams=tuple(dict.fromkeys(bigrams(subject)))[: 4 * _MOST_TERMS],
    )


def _is_polar(text: str, tokens: Sequence[Token]) -> bool:
    if not has_hangul(text):
        return _POLAR.match(text) is not None
    if _ASKING.search(text) or not text.endswith(("?", "？")):
        return False
    tags = [token.tag.split("-")[0] for token in tokens if not token.tag.startswith("S")]
    return "EF" in tags[-2:]


def _subject(text: str, tokens: Sequence[Token]) -> str:
    """The text with its frame blanked out, or all of it when nothing would be left."""
    bare = without_frame(text)
    kept = any(token.key and not bare[token.start : token.end].isspace() for token in tokens)
    return bare if kept else text


def _language(text: str) -> str:
    """Answers are given in a language that we speak; a question without letters gets English."""
    found = detect(text)
    return found if found != "und" else "en"


def _terms(text: str, tokens: Sequence[Token]) -> tuple[Term, ...]:
    found: dict[str, Term] = {}
    for index, token in enumerate(tokens):
        if text[token.start : token.end].isspace():
            continue
        if token.key and token.key not in found:
            weight = rarity(token.key) * (_FOCUS_WEIGHT if token.key in _FOCUS else 1.0)
            surface = text[token.start : token.end]
            found[token.key] = Term(token.key, surface, _compound(text, tokens, index), weight)
    ranked = sorted(found.values(), key=lambda term: -term.weight)[:_MOST_TERMS]
    kept = {term.key for term in ranked}
    return tuple(term for term in found.values() if term.key in kept)


def _compound(text: str, tokens: Sequence[Token], index: int) -> str:
    """The run of nouns that touch each other around a token: 기지 and 장 of 기지장."""
    first = last = index
    while first and _noun(tokens[first - 1]) and tokens[first - 1].end == tokens[first].start:
        first -= 1
    while (
        last + 1 < len(tokens)
        and _noun(tokens[last + 1])
        and tokens[last + 1].start == tokens[last].end
    ):
        last += 1
    return text[tokens[first].start : tokens[last].end]


def _noun(token: Token) -> bool:
    return token.tag.startswith("N") and bool(token.key)
