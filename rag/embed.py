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
import threading
from collections.abc import Callable, Mapping, Sequence
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
from rag.text.morphemes import analyse, analyse_many, is_hangul, kiwi, number_of
from rag.text.rarity import rarity

Vector = NDArray[np.float32]
_SHARED, _ENGLISH = 256, 256
_ENGLISH_SHARE = 0.5  # of English text, for what only English vectors can tell
_MAPPED_SHARE = 0.5  # of the learned map beside the lexicon's renderings
_RENDERINGS = 3
_KEPT_WORDS = 50_000
_FEW = 8  # words that are added to many sums at a time
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
        words: list[list[_Word]] = []
        latin: list[str] = []
        shares: list[float] = []
        for text, tokens in zip(texts, analyse_many(texts), strict=True):
            found = [(t, is_hangul(t.key)) for t in tokens if t.key]
            surfaces = [text[t.start : t.end] for t, hangul in found if not hangul]
            latin.append(" ".join(surfaces))
            shares.append(_ENGLISH_SHARE * len(surfaces) / max(1, len(found)))
            words.append(
                [
                    (t.key, t.tag if hangul else text[t.start : t.end].lower())
                    for t, hangul in found
                    # A number means the same only where it is the same.
                    if hangul or t.tag != "SN"
                ]
            )
        own = np.array(shares)[:, None]
        rows = np.empty((len(texts), _SHARED + _ENGLISH), dtype=np.float32)
        rows[:, :_SHARED] = np.sqrt(1 - own) * self._shared.means(words)
        rows[:, _SHARED:] = np.sqrt(own) * self._english.means(latin)
        lengths = _lengths(rows)
        rows /= np.where(lengths > 0, lengths, 1)[:, None]
        rows[lengths == 0, 0] = 1.0  # without content: anywhere, but not NaN under the cosine
        out: list[list[float]] = rows.tolist()
        return out

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


_Word = tuple[str, str]
"""What a token is compared by, and its tag, or for an English word how it is written."""
_RENDERING = "*"  # in place of a tag: the whole is a rendering of the lexicon


class _Table:
    """The vectors of words, one below the other; the first row is zero, for those without one.
    A row never moves or changes, so whoever adds disturbs nobody who reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = 1
        self.rows: Vector = np.zeros((4096, _SHARED), dtype=np.float32)
        self.numbers: dict[_Word, int] = {}

    def lacks(self, words: set[_Word]) -> list[_Word]:
        return sorted(word for word in words if word not in self.numbers)

    def add(self, vectors: Mapping[_Word, Vector | None]) -> None:
        with self._lock:
            if self._held + len(vectors) > len(self.rows):
                longer = np.zeros((2 * (self._held + len(vectors)), _SHARED), dtype=np.float32)
                longer[: self._held] = self.rows[: self._held]
                self.rows = longer
            for word, vector in vectors.items():
                if vector is None:
                    self.numbers[word] = 0
                elif word not in self.numbers:
                    self.rows[self._held] = vector
                    self.numbers[word] = self._held
                    self._held += 1

    def means(self, texts: Sequence[Sequence[_Word]]) -> Vector:
        """The unit-length mean of each text over its words, weighted by rarity."""
        numbers = self.numbers
        places = [[numbers[word] for word in words] for words in texts]
        weights = [[rarity(key) for key, _ in words] for words in texts]
        return _unit(_sums(self.rows, places, weights))


class SharedVectors:
    """Both languages in the space of Kiwi's vectors: Korean words by their own, English words by
    their renderings in the lexicon and by a learned map of their own vectors."""

    def __init__(self, korean: KoreanVectors, english: EnglishVectors) -> None:
        self._korean = korean
        self._english = english
        with np.load(weights("shared_space.npz")) as stored:
            self._map = stored["map"].astype(np.float32)
        self._table = _Table()

    def means(self, texts: Sequence[Sequence[_Word]]) -> Vector:
        """The unit-length mean of each text over its content words, weighted by rarity; zeros
        if it has none."""
        if len(self._table.numbers) > _KEPT_WORDS:
            self._table = _Table()
        table = self._table
        wanted = {word for words in texts for word in words}
        self._add_korean(table, {word for word in wanted if is_hangul(word[0])})
        self._add_english(table, {word for word in wanted if not is_hangul(word[0])})
        return table.means(texts)

    def _add_korean(self, table: _Table, words: set[_Word]) -> None:
        table.add({word: self._korean.of(*word) for word in table.lacks(words)})

    def _add_english(self, table: _Table, words: set[_Word]) -> None:
        """Unknown words are made together."""
        fresh = table.lacks(words)
        if not fresh:
            return
        own = self._english.means([word for _, word in fresh])
        mapped = np.stack([vector @ self._map for vector in own])
        shares = _MAPPED_SHARE / np.maximum(_lengths(mapped).astype(np.float64), 1e-9)
        mapped *= shares.astype(np.float32)[:, None]
        options = [lexicon().korean(english_lookup([word]))[:_RENDERINGS] for _, word in fresh]
        named = [[(text, _RENDERING) for text, _ in found] for found in options]
        self._add_renderings(table, {word for words in named for word in words})
        places = [[table.numbers[word] for word in words] for words in named]
        mapped += _unit(_sums(table.rows, places, [[weight for _, weight in f] for f in options]))
        mapped /= np.maximum(_lengths(mapped), 1e-9)[:, None]
        table.add(dict(zip(fresh, mapped, strict=True)))

    def _add_renderings(self, table: _Table, words: set[_Word]) -> None:
        fresh = table.lacks(words)
        # One by one: they are short, and together they would wait behind longer ones.
        meant = [
            [(t.key, t.tag) for t in analyse(text, keep=False) if is_hangul(t.key)]
            for text, _ in fresh
        ]
        self._add_korean(table, {word for words in meant for word in words})
        table.add(dict(zip(fresh, table.means(meant), strict=True)))


def _sums(
    rows: Vector, groups: Sequence[Sequence[int]], weights: Sequence[Sequence[float]] | None = None
) -> Vector:
    """For each group the sum of the rows that it names, each times its weight, added in their
    order: a sum is the same to the last bit whatever other groups there are."""
    out = np.zeros((len(groups), rows.shape[1]), dtype=np.float32)

    def weighted(named: Sequence[int], shares: Sequence[float]) -> Vector:
        found: Vector = rows[named]
        return found * np.array(shares, dtype=np.float32)[:, None] if weights else found

    few = []
    for place, group in enumerate(groups):
        if len(group) <= _FEW:
            few.append(place)
        else:
            shares = weights[place] if weights else ()
            out[place] = np.add.reduce(weighted(group, shares), axis=0)
    for nth in range(_FEW):
        few = [place for place in few if len(groups[place]) > nth]
        if few:
            shares = [weights[place][nth] for place in few] if weights else ()
            out[few] += weighted([groups[place][nth] for place in few], shares)
    return out


def _lengths(rows: Vector) -> Vector:
    """The length of each row, by its own: many at once differ from one alone in the last bit."""
    lengths: Vector = np.sqrt(np.array([row.dot(row) for row in rows], dtype=np.float32))
    return lengths


def _unit(rows: Vector) -> Vector:
    """The rows at unit length; zeros stay zeros."""
    lengths = _lengths(rows)
    rows /= np.where(lengths > 0, lengths, 1)[:, None]
    return rows


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

    def of(self, key: str, tag: str) -> Vector | None:
        """The unit-length vector of a Korean morpheme; None when Kiwi's model has none."""
        form = key[:-1] if tag.startswith(("VV", "VA")) else key
        return self._compute(form, tag.split("-")[0])

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
        unit: Vector = vector / max(float(np.sqrt(vector.dot(vector))), 1e-9)
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
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        groups = [encoding.ids for encoding in encoded]
        rows = _sums(self._table, groups)
        rows /= np.array([max(len(group), 1) for group in groups], dtype=np.float32)[:, None]
        return _unit(rows)
