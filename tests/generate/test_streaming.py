"""However a model's reply arrives, the answer is the same, nothing half is shown, nothing is taken
back: checked on generated replies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import ClassVar

import pytest

from rag.cancel import Cancel
from rag.embed import StaticEmbedding, embed_texts
from rag.errors import ModelError
from rag.events import CitationEvent, DeltaEvent
from rag.generate import Policy, Written, write
from rag.grounds import Finding, Grounds
from rag.prompt import Prompt
from rag.support import Judge
from rag.types import Passage, Span
from tests.generate.scripted import Scripted
from tests.support.articles import article

TAGS = {"qk7": 0, "zx4": 1, "hv3": 2, "kf92": 3}
TEXTS = [article(n) for n in range(4)]
_FORMS = (
    "[{a}]", " [{a}]", "[{a}, {b}]", " [{a}][{b}]", "【{a}】", "［{a}］", " ({a})", " [출처: {a}]",
    " [[{a}]]", " [1]", "[7]", " [zz9]", " [{a}", " {a}", "[^{a}]", " [{a}†source]", "", "", "",
)  # fmt: skip
_BETWEEN = (" ", " ", " ", "\n", "\n\n", "\n- ", "\n| 가 | ", "\n## 제목\n", "\n```\nx[0]\n```\n")
_ODD = (
    "x[0]과 [2024]와 [example]은 그대로다.",
    "[링크](https://evil.example/a)를 누른다.",
    "`[1]`은 코드다.",
    "![그림](http://evil.example/x.png)",
    "She said “We won. It was hard.” and left.",
    "한 말이다.그는 갔다.",
    "다음과 같다:",
    "e\u0301 가\u11a8 \u200b끝이다.",
    "3.5%인 Dr. Kim의 U.S. 지분이다.",
    "NO_ANSWER",
    "👩\u200d💻 왔다.",
)


class Remembering(Grounds):
    """Judges each sentence once: it is the same reply that arrives in many ways."""

    found: ClassVar[dict[tuple[str, tuple[int, ...]], Finding]] = {}

    def carry(self, sentence: str, cited: Sequence[int]) -> Finding:
        key = (sentence, tuple(cited))
        if key not in self.found:
            self.found[key] = super().carry(sentence, cited)
        return self.found[key]


@pytest.fixture(scope="module")
def passages() -> tuple[Passage, ...]:
    return tuple(
        Passage(f"doc_{n}", f"chk_{n}", "", f"{n}", text, Span(0, len(text)), 1.0, {})
        for n, text in enumerate(TEXTS)
    )


@pytest.fixture(scope="module")
def grounds(passages: tuple[Passage, ...]) -> Grounds:
    embedder = StaticEmbedding()
    judge = Judge(lambda words: embed_texts(embedder, words))
    return Remembering(passages, judge, lambda document, span: span.of(TEXTS[int(document[4:])]))


def replies(count: int, seed: int) -> Iterator[str]:
    random = Random(seed)
    sentences = [s for text in TEXTS for s in re.split(r"(?<=[.])\s+", text.strip())]
    for _ in range(count):
        out = ""
        for _ in range(random.randint(1, 5)):
            sentence = random.choice(sentences) if random.random() < 0.75 else random.choice(_ODD)
            a, b = random.sample(list(TAGS), 2)
            mark = random.choice(_FORMS).format(a=a, b=b)
            if random.random() < 0.5:
                sentence = sentence[:-1] + mark + sentence[-1:]
            else:
                sentence += mark
            out += sentence + random.choice(_BETWEEN)
        yield out


Events = list[DeltaEvent | CitationEvent]


def written(
    pieces: Sequence[str],
    passages: tuple[Passage, ...],
    grounds: Grounds,
    policy: Policy,
    *,
    breaks: bool = False,
) -> tuple[Events, Written]:
    fails = ModelError("It broke off.") if breaks else None
    model = Scripted(list(pieces), fails=fails, after=len(pieces) + 1)
    run = write(model, Prompt((), TAGS, (), (), 0, 100), passages, grounds, policy, Cancel())
    events: Events = []
    while True:
        try:
            events.append(next(run))
        except StopIteration as end:
            return events, end.value


def check_events(events: Events, made: Written) -> None:
    """What was sent is the answer; a citation follows its sentence and marker; nothing is half."""
    told = ""
    for event in events:
        if isinstance(event, CitationEvent):
            assert event.citation.answer_span.end <= len(told)
            assert f"[{event.citation.marker}]" in told[event.citation.answer_span.start :]
            continue
        assert event.text
        told += event.text
        assert not re.search("|".join(TAGS), told), told
        assert not re.search(r"[\[【［]\^?\d{0,3}$", told.removesuffix("x[0")), told
    assert told == made.text
    assert "evil.example" not in told
    if made.status != "abstained":
        citations = [e.citation for e in events if isinstance(e, CitationEvent)]
        assert citations == list(made.citations)
        outside_code = re.sub(r"`[^`]*`|x\[0\]", "", made.text)
        numbers = [int(n) for n in re.findall(r"\[(\d{1,3})\]", outside_code)]
        assert set(numbers) == {c.marker for c in made.citations}
        firsts = list(dict.fromkeys(numbers))
        assert firsts == list(range(1, len(firsts) + 1))


def partitions(text: str, random: Random, count: int) -> Iterator[list[str]]:
    yield list(text)
    for _ in range(count):
        places = sorted(random.sample(range(len(text) + 1), min(random.randint(1, 12), len(text))))
        yield [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def check_replies(
    count: int, seed: int, cuts: int, passages: tuple[Passage, ...], grounds: Grounds
) -> None:
    random = Random(seed)
    policies: tuple[Policy, ...] = ("mark", "mark", "remove", "abstain")
    for number, reply in enumerate(replies(count, seed)):
        policy = policies[number % len(policies)]
        try:
            events, whole = written([reply], passages, grounds, policy)
        except ModelError:  # nothing in it could be told
            with pytest.raises(ModelError):
                written(list(reply), passages, grounds, policy)
            continue
        check_events(events, whole)
        for pieces in partitions(reply, random, cuts):
            events, made = written(pieces, passages, grounds, policy)
            # A refusal ends the call at once, so how much was read by then may differ.
            assert replace(made, usage=whole.usage) == whole, (reply, pieces)
            check_events(events, made)


def test_replies_in_any_pieces(passages: tuple[Passage, ...], grounds: Grounds) -> None:
    check_replies(40, 1, 2, passages, grounds)


def test_what_follows_a_refusal_does_not_count(
    passages: tuple[Passage, ...], grounds: Grounds
) -> None:
    reply = "NO_ANSWER\n[링크](https://evil.example/a)를 누른다 [zz9]."
    _, whole = written([reply], passages, grounds, "mark")
    _, made = written(list(reply), passages, grounds, "mark")
    assert (whole.status, whole.dropped) == ("abstained", ())
    assert replace(made, usage=whole.usage) == whole


def test_a_reply_that_breaks_off_anywhere(passages: tuple[Passage, ...], grounds: Grounds) -> None:
    """What was shown stays and is the beginning of what the whole reply would have shown."""
    for reply in replies(3, 5):
        whole, _ = written(list(reply), passages, grounds, "mark")
        told = "".join(e.text for e in whole if isinstance(e, DeltaEvent))
        for end in range(1, len(reply), 3):
            try:
                events, made = written(list(reply[:end]), passages, grounds, "mark", breaks=True)
            except ModelError:
                continue  # nothing had been shown
            check_events(events, made)
            assert (made.status, made.reason) == ("partial", "interrupted")
            early = [e.text for e in events[:-1] if isinstance(e, DeltaEvent)]
            assert told.startswith("".join(early[:-1]))


@pytest.mark.slow
def test_five_hundred_replies_cut_everywhere(
    passages: tuple[Passage, ...], grounds: Grounds
) -> None:
    check_replies(500, 2, 10, passages, grounds)
    for reply in replies(20, 3):
        try:
            _, whole = written([reply], passages, grounds, "mark")
        except ModelError:
            continue
        for place in range(1, len(reply)):
            pieces = [reply[:place], reply[place:]]
            made = written(pieces, passages, grounds, "mark")[1]
            assert replace(made, usage=whole.usage) == whole
