"""Text to vectors. The port is LlamaIndex's `BaseEmbedding`, so any of its integrations fits.

The embedded default has no network of its own: it averages static word vectors that installed
packages carry. English: the 32,000 token vectors in `wordllama` (its own loader goes online, so
the two files are opened directly). Korean: Kiwi's similarities to 256 landmark morphemes,
projected (see `rag.train.static_vectors`). English words stand in the Korean space as well, by the
lexicon and a learned map (`rag.train.shared_space`), so that texts of both languages compare; the
English vectors stand beside that space. It does not know word order or negation.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray
from pydantic import PrivateAttr

from rag.bilingual import english_lookup, lexicon
from rag.errors import ModelBrokenError, ModelError, RagError, StoreError
from rag.resources import weights
from rag.text.morphemes import Token, analyse_many, is_hangul, kiwi, number_of
from rag.text.rarity import rarity

Vector = NDArray[np.float32]
_SHARED, _ENGLISH = 256, 256
_ENGLISH_SHARE = 0.5  # of English text, for what only English vectors can tell
_MAPPED_SHARE = 0.5  # of the learned map beside the lexicon's renderings
_RENDERINGS = 3
_KEPT_WORDS = 50_000
_COMPARED = 4  # similarities that are equal to the last bit: the same morpheme


def embed_texts(embedder: BaseEmbedding, texts: Sequence[str]) -> Vector:
    """One row of unit length per text; shape (len(texts), dimension). Raises ModelError."""
    return _units(embedder, lambda: embedder.get_text_embedding_batch(list(texts)))


def embed_question(embedder: BaseEmbedding, text: str) -> list[float]:
    """The vector of a question, of unit length. Raises ModelError."""
    out: list[float] = _units(embedder, lambda: [embedder.get_query_embedding(text)])[0].tolist()
    return out


def embedder_name(embedder: BaseEmbedding) -> str:
    """By which name vectors are kept: the same name means that they compare. What somebody else
    built may leave the model's name out, so its class stands before it."""
    own = type(embedder).__module__.split(".")[0] == "rag"
    return embedder.model_name if own else f"{type(embedder).__name__}/{embedder.model_name}"


def _units(embedder: BaseEmbedding, ask: Callable[[], list[list[float]]]) -> Vector:
    """The rows that the embedder gives, brought to unit length."""
    try:
        rows = np.asarray(ask(), dtype=np.float32)
    except RagError:
        raise
    except Exception as error:  # other people's embedders raise errors of every kind
        raise ModelError(
            f"The embedder {embedder.model_name} failed ({type(error).__name__}: {error})."
        ) from error
    if rows.ndim != 2 and rows.size:
        raise ModelBrokenError(f"The embedder {embedder.model_name} gave no vectors of one length.")
    if not np.isfinite(rows).all():
        raise ModelBrokenError(f"The embedder {embedder.model_name} gave a vector with NaN.")
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Vector = rows / np.maximum(lengths, 1e-9)
    return unit


class StaticEmbedding(BaseEmbedding):
    """The embedded default: 512 dimensions, the same vector for a question as for a text."""

    _english: EnglishVectors = PrivateAttr()
    _shared: SharedVectors = PrivateAttr()

    def __init__(self, **kwargs: Any) -> None:
        name = f"static-2+kiwi-{version('kiwipiepy-model')}+wordllama-{version('wordllama')}"
        super().__init__(model_name=name, embed_batch_size=256, **kwargs)
        self._english = EnglishVectors()
        self._shared = SharedVectors(KoreanVectors(), self._english)

    @classmethod
    def class_name(cls) -> str:
        return "StaticEmbedding"

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        analysed = [[t for t in tokens if t.key] for tokens in analyse_many(texts)]
        latin = [[t for t in tokens if not is_hangul(t.key)] for tokens in analysed]
        english = self._english.means(
            [
                " ".join([text[t.start : t.end] for t in tokens])
                for text, tokens in zip(texts, latin, strict=True)
            ]
        )
        shared = self._shared.means(texts, analysed)
        rows = np.zeros((len(texts), _SHARED + _ENGLISH), dtype=np.float32)
        shares = [len(few) / max(1, len(all_)) for few, all_ in zip(latin, analysed, strict=True)]
        for row, share, common, mean in zip(rows, shares, shared, english, strict=True):
            own = _ENGLISH_SHARE * share
            row[:_SHARED] = np.sqrt(1 - own) * common
            row[_SHARED:] = np.sqrt(own) * mean
            length = _length(row)
            if length > 0:
                row /= length
            else:
                row[0] = 1.0  # a text without content: anywhere, but not NaN under the cosine
        out: list[list[float]] = rows.tolist()
        return out

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class SharedVectors:
    """Both languages in the space of Kiwi's vectors: Korean words by their own, English words by
    their renderings in the lexicon and by a learned map of their own vectors."""

    def __init__(self, korean: KoreanVectors, english: EnglishVectors) -> None:
        self._korean = korean
        self._english = english
        with np.load(weights("shared_space.npz")) as stored:
            self._map = stored["map"].astype(np.float32)
        self._known: dict[str, Vector] = {}

    def means(self, texts: Sequence[str], analysed: Sequence[Sequence[Token]]) -> Vector:
        """The unit-length mean of each text over its content tokens, weighted by rarity; zeros
        if it has none."""
        words = [
            # A number means the same only where it is the same.
            [
                "" if t.tag == "SN" or is_hangul(t.key) else text[t.start : t.end].lower()
                for t in tokens
            ]
            for text, tokens in zip(texts, analysed, strict=True)
        ]
        english = self._of_english({word for row in words for word in row if word})
        rows = np.zeros((len(texts), _SHARED), dtype=np.float32)
        for row, tokens, latin in zip(rows, analysed, words, strict=True):
            row[:] = _unit_sum(
                (rarity(token.key), english[word] if word else self._korean.of(token))
                for token, word in zip(tokens, latin, strict=True)
                if word or is_hangul(token.key)
            )
        return rows

    def _of_english(self, words: set[str]) -> Mapping[str, Vector]:
        """The vector of each word. Unknown ones are made together: their renderings go through
        Kiwi at once."""
        found = {word: self._known[word] for word in words if word in self._known}
        fresh = sorted(words - found.keys())
        if not fresh:
            return found
        renderings = [lexicon().korean(english_lookup([word]))[:_RENDERINGS] for word in fresh]
        texts = list(dict.fromkeys(text for options in renderings for text, _ in options))
        analysed = dict(zip(texts, analyse_many(texts, keep=False), strict=True))
        own = self._english.means(fresh)
        for word, options, vector in zip(fresh, renderings, own, strict=True):
            mapped = vector @ self._map
            mapped *= _MAPPED_SHARE / max(_length(mapped), 1e-9)
            if options:
                mapped = mapped + _unit_sum(
                    (weight, self._korean.mean(analysed[text])) for text, weight in options
                )
            found[word] = mapped / max(_length(mapped), 1e-9)
        if len(self._known) > _KEPT_WORDS:
            self._known = {}
        self._known |= found
        return found


def _unit_sum(weighted: Iterable[tuple[float, Vector | None]]) -> Vector:
    """The sum of weighted vectors, brought to unit length; zeros if there is none."""
    total = np.zeros(_SHARED, dtype=np.float32)
    for weight, vector in weighted:
        if vector is not None:
            total += weight * vector
    unit: Vector = total / (_length(total) or 1.0)
    return unit


def _length(vector: Vector) -> float:
    """As numpy's own norm, to the last bit, without what that looks at first."""
    return float(np.sqrt(vector.dot(vector)))


class KoreanVectors:
    def __init__(self) -> None:
        with np.load(weights("korean_vectors.npz")) as stored:
            names = [tuple(str(name).rsplit("/", 1)) for name in stored["landmarks"]]
            # Kiwi compares numbers about thrice as fast as (form, tag) pairs.
            self._landmarks: list[int] = stored["numbers"].tolist()
            self._projection = stored["projection"].astype(np.float32)
            self._mean = stored["mean"]
            self._component = stored["component"]
        held = [kiwi().morpheme(number) for number in self._landmarks]
        if [(m.form, m.tag) for m in held] != names:
            raise StoreError("The Kiwi model and the learned vectors do not fit: install again.")
        self._vector = lru_cache(maxsize=50_000)(self._compute)

    def of(self, token: Token) -> Vector | None:
        """The unit-length vector of a Korean morpheme; None when Kiwi's model has none."""
        form = token.key[:-1] if token.tag.startswith(("VV", "VA")) else token.key
        return self._vector(form, token.tag.split("-")[0])

    def mean(self, tokens: Sequence[Token]) -> Vector:
        """The unit-length mean of the morphemes' vectors, weighted by rarity; zeros if none."""
        return _unit_sum((rarity(t.key), self.of(t)) for t in tokens if is_hangul(t.key))

    def _compute(self, form: str, tag: str) -> Vector | None:
        model, marks, pair = kiwi(), self._landmarks, (form, tag)
        # What wraps Kiwi's own method takes twice its time, and a word has 256 landmarks.
        similarity: Callable[[object, int], float]
        similarity = super(type(model), model).morpheme_similarity  # type: ignore[misc]
        try:
            first = [similarity(pair, mark) for mark in marks[:_COMPARED]]
        except ValueError:  # a word that Kiwi's model does not hold
            return None
        # Kiwi looks up a pair at each comparison, a number not. But not each number has a vector.
        number = number_of(form, tag)
        same = number is not None and first == [similarity(number, m) for m in marks[:_COMPARED]]
        near = np.fromiter(map(similarity, repeat(number if same else pair), marks), np.float32)
        vector = near @ self._projection - self._mean
        vector -= (vector @ self._component) * self._component
        length = _length(vector)
        unit: Vector = vector / max(length, 1e-9)
        return unit


class EnglishVectors:
    def __init__(self) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        spec = importlib.util.find_spec("wordllama")
        if spec is None or spec.origin is None:
            raise StoreError("The package wordllama is missing: install geungeo again.")
        folder = Path(spec.origin).parent
        tables = load_file(folder / "weights" / "l2_supercat_256.safetensors")
        self._table = next(iter(tables.values())).astype(np.float32)
        self._tokenizer = Tokenizer.from_file(
            str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
        )
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def means(self, texts: Sequence[str]) -> Vector:
        """The unit-length mean of the token vectors of each text; zeros for an empty one."""
        rows = np.zeros((len(texts), _ENGLISH), dtype=np.float32)
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for row, encoding in zip(rows, encoded, strict=True):
            if encoding.ids:
                row[:] = np.add.reduce(self._table[encoding.ids], axis=0) / len(encoding.ids)
                row /= max(_length(row), 1e-9)
        return rows
