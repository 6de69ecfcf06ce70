"""Which of our two languages a text is in, by its scripts.

It does not know words or grammar beyond a few English function words, which tell a question such
as "Who is 얀 르쿤?" from a Korean one, and it takes every language in Latin script for English.
"""

from __future__ import annotations

import re

_HANGUL = re.compile(r"[가-힣ㄱ-ㆎᄀ-ᇿ]+")
_ANY_LATIN = re.compile("[A-Za-zÀ-ÖØ-öø-ɏ]")
# Only whole words: begun again at each letter, a pasted key of 300,000 letters takes minutes.
_WORD = r"(?<![A-Za-zÀ-ÖØ-öø-ɏ])[A-Za-zÀ-ÖØ-öø-ɏ]++"
_LATIN = re.compile(rf"{_WORD}(?![가-힣])")
# A Latin word with a Korean particle on it (OpenAI의) is part of a Korean sentence.
_LATIN_WITH_PARTICLE = re.compile(rf"{_WORD}(?=[가-힣])")
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]+")
_OTHER = re.compile(r"[ぁ-ゟァ-ヿͰ-ϿЀ-ӿ֐-׿؀-ۿऀ-ॿ฀-๿]+")
_FUNCTION_WORD = re.compile(
    r"(?<![\w가-힣])(?:the|is|are|was|were|of|in|on|to|and|for|with|from|by|about|what|who|whom|whose|when|"
    r"where|why|which|how|did|does|do|has|have|had|can|will|it|its|that|this|he|she|they)(?![\w가-힣])",
    re.IGNORECASE,
)

# A syllable block says about as much as three Latin letters.
_SYLLABLE = 3
_FUNCTION = 6


def detect(text: str) -> str:
    """ "ko", "en", or "und" where neither Hangul nor Latin letters carry the text."""
    hangul = _length(_HANGUL, text)
    latin = _length(_LATIN, text) if _ANY_LATIN.search(text) else 0
    other = _length(_OTHER, text)
    if not hangul:
        # Hanja beside Hangul is Korean; hanja without it may be anything.
        foreign = _SYLLABLE * (other + _length(_HAN, text))
        return "en" if latin > foreign else "und"
    korean, english = _SYLLABLE * hangul, latin
    if _ANY_LATIN.search(text):
        korean += _length(_LATIN_WITH_PARTICLE, text)
    if latin:
        english += _FUNCTION * len(_FUNCTION_WORD.findall(text))
    if max(korean, english) < _SYLLABLE * other:
        return "und"
    return "ko" if korean >= english else "en"


def _length(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))
