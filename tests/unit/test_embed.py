"""The embedded vectors are the same however they come about."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rag import embed
from rag.embed import KoreanVectors, StaticEmbedding
from rag.text.morphemes import analyse, number_of

TEXTS = [
    "홍권과 홍가권은 중국 무술의 한 갈래이다. 투자자는 2019년 무술 영화에 돈을 댔다.",
    "The choir of Tromsø was founded in 1987; its singers love OpenAI and old martial arts films.",
    "OpenAI의 새 모델은 영화 투자에 쓰인다.",
    "...",
]


def test_texts_have_the_same_vectors_alone_and_together() -> None:
    together = StaticEmbedding().get_text_embedding_batch(TEXTS)
    embedder = StaticEmbedding()
    assert [embedder.get_text_embedding(text) for text in reversed(TEXTS)] == together[::-1]


def test_a_morpheme_has_the_same_vector_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [token for text in TEXTS for token in analyse(text) if token.key]
    assert number_of("투자", "NNG") is not None
    by_number = [KoreanVectors().of(token.key, token.tag) for token in tokens]
    monkeypatch.setattr(embed, "number_of", lambda form, tag: None)
    by_pair = [KoreanVectors().of(token.key, token.tag) for token in tokens]
    assert sum(vector is not None for vector in by_number) > 10
    for one, other in zip(by_number, by_pair, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert np.isfinite(one).all()
            assert one.tobytes() == other.tobytes()


def test_many_threads_may_embed_at_once() -> None:
    alone = StaticEmbedding().get_text_embedding_batch(TEXTS)
    embedder = StaticEmbedding()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(embedder.get_text_embedding, TEXTS * 8))
    assert found == alone * 8


def test_words_that_were_forgotten_are_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = StaticEmbedding()
    before = embedder.get_text_embedding_batch(TEXTS)
    monkeypatch.setattr(embed, "_KEPT_WORDS", 3)
    assert [embedder.get_text_embedding(text) for text in TEXTS] == before
