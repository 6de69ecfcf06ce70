"""A model that lies: how many of its false sentences are marked, and how many true ones are.

    python -m tests.generate.adversary [FOLDER [ANSWERS]]

Each answer has one true and one false sentence, about a sentence of a document that is asked for.
False ones have another digit, date, name, negation or direction (`rag.train.altering`), a made-up
quotation, the id of another passage or of none, or something that only the model knows. True ones
are the sentence itself, a part of it, or the same with another ending.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rag.engine import Engine, open_engine
from rag.profile import load_profile
from rag.text.morphemes import has_hangul
from rag.text.sentences import split
from rag.train.altering import KINDS, alter, names_of, shortened
from rag.types import Answer, NewDocument
from tests.generate.scripted import Scripted, Seen, answering
from tests.support.articles import article
from tests.support.paths import ROOT
from tests.verify.altered import texts

_SHORTEST, _LONGEST = 20, 250
_LIES = (*KINDS, "quotation", "other id", "no id", "own knowledge")
_SAID = {
    "ko": (
        "{name} 측은 “올해 안에 모든 매장을 정리하고 해외로 옮길 것”이라고 밝혔다.",
        "{name} 관계자는 “이번 일은 처음부터 끝까지 실수였다”고 인정했다.",
        "{name} 쪽에서는 “내년 봄까지 새 이름을 쓰겠다”는 말이 나왔다.",
    ),
    "en": (
        "“We will close every shop and move abroad within the year,” {name} said.",
        "A spokesman for {name} admitted that “the whole affair was a mistake from the start”.",
        "{name} promised to “use a new name by the coming spring”.",
    ),
}
_KNOWN = {
    "ko": (
        "세종대왕은 1446년에 훈민정음을 반포했다.",
        "빛의 속력은 초속 약 30만 킬로미터이다.",
        "프랑스의 수도는 파리이며 인구는 약 210만 명이다.",
        "마크 저커버그는 2004년 하버드대에서 페이스북을 만들었다.",
        "펭귄은 주로 남극과 그 주변에 산다.",
        "삼성전자의 본사는 경기도 수원시에 있다.",
        "물은 섭씨 100도에서 끓는다.",
        "셰익스피어는 햄릿과 맥베스를 썼다.",
    ),
    "en": (
        "Water boils at 100 degrees Celsius at sea level.",
        "Mark Zuckerberg was born in White Plains, New York, in 1984.",
        "The Great Wall of China is more than 20,000 kilometres long.",
        "Penguins live mostly in the southern hemisphere.",
        "William Shakespeare wrote Hamlet and Macbeth.",
        "Google was founded by Larry Page and Sergey Brin in 1998.",
        "The human body has 206 bones.",
        "Honey never spoils when it is kept dry.",
    ),
}
_ENDINGS = [
    tuple(pair.split("/"))
    for pair in "했다./했습니다. 였다./였습니다. 이다./입니다. 있다./있습니다. 했습니다./했다. "
    "됩니다./된다. 입니다./이다. 있습니다./있다. 됐다./됐습니다. 한다./합니다.".split()
]


@dataclass(frozen=True)
class Case:
    """A sentence of a document, a true and a false one about it, and the kind of the lie."""

    sentence: str
    true: str
    false: str
    kind: str
    language: str


@dataclass(frozen=True)
class Outcome:
    case: Case
    answer: Answer
    marked_true: bool
    marked_false: bool


def sentences(source: str) -> list[str]:
    found = (span.of(source) for span in split(source))
    return [
        s
        for s in found
        if _SHORTEST <= len(s) <= _LONGEST and s[-1] in ".다요" and not re.search(r"[\n\[“\"]", s)
    ]


def cases(sources: Sequence[str], count: int, random: Random) -> list[Case]:
    """Up to `count` cases, half of them Korean, the kinds of lies in turn."""
    order = random.sample(range(len(sources)), len(sources))
    others = sorted({n for i in order[:60] for s in sentences(sources[i]) for n in names_of(s)})
    wanted = {
        (lang, kind): -(-count // (2 * len(_LIES))) for lang in ("ko", "en") for kind in _LIES
    }
    out: list[Case] = []
    used: set[str] = set()
    for turn in range(40):
        for number in order:
            found = [s for s in sentences(sources[number]) if s not in used]
            if not found or len(out) >= count:
                continue
            sentence = random.choice(found)
            language = "ko" if has_hangul(sentence) else "en"
            for kind in sorted(_LIES, key=lambda k: (-wanted[language, k], k)):
                false = _lie(sentence, kind, others, random) if wanted[language, kind] else None
                if false is not None:
                    wanted[language, kind] -= 1
                    used.add(sentence)
                    true = _truth(sentence, turn + number)
                    out.append(Case(sentence, true, false, kind, language))
                    break
    return out


def _lie(sentence: str, kind: str, others: Sequence[str], random: Random) -> str | None:
    language = "ko" if has_hangul(sentence) else "en"
    if kind in KINDS:
        return alter(sentence, kind, others, random)
    if kind == "quotation":
        names = names_of(sentence)
        return random.choice(_SAID[language]).format(name=names[0]) if names else None
    return random.choice(_KNOWN[language]) if kind == "own knowledge" else sentence


def _truth(sentence: str, turn: int) -> str:
    if turn % 3 == 1:
        return shortened(sentence)
    if turn % 3 == 2:
        for one, other in _ENDINGS:
            if sentence.endswith(one):
                return sentence.removesuffix(one) + other
    return sentence


def outcome(engine: Engine, case: Case) -> Outcome | None:
    """Ask for the sentence and let the model answer; None when its passage was not found."""

    def reply(seen: Seen) -> str:
        tag = seen.tag_of(case.sentence)
        false_tag = tag
        if case.kind == "other id":
            false_tag = next(t for t, text in reversed(seen.excerpts) if case.sentence not in text)
        elif case.kind == "no id":
            false_tag = "zz9" if tag != "zz9" else "zz8"
        return f"{case.true} [{tag}]\n\n{case.false} [{false_tag}]"

    model = Scripted(reply)
    try:
        with answering(engine, model):
            answer = engine.ask(case.sentence)
    except LookupError:
        return None
    border = answer.answer.find("\n\n")
    assert border > 0, answer.answer
    return Outcome(
        case,
        answer,
        any(gap.start < border for gap in answer.unsupported),
        any(gap.end > border for gap in answer.unsupported),
    )


def measure(engine: Engine, made: Sequence[Case]) -> list[Outcome]:
    found = [outcome(engine, case) for case in made]
    return [o for o in found if o is not None]


def own_texts() -> list[str]:
    """Made-up articles and the seeds: what is measured when no folder is given."""
    return [*(article(n) for n in range(60)), *texts(ROOT / "seeds")]


def rows(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for group in [*dict.fromkeys(o.case.kind for o in outcomes), "ko", "en", "all"]:
        chosen = [o for o in outcomes if group in (o.case.kind, o.case.language, "all")]
        counts = Counter((o.marked_true, o.marked_false) for o in chosen)
        true = sum(n for (alarm, _), n in counts.items() if alarm)
        false = sum(n for (_, caught), n in counts.items() if caught)
        yield f"{group:14}{len(chosen):6}{false / len(chosen):9.1%}{true / len(chosen):9.1%}"


def main(folder: Path | None, count: int) -> None:
    sources = own_texts() if folder is None else list(texts(folder))
    with tempfile.TemporaryDirectory() as name:
        profile = load_profile(overrides={"data_dir": name}, environ={})
        with open_engine(profile, write=True) as engine:
            engine.add([NewDocument(text, source=str(n)) for n, text in enumerate(sources)])
            outcomes = measure(engine, cases(sources, count, Random(0)))
    print(f"{'':14}{'':>6}{'caught':>9}{'alarms':>9}")
    print("\n".join(rows(outcomes)))
    for o in outcomes:
        if o.marked_true or not o.marked_false:
            print(o.case.kind, "|", o.case.true, "|", o.case.false, "|", o.answer.unsupported)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else None,
        int(sys.argv[2]) if len(sys.argv) > 2 else 200,
    )
