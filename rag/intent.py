"""What a message wants when it asks for no fact: nothing but courtesy, or an overview.

안녕하세요 and "thanks" ask nothing. "What are these articles about?" asks of the documents as a
whole, where no sentence stands out. Only a message that is nothing else counts: "thanks, and who
founded it?" is a question. Words of both languages, by hand; it does not know what the documents
hold.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.question import Question
from rag.text.morphemes import english_key

Intent = Literal["question", "courtesy", "overview"]

_COURTESIES = (
    r"(?:hi|hello|hey)(?: there| again| everyone)?|good (?:morning|afternoon|evening|night|day)",
    r"(?:many )?thanks(?: so much| very much| a lot| again)?|thx|cheers|you(?:'re| are) welcome",
    r"thank you(?: so much| very much| again)?|sorry|please|never ?mind|well done|got it|i see",
    r"ok(?:ay)?|great|nice|cool|perfect|wonderful|good|all ?right|sure|yes|no|that(?:'s| is) all",
    r"(?:good)?bye|see you(?: later)?|how are you(?: today| doing)?|nice to meet you",
    r"(?:who|what) are you|what can you do(?: for me)?|how do you work|help(?: me)?",
    r"안녕(?:하세요|하십니까|히 ?계세요|히 ?가세요)?|하이|반가워요?|반갑습니다|만나서 반가워요?",
    r"(?:정말 |너무 )?(?:고마워요?|고맙습니다|감사(?:합니다|해요|드립니다|드려요))|땡큐|천만에요?",
    r"네|넵|예|응|아니요?|그래요?|그렇군요?|그렇구나|알겠(?:어요?|습니다)|알았어요?|오케이|[ㄱ-ㅎㅏ-ㅣ]+",
    r"좋아요?|좋네요?|좋습니다|훌륭해요?|잘 ?했어요?|잘 ?(?:가|자|있어)요?",
    r"미안(?:해요?|합니다)?|죄송(?:해요|합니다)|도와 ?(?:줘요?|주세요)|도움말",
    r"수고(?:하세요|했어요?|하셨(?:어요|습니다)|많으셨(?:어요|습니다))",
    r"(?:너는?|넌|당신은) ?(?:누구|뭐)\S{0,4}",
    r"(?:(?:너는?|넌|당신은) ?)?(?:뭘|무엇을) ?할 수 ?있\S{1,4}",
)
_COURTESY = re.compile(
    rf"\W*(?:(?:{'|'.join(_COURTESIES)})(?!\w)\W*){{1,3}}", re.IGNORECASE
)  # fmt: skip


def _keys(korean: str, english: str) -> frozenset[str]:
    return frozenset(korean.split()) | {english_key(word) for word in english.split()}


_DOCUMENTS = _keys(
    "기사 문서 자료 글 파일 뉴스 본문 보고서",
    "article document doc text file source passage collection material news",
)
_SUMMARY = _keys(
    "요약 개요 줄거리 요지 정리", "summarize summarise Summarize summary overview outline gist"
)
_CONTENTS = _keys(
    "내용 주제 핵심 요점 들다 다루다 담다 말하다 알리다 설명 소개",
    "say cover contain discuss describe talk tell topic idea theme point subject content",
)
_ASKABLE = _keys("물어보다 묻다 질문", "ask know")
_BESIDES = _keys(
    "주요 전체 간단히 간략히 짧다 모두 전부 주로 저장 여기",
    "main key major short brief briefly quick give show write everything us two three both",
)
_KNOWN = _DOCUMENTS | _SUMMARY | _CONTENTS | _ASKABLE | _BESIDES
_WHOLE = re.compile(r"\b(?:about|have|there|in)\b|무슨|어떤|관한|대한|대해|있", re.IGNORECASE)
_CAN = re.compile(r"\bcan\b|\bdo you\b|수 ?있", re.IGNORECASE)
_THIS = re.compile(r"\W*what(?:'s| is) (?:all )?this (?:all )?about\W*", re.IGNORECASE)


def intent_of(question: Question) -> Intent:
    """A follow-up such as 왜? or "and in 2012?" is a question."""
    if _COURTESY.fullmatch(question.text):
        return "courtesy"
    keys = {token.key for token in question.tokens if token.key}
    if question.kind not in ("what", "list") or not keys <= _KNOWN:
        return "question"
    whole = keys & _DOCUMENTS and (keys & _CONTENTS or _WHOLE.search(question.text))
    askable = keys & _ASKABLE and _CAN.search(question.text)
    if whole or askable or keys & _SUMMARY or _THIS.fullmatch(question.text):
        return "overview"
    return "question"
