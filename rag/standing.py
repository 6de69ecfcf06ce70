"""What a sentence says by where it stands: a row of a table by its header, an answer by the
question above it, a field by its label.

"| 부모 사망 | 5일 | 100만 원 |" says nothing of 경조금 itself, and "Hold the button for ten
seconds." nothing of a router; "장소: 3층 대회의실" says where, in a text whose title says what. It
reads the form of lines (Markdown's tables, lists of questions and answers, labels with a colon),
not what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.question import Kind, Question
from rag.text.lines import asks
from rag.types import Sentence

_ROW = re.compile(r"\s*\|")
_RULE = frozenset("|:- ")
_FIELD = re.compile(r"\W{0,6}(?P<label>[^:：\n|.?!]{1,24}?)\**\s?[:：]\**\s?(?=\S)")
_ANSWERS = 4  # sentences behind a question that answer it
# Of those behind a question for the reason that one answers, farther off and behind headings too,
# which gives a reason and does not deny it.
_WHY = re.compile(r"왜|이유|까닭|\bwhy\b|\bhow come\b", re.IGNORECASE)
_GIVES = re.compile(
    r"때문(?!에[^.]{0,30}(?:아닙|아니))|탓(?:에|이)|덕분|이유는|까닭은|바람에"
    r"|(?<!not )because|due to|owing to|reason (?:is|was)",
    re.IGNORECASE,
)
_REASONS = 10
_LABELS: dict[Kind, str] = {
    "when": "일시|일자|날짜|시간|시각|기간|기한|마감|[가-힣]+일|date|time|when|deadline|due",
    "where": "장소|위치|주소|소재지|location|place|venue|address|where",
    "who": "참석자?|참가자?|작성자?|담당자?|책임자|저자|글쓴이|이름|성명|발표자?|주최|강사"
    "|attendees?|participants?|authors?|by|contact|owner|host|speakers?|names?|who",
    "money": "가격|금액|비용|요금|[가-힣]*비|예산|price|cost|fee|budget|amount",
    "count": "인원|수량|정원|[가-힣]+ ?수|capacity|quantity|number",
}
_MEASURES = tuple(
    (re.compile(asks, re.IGNORECASE), re.compile(label, re.IGNORECASE))
    for asks, label in (
        (r"\bweigh|how heavy|무게|무거", r"(?:net )?weight|무게|중량"),
        (
            r"how (?:long|many \w+ly)|얼마 ?동안|얼마나 ?(?:오래|걸)|기간",
            r"duration|기간|소요 ?시간",
        ),
        (r"how (?:tall|high)|높이|키[는가]|높", r"height|높이|키"),
        (
            r"how (?:long|wide|deep|big|large)|길이|크기|너비",
            r"length|width|depth|size|길이|크기|너비",
        ),
    )
)
_KINDS = {kind: re.compile(labels, re.IGNORECASE) for kind, labels in _LABELS.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one sentence: whether it `asks` (or is a header) and so answers nothing, the number of
    the sentence whose words count as its own, and the label and the cells of the header, if any,
    both in lower case. `value` is where in the sentence the value behind the label begins."""

    asks: bool = False
    lender: int | None = None
    label: str = ""
    header: tuple[str, ...] = ()
    value: int = 0

    def fits(self, question: Question) -> bool:
        """Whether the label is one for what is asked."""
        labels = _KINDS.get(question.kind)
        if not self.label:
            return False
        measured = any(
            asks.search(question.text) and label.fullmatch(self.label) for asks, label in _MEASURES
        )
        return measured or bool(labels and labels.fullmatch(self.label))


PLAIN = Standing()


def standings(text: str, sentences: Sequence[Sentence]) -> tuple[Standing, ...]:
    """One for each sentence; their spans are those in `text`."""
    out: list[Standing] = []
    header: int | None = None
    question, why, answers = None, None, 0
    for i, sentence in enumerate(sentences):
        written = sentence.span.of(text)
        if _ROW.match(written):
            ruled = i + 1 < len(sentences) and _is_rule(sentences[i + 1].span.of(text))
            if ruled or _is_rule(written):
                header = i if ruled else header
                out.append(Standing(asks=True))
            else:
                of = sentences[header].span.of(text) if header is not None else ""
                out.append(Standing(lender=header, header=cells(of)))
            continue
        header = None
        if asks(text, sentence.span):
            question, why, answers = i, i if _WHY.search(written) else None, 0
            out.append(Standing(asks=True))
            continue
        answers += 1
        if sentence.role != "body" or answers > _ANSWERS:
            question = None
        lender = question
        if why is not None and answers <= _REASONS and _GIVES.search(written):
            lender = why
        field = _FIELD.match(written)
        if field:
            label = field["label"].strip().lower()
            out.append(Standing(lender=lender, label=label, value=field.end()))
        else:
            out.append(Standing(lender=lender))
    return tuple(out)


def cells(row: str) -> tuple[str, ...]:
    """The cells of a row of a table, in lower case."""
    return tuple(cell.strip().lower() for cell in row.strip().strip("|").split("|")) if row else ()


def column_at(row: str, place: int) -> int:
    """The number of the column in which a place of a row lies."""
    return row.count("|", 0, place) - row.lstrip().startswith("|")


def _is_rule(line: str) -> bool:
    return "|" in line and "-" in line and _RULE.issuperset(line)
