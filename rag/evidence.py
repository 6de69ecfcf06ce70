"""How well each sentence of the retrieved passages matches a question.

Coverage is the share of the question's content, weighed by rarity, that a sentence holds, with
part of the credit for words that stand just beside it: "The head of the MSL is Wang" is read
with the sentence before, which says what the MSL is. It knows words only: a sentence on the right
topic that does not hold the fact looks like one that does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rag.bilingual import Rendering, forms_of
from rag.neighbours import Places, places_of
from rag.question import Question, Term
from rag.rows import StoredChunk
from rag.standing import PLAIN, Standing, standings
from rag.text.morphemes import Token, has_hangul
from rag.types import Sentence

# The credit of a question word found in the sentence beside, elsewhere in the chunk, in the title.
_BESIDE, _IN_CHUNK, _IN_TITLE = 0.6, 0.4, 0.4
_RENDERED = 0.6  # a sure rendering in the other language
_LIFTED = 0.85
_SHORT, _BY_CHANCE = 2, 0.5  # letters, and the credit of so few of them inside a longer word
_LENT = 0.9
_NEARLY = 0.8  # an inflected or variously spelled form: Alexander for Alexandr


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence with its coverage: `inside` counts only what it holds itself, `coverage` also
    what stands around it, `chunk_inside` what the whole chunk holds; all 0 to 1. `matched` are the
    keys that the sentence holds, `rendered` the likeliest rendering of those that it holds in the
    other language; `korean` tells whether it is written in Korean."""

    chunk: StoredChunk
    sentence: Sentence
    tokens: tuple[Token, ...]
    inside: float
    coverage: float
    chunk_inside: float
    matched: Set[str]
    rendered: Mapping[str, Rendering] = field(default_factory=dict)
    standing: Standing = PLAIN
    korean: bool = False

    @property
    def text(self) -> str:
        chunk = self.chunk.chunk
        return self.sentence.span.shifted(-chunk.span.start).of(chunk.text)


def lifted(question: Question, evidence: Evidence) -> tuple[float, float]:
    """`inside` and `coverage`, where a rendering counts for nearly as much as the word itself if
    the sentence is in the language not asked in: there nothing else can match. Only with every
    name and number of the question, as other words are rendered too freely to tell; of a name of
    several words the last is enough."""
    same = evidence.korean == has_hangul(question.text)
    if same or not names_of(question) <= evidence.matched:
        return evidence.inside, evidence.coverage
    total = sum(term.weight for term in question.terms) or 1.0
    held = sum(term.weight for term in question.terms if term.key in evidence.matched) / total
    return max(evidence.inside, _LIFTED * held), max(evidence.coverage, _LIFTED * held)


def as_if_alike(question: Question, sentences: Sequence[Evidence]) -> list[tuple[float, float]]:
    """`inside` and `coverage` of the sentences of a passage, where what a sentence in the language
    not asked in holds by a rendering counts as the word itself would, by how sure it is."""
    korean = has_hangul(question.text)
    foreign = [e.korean != korean for e in sentences]
    if not any(foreign):
        return [(e.inside, e.coverage) for e in sentences]
    total = sum(term.weight for term in question.terms) or 1.0
    held = [
        {key: e.rendered[key].weight if key in e.rendered else 1.0 for key in e.matched}
        for e in sentences
    ]
    out = []
    for i, e in enumerate(sentences):
        if not foreign[i]:
            out.append((e.inside, e.coverage))
            continue
        inside = coverage = 0.0
        for term in question.terms:
            here = held[i].get(term.key, 0.0)
            beside = max(h.get(term.key, 0.0) for h in held[max(i - 1, 0) : i + 2])
            anywhere = max(h.get(term.key, 0.0) for h in held)
            inside += term.weight * here
            coverage += term.weight * max(here, _BESIDE * beside, _IN_CHUNK * anywhere)
        out.append((max(e.inside, inside / total), max(e.coverage, coverage / total)))
    return out


def names_of(question: Question) -> set[str]:
    """The keys of the numbers, and of the last word of each name."""
    tokens = [t for t in question.tokens if t.key and (t.is_name or t.is_number)]
    after = {t.start for t in tokens if t.is_name}
    return {t.key for t in tokens if t.is_number or t.end + 1 not in after}


@dataclass(frozen=True, slots=True)
class _View:
    """A chunk as it is compared with questions: by sentence, and as a whole."""

    texts: tuple[str, ...]  # in lower case
    tokens: tuple[tuple[Token, ...], ...]
    keys: tuple[frozenset[str], ...]
    text: str
    every_key: frozenset[str]
    verbs: tuple[frozenset[str], ...]
    title: str
    forms: tuple[frozenset[str], ...]
    every_form: frozenset[str]
    bounds: tuple[tuple[frozenset[int], frozenset[int]], ...]  # where tokens start, and end
    standings: tuple[Standing, ...]
    fields: bool  # whether any has a label
    lending: bool
    places: Places
    korean: tuple[bool, ...]


@lru_cache(maxsize=4096)
def _view(stored: StoredChunk) -> _View:
    """Made once for a chunk that questions keep finding."""
    chunk, base = stored.chunk, stored.chunk.span.start
    starts = [token.start for token in stored.tokens]
    tokens = tuple(
        stored.tokens[
            bisect_left(starts, s.span.start - base) : bisect_left(starts, s.span.end - base)
        ]
        for s in chunk.sentences
    )
    keys = tuple(frozenset(t.key for t in group if t.key) for group in tokens)
    forms = tuple(frozenset(forms_of(group, chunk.text)) for group in tokens)
    inside = [replace(s, span=s.span.shifted(-base)) for s in chunk.sentences]
    found = standings(chunk.text, inside)
    texts = tuple(s.span.of(chunk.text).lower() for s in inside)
    return _View(
        texts=texts,
        tokens=tokens,
        keys=keys,
        text=chunk.text.lower(),
        every_key=frozenset().union(*keys),
        verbs=tuple(
            frozenset(t.key for t in group if t.key and t.tag.startswith(("VV", "VA")))
            for group in tokens
        ),
        title=stored.title.lower(),
        forms=forms,
        every_form=frozenset().union(*forms),
        bounds=tuple(
            (
                frozenset(t.start - s.span.start + base for t in group),
                frozenset(t.end - s.span.start + base for t in group),
            )
            for s, group in zip(chunk.sentences, tokens, strict=True)
        ),
        standings=found,
        fields=any(standing.label for standing in found),
        lending=any(standing.lender is not None for standing in found),
        places=places_of(stored.tokens),
        korean=tuple(map(has_hangul, texts)),
    )


def places_in(stored: StoredChunk) -> Places:
    """Where each key stands in a chunk (`rag.neighbours`)."""
    return _view(stored).places


Translated = Mapping[str, Sequence[Rendering]]


def weigh(
    question: Question, stored: StoredChunk, translated: Translated | None = None
) -> list[Evidence]:
    """Evidence for every body sentence of a chunk, in order. `translated` holds the renderings of
    terms in the other language (`rag.bilingual`)."""
    view = _view(stored)
    count = len(view.texts)
    inside, around = [0.0] * count, [0.0] * count
    matched: list[set[str]] = [set() for _ in range(count)]
    rendered: list[dict[str, Rendering]] = [{} for _ in range(count)]
    for term in question.terms:
        title = _IN_TITLE if term.surface.lower() in view.title else 0.0
        held = _matches(term, view)
        if view.fields:
            held = _labelled(question, term, view, held, in_title=title > 0)
        for rendering in (translated or {}).get(term.key, ()):
            if not any(found := _holding(rendering, view)):
                continue
            held = _either(held, [_RENDERED * rendering.weight * hit for hit in found])
            for i, hit in enumerate(found):
                if hit:
                    rendered[i].setdefault(term.key, rendering)
        if held is None:
            for i in range(count if title else 0):
                around[i] += term.weight * title
            continue
        if view.lending:
            held = _lent(held, view.standings)
        floor = max(_IN_CHUNK * max(held), title)
        for i, here in enumerate(held):
            beside = max(held[i - 1] if i else 0.0, held[i + 1] if i + 1 < count else 0.0)
            inside[i] += term.weight * here
            around[i] += term.weight * max(here, _BESIDE * beside, floor)
            if here:
                matched[i].add(term.key)
    total = sum(term.weight for term in question.terms) or 1.0
    anywhere = set().union(*matched)
    held_by_chunk = sum(term.weight for term in question.terms if term.key in anywhere) / total
    return [
        Evidence(
            stored,
            sentence,
            view.tokens[i],
            inside[i] / total,
            around[i] / total,
            held_by_chunk,
            matched[i],
            rendered[i],
            view.standings[i],
            view.korean[i],
        )
        for i, sentence in enumerate(stored.chunk.sentences)
        if sentence.role == "body"
    ]


def _labelled(
    question: Question, term: Term, view: _View, held: list[float] | None, *, in_title: bool
) -> list[float] | None:
    """With what fields hold by their labels: the words of those (참석자 that of 참석하다), and if
    the label fits what is asked, all that the title says: 장소 is that of the meeting."""
    surface = term.surface.lower()
    found = [
        float(surface in standing.label or (in_title and standing.fits(question)))
        for standing in view.standings
    ]
    return _either(held, found) if any(found) else held


def _lent(held: Sequence[float], standings: Sequence[Standing]) -> list[float]:
    """What sentences hold with what counts as their own: the header's of a row, the question's of
    an answer."""
    return [
        here if standing.lender is None else max(here, _LENT * held[standing.lender])
        for here, standing in zip(held, standings, strict=True)
    ]


def _matches(term: Term, view: _View) -> list[float] | None:
    """How surely each sentence holds the term, 0 to 1; None when no sentence does."""
    held = None
    if term.key in view.every_key:
        held = [1.0 if term.key in keys else 0.0 for keys in view.keys]
    surface = term.surface.lower()
    if has_hangul(surface):
        # Kiwi may cut a compound, or the stem of a verb, differently in another sentence.
        for written in {surface, term.compound.lower()}:
            if len(written) > 1 and written in view.text:
                held = _either(held, [_written(written, i, view) for i in range(len(view.texts))])
        if term.key.endswith("다"):
            held = _either(held, [_NEARLY * _same_stem(term.key, verbs) for verbs in view.verbs])
    elif len(term.key) > 4 and not term.key.isdigit() and term.key[:-2] in view.text:
        start = term.key[:-2]
        found = [
            _NEARLY if start in text and _varies(term.key, start, keys) else 0.0
            for text, keys in zip(view.texts, view.keys, strict=True)
        ]
        held = _either(held, found)
    return held if held and any(held) else None


def _written(word: str, sentence: int, view: _View) -> float:
    """How surely a sentence holds a word that is written in it: 터키 stands in 켄터키 by chance."""
    text = view.texts[sentence]
    if word not in text:
        return 0.0
    if len(word) > _SHORT:
        return 1.0
    starts, ends = view.bounds[sentence]
    place = text.find(word)
    while place >= 0:
        if place in starts and place + len(word) in ends:
            return 1.0
        place = text.find(word, place + 1)
    return _BY_CHANCE


def _holding(rendering: Rendering, view: _View) -> list[bool]:
    """Which sentences hold a rendering; none of them where the chunk does not."""
    if rendering.form:
        if rendering.keys[0] not in view.every_form:
            return []
        return [rendering.keys[0] in forms for forms in view.forms]
    if not view.every_key.issuperset(rendering.keys):
        return []
    return [keys.issuperset(rendering.keys) for keys in view.keys]


def _either(one: list[float] | None, other: list[float]) -> list[float]:
    return other if one is None else list(map(max, one, other))


def _varies(key: str, start: str, others: Iterable[str]) -> bool:
    """Whether one of the others is nearly the same word: Alexander for Alexandr."""
    return any(k.startswith(start) and abs(len(k) - len(key)) <= 2 for k in others)


def _same_stem(key: str, verbs: Iterable[str]) -> bool:
    """Whether a verb of two syllables or more begins as another does: 자라다 and 자라나다."""
    stem = key.removesuffix("다")
    return len(stem) > 1 and any(
        verb.startswith(stem) or (len(verb) > 2 and key.startswith(verb[:-1])) for verb in verbs
    )
