"""What an answer says of itself rather than of the documents, in both languages.

Quotes are in none of these. It does not know when each is said.
"""

from __future__ import annotations

REFUSALS = {
    "ko": {
        "no_evidence": "문서가 없어서 답할 근거를 찾지 못했습니다.",
        "off_topic": "문서에서 이 질문과 관련된 내용을 찾지 못했습니다.",
        "low_support": "문서에서 이 질문에 답할 만한 근거를 찾지 못했습니다.",
        "model_refused": "문서에 이 질문에 대한 답이 없습니다.",
    },
    "en": {
        "no_evidence": "There are no documents to answer from.",
        "off_topic": "The documents say nothing about this question.",
        "low_support": "The documents do not say enough to answer this question.",
        "model_refused": "The documents do not hold an answer to this question.",
    },
}
COURTESY = {
    "ko": "문서에 대해 궁금한 점을 물어보세요. 근거가 되는 문장과 함께 답해 드립니다.",
    "en": "Ask about the documents, and the answer comes with the sentences it stands on.",
}
SOME = {
    "ko": "(문서 {all}건 가운데 {some}건의 내용입니다.)",
    "en": "(From {some} of {all} documents.)",
}
FALLBACK = {
    "ko": "모델 {name}이(가) 답하지 못해 내장 답변기가 문서의 문장으로 답했습니다. ({error})",
    "en": "The model {name} failed, so the embedded answerer read this out of the documents. "
    "({error})",
}

IN_THE_OTHER_LANGUAGE = {
    "ko": "(인용한 원문은 영어로 되어 있습니다.)",
    "en": "(The source quoted is in Korean.)",
}
