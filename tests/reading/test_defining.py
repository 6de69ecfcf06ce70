"""Questions that a whole sentence answers."""

from __future__ import annotations

import pytest

from rag.defining import wants_definition, wants_manner, words_said
from rag.engine import Engine
from rag.types import NewDocument

WORLD = "월드모델이란 세상의 작동 원리를 이해해 미래를 예측하는 AI 시스템을 말합니다."
USE = "르쿤은 ‘월드 모델’을 개발해야 한다는 생각을 갖고 있습니다."
QUOTED = "월스트리트저널은 “르쿤이 떠나면서 한 시대가 끝났다”고 평가했다."
CLOUD = "A cloud chamber, a device that shows the tracks of particles, was built by Charles Wilson."


@pytest.mark.parametrize(
    ("question", "sentence", "wanted"),
    [
        ("월드 모델이 뭐야?", WORLD, True),
        ("월드모델은 무엇인가요?", WORLD, True),
        ("월드 모델이 뭐야?", USE, False),
        ("월드 모델은 누가 만들었어?", WORLD, False),
        ("What is a cloud chamber?", CLOUD, True),
        ("Who built the cloud chamber?", CLOUD, False),
        ("What is a particle?", CLOUD, False),
        ("What is a world model?", WORLD, True),
        ("What is a world model?", USE, False),
    ],
)
def test_definitions(question: str, sentence: str, wanted: bool) -> None:
    assert wants_definition(question, sentence) is wanted


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("르쿤은 LLM을 어떻게 생각해?", True),
        ("How do I reset the router?", True),
        ("How did he die?", False),
        ("How many are there?", False),
        ("누가 만들었어?", False),
    ],
)
def test_manners(question: str, wanted: bool) -> None:
    assert wants_manner(question) is wanted


def test_what_was_said_is_the_quotation() -> None:
    said = words_said("월스트리트저널은 뭐라고 평가했어?", QUOTED)
    assert said is not None
    assert said.of(QUOTED) == "르쿤이 떠나면서 한 시대가 끝났다"
    assert words_said("월스트리트저널은 언제 평가했어?", QUOTED) is None
    assert words_said("그는 뭐라고 말했어?", USE) is None


def test_the_defining_sentence_is_cited_whole(engine: Engine) -> None:
    engine.add([NewDocument(f"{USE} {WORLD} {QUOTED}", source="a.txt")])
    defined = engine.ask("월드 모델이 뭐야?")
    assert defined.citations[0].cited_text == WORLD
    assert defined.short_answer is None
    assert engine.ask("월스트리트저널은 뭐라고 평가했어?").short_answer == (
        "르쿤이 떠나면서 한 시대가 끝났다"
    )
