"""The frame of a question: what it says of itself and of the text in hand, not of its subject.

"According to the article, which of the following statements about tornadoes is not true?" is about
tornadoes; the rest would only find texts about statements. Patterns of both languages, by hand: no
model. It does not know what is asked.
"""

from __future__ import annotations

import re

_TEXT = r"(?:passage|text|article|document|paragraph|report|story|author|writer)s?\b"
_SAID = r"(?:mentioned|listed|stated|discussed|described|considered|referred to)\b"
_TRUE = r"(?:true|false|correct|incorrect|accurate|inaccurate)\b"
_BE = r"\b(?:is|are|was|were|be)\b"
_ENGLISH = (
    rf"\b(?:according to|based on|{_SAID} in|in) (?:the|this) (?:given |above )?{_TEXT},?",
    rf"\b(?:does|do|did) the {_TEXT} (?:say|state|mention|suggest)s?\b",
    r"\b(?:which )?(?:one )?of (?:the |these )?following(?: statements?| options?| sentences?)?\b",
    r"\b(?:(?:does|do|did|would|could) )?(?:not )?(?:(?:most|least|more) )?"
    r"(?:in)?(?:accurate|correct|best)(?:ly)? (?:describe|reflect|represent|explain)[sd]?\b",
    rf"\b{_TRUE} (?:statement|description|reflection)s? (?:of|about)\b",
    rf"\bstatements?(?: {_BE})?(?: not)?(?: {_TRUE})?",
    rf"{_BE} (?:not |never )?(?:(?:specifically|also) )?"
    rf"(?:{_SAID}(?: in (?:the|this) {_TEXT})?|{_TRUE})"
    r"(?: (?:as|to be|about|of|regarding))?\b",
    r"\b(?:(?:most|least|more|less) )?(?:un)?likely(?: to)?\b",
    r"\baccording to\b",
)
_TEXT_KO = r"(?:지문|본문|기사|글|문서|보도)"
_RIGHT_KO = r"(?:옳|맞|틀리|올바르|정확하|적절하)"
_STATEMENT_KO = r"(?:것|설명|진술|서술|내용)"
_KOREAN = (
    rf"(?:(?:이|위|다음|주어진) )?{_TEXT_KO}(?:에서?|의)? ?"
    r"(?:따르면|의하면|따라|언급[가-힣]*|나온|나와)",
    r"(?<![가-힣])(?:이|위|주어진) 지문(?:에서|에|의|은|을)?(?![가-힣])|(?<![가-힣])지문에서",
    r"에 (?:따르면|의하면)",
    rf"다음(?:의)?(?: 보기| {_STATEMENT_KO})?(?:의)? ?(?:중|가운데)(?:에서)?(?![가-힣])",
    rf"(?<![가-힣])(?:옳은|맞는|틀린|올바른|정확한|적절한|{_RIGHT_KO}지 않은) "
    rf"{_STATEMENT_KO}[가-힣]*",
    r"(?:에 (?:관한|대한) )?(?:설명|묘사)(?:으로|하는|한) (?:것|데)?",
    r"(?:에 (?:관한|대한) )?설명 중",
    r"(?<![가-힣])언급(?:된|되지|하지|하고|하는|한)(?: 않은)?",
    r"(?<![가-힣])사실(?:이|인|과) ?(?:아닌|다른)?",
    r"가능성이 ?(?:가장 )?(?:높|낮|크|적)[가-힣]*",
)
_FRAME = re.compile("|".join((*_ENGLISH, *_KOREAN)), re.IGNORECASE)


def without_frame(question: str) -> str:
    """The question with blanks in place of its frame, so that offsets stay."""
    return _FRAME.sub(lambda match: " " * len(match[0]), question)
