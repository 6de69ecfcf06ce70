"""Questions in one language, passages in the other."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import pytest

from rag.bilingual import english_lookup, korean_lookup, lexicon, renderings
from rag.engine import Engine
from rag.gloss import find_glosses
from rag.question import understand
from rag.resources import weights
from rag.text.morphemes import analyse, has_hangul
from rag.train.lexicon import lexicon_entries, pack, tables
from rag.types import NewDocument
from tests.support.work import lines


def untaught(lookups: Sequence[str]) -> dict[str, list[str]]:
    return {}


def keys(text: str) -> dict[str, set[tuple[str, ...]]]:
    found = renderings(understand(text), untaught)
    return {term: {r.keys for r in options} for term, options in found.items()}


def test_the_lexicon_is_made_from_its_sources() -> None:
    for name, table in zip(("en", "ko"), tables(), strict=True):
        stored = weights(f"lexicon_{name}.tsv.gz").read_bytes()
        assert gzip.decompress(stored) == gzip.decompress(pack(table)), "make lexicon"


def test_every_entry_can_be_looked_up() -> None:
    count = 0
    for english, korean, weight in lexicon_entries():
        assert 0 < weight <= 1, (english, korean)
        assert korean, english
        assert not has_hangul(english), english
        count += bool(lexicon().korean(english_lookup(english.split())))
    assert count > 15_000


def test_words_phrases_and_names_are_rendered() -> None:
    found = keys("Which country invested in climate change research, France?")
    assert ("투자",) in found["invest"]
    assert ("기후", "변화") in found["climat"]
    assert ("프랑스",) in found["franc"]
    assert any(k[0].startswith("hangul:") for k in found["franc"])


def test_korean_questions_are_rendered() -> None:
    found = keys("프랑스는 기후변화 연구에 얼마를 투자했나요?")
    assert ("invest",) in found["투자"]
    assert ("franc",) in found["프랑스"]
    assert ("climat", "chang") in found["기후"]


@pytest.mark.parametrize(
    ("one", "other"), [("투자하다", "투자"), ("기후 변화", "기후변화"), ("하다", "하다")]
)
def test_korean_is_looked_up_without_spaces_and_endings(one: str, other: str) -> None:
    assert korean_lookup(one) == other


@pytest.mark.parametrize(
    ("text", "glosses"),
    [
        ("경영자인 얀 르쿤(Yann LeCun)은", [("얀 르쿤", "Yann LeCun")]),
        ("새 초지능 연구소(superintelligence lab)는", [("초지능 연구소", "superintelligence lab")]),
        ("대규모 언어모델(LLM)은", [("대규모 언어모델", "LLM")]),
        ("왕(Wang, 28)을", [("왕", "Wang")]),
        ("그는 갔다(2019)", []),
        ("그가 좋아하는(like) 것", []),
    ],
)
def test_glosses(text: str, glosses: list[tuple[str, str]]) -> None:
    assert [(g.korean, g.latin) for g in find_glosses(text, analyse(text))] == glosses


KOREAN = (
    "국제 구호 단체의 대표 마렉 도브로스키는 2031년 지진 피해 지역에 병원 세 곳을 짓겠다고 밝혔다."
)
ENGLISH = "The harbour festival in Tarragon Bay attracted forty thousand visitors last summer."


def test_a_passage_is_found_from_the_other_language(engine: Engine) -> None:
    engine.add([NewDocument(KOREAN, source="ko"), NewDocument(ENGLISH, source="en")])
    fillers = ["은행은 금리를 올렸다.", "The bank raised its rates.", "새로운 영화가 개봉했다."]
    engine.add([NewDocument(text, source=str(n)) for n, text in enumerate(fillers)])
    for question, source in (
        ("Who plans to build hospitals after the earthquake?", "ko"),
        ("What did Marek Dobrowski announce?", "ko"),
        ("항구 축제에 몇 명의 방문객이 왔나?", "en"),
    ):
        assert engine.search(question).passages[0].source == source, question


def test_what_a_collection_teaches_is_used_and_forgotten(engine: Engine) -> None:
    text = "해파리 음향 연구원(JARI)은 1999년에 문을 열었다."
    [item] = engine.add([NewDocument(text, source="a")]).items
    lookups = [english_lookup(["JARI"])]
    catalogue = engine.parts.stores().catalogue
    assert catalogue.glosses("default", lookups) == {lookups[0]: ["해파리 음향 연구원"]}
    engine.remove(item.document_id or "")
    assert catalogue.glosses("default", lookups) == {}


def test_the_work_grows_with_the_numbers_alone() -> None:
    short, long = (understand("값은 3, 4, 5 " * count) for count in (40, 160))
    renderings(short, untaught), renderings(long, untaught)  # what is read once is not counted
    few, many = (
        lines(lambda: renderings(short, untaught)),
        lines(lambda: renderings(long, untaught)),
    )
    assert many < 5 * few
