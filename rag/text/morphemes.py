"""Tokens of Korean and English text: Kiwi morphemes, Snowball stems, character bigrams.

Every token keeps its place in the text, so whatever is decided on tokens can be shown in the
text. `key` is what tokens are compared by: the form of a Korean noun, the form of a verb with
다, the lower-case stem of an English word, digits without separators; it is empty for words
that carry no content (particles, endings, articles). It knows no documents and no weights.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from rag.text.irregular import FORMS

if TYPE_CHECKING:
    from kiwipiepy import Kiwi
    from kiwipiepy import Token as KiwiToken

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_LATIN_WORD = re.compile(
    r"(?P<number>\d+(?:[.,:]\d+)*)|(?P<initials>(?:[^\W\d_]\.){2,})|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
)
_BIGRAM_RUN = re.compile(r"[^\W_]+")
_NOUN_TAGS = frozenset({"NNG", "NNP", "NR", "XR", "SH", "SL", "SN"})
_VERB_TAGS = frozenset({"VV", "VA", "VX"})
# Verbs and adverbs that say nothing about the subject.
_LIGHT = frozenset(
    "하다 되다 있다 없다 이다 아니다 같다 보다 주다 가다 오다 대하다 위하다 따르다 통하다 의하다 "
    "관하다 않다 못하다 싶다 그렇다 이렇다 어떻다 알다 말다 그러다 이러다 어떠하다 알리다".split()
)
_CONTENT_ADVERB = frozenset({"MAG"})
_EMPTY_ADVERBS = frozenset(
    "언제 왜 어떻게 얼마나 가장 더 다시 또 이미 매우 아주 너무 많이 잘 모두 다 함께 바로 "
    "어디 그냥 안 못 좀 몇 곧 특히 주로 각각 약 거의 정말".split()
)
_EMPTY_NOUNS = frozenset(
    "무엇 뭐 누구 어디 얼마 것 수 등 때 중 이 그 저 언제 이유 까닭 무슨".split()
)
ENGLISH_STOPWORDS = frozenset(
    "a an the and or but if of at by for with about to from in on as is are was were be "
    "been being am do does did doing have has had having it its he him his she her hers "
    "they them their theirs we us our ours you your yours i me my mine this that these "
    "those who whom whose which what when where why how there here not no nor so than too "
    "very can could will would shall should may might must just also into over under out up "
    "down off then once each both s t re ve ll d m any some such own same other more most "
    "many much per via".split()
)


class Token(NamedTuple):
    """`start` and `end` are code points into the analysed text; `key` is "" without content."""

    key: str
    tag: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        return self.tag in ("SN", "NR")

    @property
    def is_name(self) -> bool:
        """A proper noun, or a Latin word written with a capital."""
        return self.tag in ("NNP", "EN_NAME", "SL")


# Many thousand tokens are made for each document: without a call of Python's for each.
_token: Callable[[tuple[str, str, int, int]], Token] = partial(tuple.__new__, Token)


def tokens_of(
    keys: Iterable[str], tags: Iterable[str], starts: Iterable[int], ends: Iterable[int]
) -> tuple[Token, ...]:
    """Tokens from their columns, which have one length."""
    return tuple(map(_token, zip(keys, tags, starts, ends, strict=True)))


class _Cache:
    """The latest analyses by text: the embedder, the lexical index and the reader ask for the
    same text one after another, and Kiwi is the most expensive part of ingest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[Token, ...]] = OrderedDict()

    def get(self, text: str) -> tuple[Token, ...] | None:
        with self._lock:
            return self._entries.get(text)

    def put(self, text: str, tokens: tuple[Token, ...]) -> None:
        with self._lock:
            self._entries[text] = tokens
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)


_cache = _Cache(2048)
_keys: dict[tuple[str, str], str] = {}  # of (form, tag)
_numbers: dict[tuple[str, str], int] = {}
_MOST_WORDS = 100_000
_kiwi_lock = threading.Lock()
_loaded: list[Kiwi] = []


def kiwi() -> Kiwi:
    """The one Kiwi of this process, loaded at first use (about two seconds) without its
    multi-word dictionary, which doubles that and would hide the parts of compound names."""
    with _kiwi_lock:
        if not _loaded:
            from kiwipiepy import Kiwi

            _loaded.append(Kiwi(load_multi_dict=False))
            _loaded[0].tokenize("가")  # the model itself is only read at the first call
        return _loaded[0]


def analyser_version() -> str:
    """Names what tokens depend on; part of the identity card of an index."""
    return f"kiwi-{version('kiwipiepy')}+model-{version('kiwipiepy-model')}+snowball+3"


def analyse(text: str, *, keep: bool = True) -> tuple[Token, ...]:
    """The tokens of one text, in order; `keep` as in `analyse_many`."""
    return analyse_many([text], keep=keep)[0]


def analyse_many(texts: Sequence[str], *, keep: bool = True) -> list[tuple[Token, ...]]:
    """The tokens of each text. Texts with Hangul go through Kiwi together, on all cores; one alone
    does not wait for those of others. Without `keep` they take no place among the latest, for
    texts that nobody else will ask for."""
    found = {text: hit for text in texts if (hit := _cache.get(text)) is not None}
    korean = [t for t in dict.fromkeys(texts) if t not in found and _HANGUL.search(t)]
    if korean:
        model = kiwi()
        # Kiwi's threads work on the next texts while these tokens are made.
        analysed = model.tokenize(korean) if len(korean) > 1 else [model.tokenize(korean[0])]
        for text, morphemes in zip(korean, analysed, strict=True):
            found[text] = _korean_tokens(morphemes)
            if keep:
                _cache.put(text, found[text])
    for text in texts:
        if text not in found:
            found[text] = tuple(_latin_tokens(text))
            if keep:
                _cache.put(text, found[text])
    return [found[text] for text in texts]


def _korean_tokens(morphemes: Iterable[KiwiToken]) -> tuple[Token, ...]:
    rows = []
    for m in morphemes:
        pair = form, tag = m.form, m.tag
        key = _keys.get(pair)
        if key is None:
            if len(_keys) > _MOST_WORDS:
                _keys.clear()
                _numbers.clear()
            key = _keys[pair] = _korean_key(form, tag)
            _numbers[pair] = m.id
        rows.append(_token((key, tag, m.start, m.end)))
    return tuple(rows)


def number_of(form: str, tag: str) -> int | None:
    """Kiwi's number of a morpheme that was lately found in a text, None of any other."""
    return _numbers.get((form, tag))


def has_hangul(text: str) -> bool:
    return _HANGUL.search(text) is not None


@lru_cache(maxsize=65536)
def is_hangul(key: str) -> bool:
    """`has_hangul` of a token's key, kept: the same words come again and again."""
    return has_hangul(key)


def _korean_key(form: str, tag: str) -> str:
    base = tag.split("-")[0]
    if base == "SN":
        return form.replace(",", "")
    if base == "SL":
        return english_key(form)
    if base in _NOUN_TAGS or base.startswith("W_"):
        return "" if form in _EMPTY_NOUNS else form.lower()
    if base in _VERB_TAGS:
        verb = form + "다"
        return "" if verb in _LIGHT or base == "VX" else verb
    if base in _CONTENT_ADVERB:
        return "" if form in _EMPTY_ADVERBS else form
    return ""


@lru_cache(maxsize=65536)
def english_key(word: str) -> str:
    """The stem by which an English word is compared; "" for a stop word."""
    lower = word.lower().replace("’", "'").removesuffix("'s")
    if "." in lower:  # initials: U.S. is not the pronoun
        return lower.replace(".", "")
    lower = lower.removesuffix("n't")  # didn't, aren't
    if lower in ENGLISH_STOPWORDS:
        return ""
    lower = FORMS.get(lower, lower)
    return _stemmer().stemWord(lower)


if TYPE_CHECKING:

    class _Stem:
        def stemWord(self, word: str) -> str: ...


_stemmers = threading.local()


def _stemmer() -> _Stem:
    # PyStemmer objects must not be shared between threads.
    if not hasattr(_stemmers, "english"):
        import Stemmer

        _stemmers.english = Stemmer.Stemmer("english")
    stem: _Stem = _stemmers.english
    return stem


def _latin_tokens(text: str) -> Iterable[Token]:
    for match in _LATIN_WORD.finditer(text):
        word = match.group()
        if match.lastgroup == "number":
            yield Token(word.replace(",", ""), "SN", match.start(), match.end())
        else:
            yield _token((english_key(word), _latin_tag(word), match.start(), match.end()))


@lru_cache(maxsize=65536)
def _latin_tag(word: str) -> str:
    name = word[0].isupper() and word.lower() not in ENGLISH_STOPWORDS
    return "EN_NAME" if name else "EN"


def bigrams(text: str) -> list[str]:
    """Character bigrams of each run of letters that holds Hangul, with repetitions."""
    if not has_hangul(text):
        return []
    return [
        run[i : i + 2]
        for run in _BIGRAM_RUN.findall(text.lower())
        if _HANGUL.search(run)
        for i in range(len(run) - 1)
    ]
