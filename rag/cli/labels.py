"""The words around an answer, in the answer's own language.

It does not know how they are laid out. Languages other than Korean read English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.types import Answer


@dataclass(frozen=True, slots=True)
class Labels:
    """`reasons` and `whys` are keyed by the codes of the contract; an unknown code shows itself."""

    sources: str
    conflict: str
    unsupported: str
    unverified: str
    partial: str
    nearest: str
    reasons: Mapping[str, str]
    whys: Mapping[str, str]

    def reason_of(self, answer: Answer) -> str:
        """Why it is no whole answer; "" where that needs no words, as nothing was asked."""
        courtesy = answer.reason == "off_topic" and not answer.passages
        return (
            "" if courtesy or not answer.reason else self.reasons.get(answer.reason, answer.reason)
        )


ENGLISH = Labels(
    sources="Sources",
    conflict="Sources disagree",
    unsupported="No source carries this",
    unverified="not verified",
    partial="A partial answer: the sources carry only some of it",
    nearest="Nearest passages",
    reasons={
        "no_evidence": "no evidence found",
        "low_support": "the evidence is too weak",
        "off_topic": "the documents are about something else",
        "model_refused": "the model declined to answer",
        "interrupted": "the answer was cut off",
    },
    whys={
        "number": "the number",
        "date": "the date",
        "name": "the name",
        "polarity": "the direction",
        "no_evidence": "no evidence",
    },
)

KOREAN = Labels(
    sources="출처",
    conflict="출처끼리 상충",
    unsupported="출처가 뒷받침하지 않음",
    unverified="확인되지 않음",
    partial="부분 답변: 출처가 일부만 뒷받침합니다",
    nearest="가장 가까운 대목",
    reasons={
        "no_evidence": "근거를 찾지 못함",
        "low_support": "근거가 약함",
        "off_topic": "문서들이 다루지 않는 내용",
        "model_refused": "모델이 답하지 않음",
        "interrupted": "답변이 도중에 끊김",
    },
    whys={
        "number": "숫자",
        "date": "날짜",
        "name": "이름",
        "polarity": "방향",
        "no_evidence": "근거 없음",
    },
)


def labels_for(language: str) -> Labels:
    """The labels for a language code such as `ko` or `en`."""
    return KOREAN if language.split("-")[0] == "ko" else ENGLISH
