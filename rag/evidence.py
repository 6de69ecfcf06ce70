"""How well each sentence of the retrieved passages matches a question.

Coverage is the share of the question's content, weighed by rarity, that a sentence holds, with
part of the credit for words that stand just beside it: "The head of the MSL is Wang" is read
with the sentence before, which says what the MSL is. It knows words only: a sentence on the right
topic that does not hold the fact looks like one that does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rag.question import Question, Term
from rag.rows import StoredChunk
from rag.text.morphemes import Token, has_hangul
from rag.types import Sentence

# The credit of a question word found in the sentence beside, elsewhere in the chunk, in the title.
_BESIDE, _IN_CHUNK, _IN_TITLE = 0.6, 0.4, 0.4
_NEARLY = 0.8  # an inflected or variously spelled form: Alexander for Alexandr


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence with its coverage: `inside` counts only what it holds itself, `coverage` also
    what stands around it; both 0 to 1. `matched` are the keys that the sentence holds."""

    chunk: StoredChunk
    sentence: Sentence
    tokens: tuple[Token, ...]
    inside: float
    coverage: float
    matched: frozenset[str]

    @property
    def text(self) -> str:
        start = self.chunk.chunk.span.start
        return self.chunk.chunk.text[
            self.sentence.span.start - start : self.sentence.span.end - start
        ]


def weigh(question: Question, chunk: StoredChunk) -> list[Evidence]:
    """Evidence for every body sentence of a chunk, in order."""
    sentences = chunk.chunk.sentences
    split = _tokens_by_sentence(chunk)
    texts = [
        chunk.chunk.text[
            s.span.start - chunk.chunk.span.start : s.span.end - chunk.chunk.span.start
        ].lower()
        for s in sentences
    ]
    total = sum(term.weight for term in question.terms) or 1.0
    title = chunk.title.lower()
    held = [
        [_match(term, tokens, text) for term in question.terms]
        for tokens, text in zip(split, texts, strict=True)
    ]
    out = []
    for index, sentence in enumerate(sentences):
        if sentence.role != "body":
            continue
        inside = around = 0.0
        for column, term in enumerate(question.terms):
            here = held[index][column]
            near = max(
                (held[i][column] for i in (index - 1, index + 1) if 0 <= i < len(held)), default=0.0
            )
            far = max((row[column] for row in held), default=0.0)
            named = _IN_TITLE if term.surface.lower() in title else 0.0
            inside += term.weight * here
            around += term.weight * max(here, _BESIDE * near, _IN_CHUNK * far, named)
        out.append(
            Evidence(
                chunk=chunk,
                sentence=sentence,
                tokens=split[index],
                inside=inside / total,
                coverage=around / total,
                matched=frozenset(
                    term.key for term, m in zip(question.terms, held[index], strict=True) if m
                ),
            )
        )
    return out


def _tokens_by_sentence(chunk: StoredChunk) -> list[tuple[Token, ...]]:
    tokens, base = chunk.tokens, chunk.chunk.span.start
    starts = [token.start for token in tokens]
    return [
        tokens[bisect_left(starts, s.span.start - base) : bisect_left(starts, s.span.end - base)]
        for s in chunk.chunk.sentences
    ]


def _match(term: Term, tokens: Sequence[Token], text: str) -> float:
    """How surely the sentence holds the term, 0 to 1. `text` is its lower-case text."""
    if any(token.key == term.key for token in tokens):
        return 1.0
    surface = term.surface.lower()
    if has_hangul(surface):
        # Kiwi may cut a compound, or the stem of a verb, differently in another sentence.
        if (len(surface) > 1 and surface in text) or term.compound in text:
            return 1.0
        return _NEARLY if _same_stem(term.key, tokens) else 0.0
    if len(term.key) > 4 and not term.key.isdigit():
        stem = term.key[: len(term.key) - 2]
        if any(
            token.key.startswith(stem) and abs(len(token.key) - len(term.key)) <= 2
            for token in tokens
            if token.key
        ):
            return _NEARLY
    return 0.0


def _same_stem(key: str, tokens: Sequence[Token]) -> bool:
    """Whether a verb of two syllables or more begins as another does: 자라다 and 자라나다."""
    stem = key.removesuffix("다")
    if stem == key or len(stem) < 2:
        return False
    return any(
        token.tag.startswith(("VV", "VA"))
        and (token.key.startswith(stem) or (len(token.key) > 2 and key.startswith(token.key[:-1])))
        for token in tokens
        if token.key
    )
