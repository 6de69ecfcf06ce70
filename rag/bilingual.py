"""How the words of a question may read in the other language: Korean to English and back.

Five sources: what the collection itself teaches (`rag.gloss`), a lexicon of our own
(`rag/weights/lexicon`), CLDR's names of countries, languages, currencies, months and days (babel),
the sound of names, and the value of numbers (143억 is $14.3 billion). Each rendering carries a
weight, as in probabilistic structured queries (Darwish and Oard 2003): how surely a text in the
other language would use it. It translates words and phrases, not sentences.
"""

from __future__ import annotations

import bisect
import gzip
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from rag.figures import Figure, figures
from rag.gloss import find_glosses
from rag.question import Question
from rag.resources import weights
from rag.text.morphemes import Token, analyse, english_key, has_hangul
from rag.text.phonetic import hangul_skeleton, latin_skeletons, letters

_WORD_OF_PHRASE = 0.5  # of a word's own renderings where a phrase around it was found
_LONGEST_PHRASE = 5  # in words
MOST_RENDERINGS = 8  # of a term, kept and searched
_SHORTEST_SOUND = 2  # consonants; shorter ones sound like half the dictionary
_SOUND_WEIGHT = {2: 0.35, 3: 0.75}
_UNLIKELY = 0.02  # a way to say a name
_ROMANISED = re.compile(
    r"\b(?:(?P<family>[A-Z][a-z]+) )?(?P<given>[A-Z][a-z]+-[A-Za-z][a-z]+)\b"
    r"(?: (?P<last>[A-Z][a-z]+)\b)?"
)
_SOUND_TAGS = frozenset({"NNP", "NNG", "NNB", "EN_NAME", "SL"})  # of what may be a name
_NUMBER_WEIGHT = 1.0
_TAUGHT = 0.9  # of what the collection itself says
_VERB_ENDINGS = ("하다", "되다", "시키다")


@dataclass(frozen=True, slots=True)
class Rendering:
    """What to look for instead: all of `keys` in the field `morpheme`, or the one in the field
    `form`. `weight` is 0 to 1."""

    keys: tuple[str, ...]
    weight: float
    form: bool = False


class Lexicon:
    """Entries by how they are looked up, likeliest renderings first; see `rag.train.lexicon`."""

    def __init__(self) -> None:
        self._korean_of = _read("lexicon_en.tsv.gz")
        self._english_of = _read("lexicon_ko.tsv.gz")
        for english, korean in _cldr():
            for table, lookup, text in (
                (self._korean_of, english_lookup(english.split()), korean),
                (self._english_of, korean_lookup(korean), english),
            ):
                table[lookup] = f"{table[lookup]}|{text}*1" if lookup in table else f"{text}*1"

    def korean(self, lookup: str) -> tuple[tuple[str, float], ...]:
        """Korean renderings of an English lookup, with weights."""
        return _parsed(self._korean_of.get(lookup, ""))

    def english(self, lookup: str) -> tuple[tuple[str, float], ...]:
        """English renderings of a Korean lookup, with weights."""
        return _parsed(self._english_of.get(lookup, ""))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The one lexicon of this process, read at first use."""
    return Lexicon()


def _read(name: str) -> dict[str, str]:
    lines = gzip.decompress(weights(name).read_bytes()).decode().split("\n")
    return dict(line.split("\t", 1) for line in lines)


def _parsed(packed: str) -> tuple[tuple[str, float], ...]:
    if not packed:
        return ()
    found = [item.rpartition("*") for item in packed.split("|")]
    return tuple((text, float(weight)) for text, _, weight in found)


def _cldr() -> Iterator[tuple[str, str]]:
    """The names that CLDR has in both languages."""
    from babel import Locale

    one, other = Locale("en"), Locale("ko")
    for english, korean in (
        (one.territories, other.territories),
        (one.languages, other.languages),
        (one.currencies, other.currencies),
        (one.months["format"]["wide"], other.months["format"]["wide"]),
        (one.days["format"]["wide"], other.days["format"]["wide"]),
    ):
        for code, name in english.items():
            if code in korean and has_hangul(korean[code]):
                yield name, korean[code]


def english_lookup(words: Iterable[str]) -> str:
    return " ".join(english_key(word) or word.lower() for word in words)


def korean_lookup(text: str) -> str:
    """투자하다 and 투자, 기후 변화 and 기후변화 are looked up alike."""
    joined = text.replace(" ", "")
    for ending in _VERB_ENDINGS:
        if joined.endswith(ending) and len(joined) > len(ending) + 1:
            return joined.removesuffix(ending)
    return joined


Glosses = Callable[[Sequence[str]], Mapping[str, Sequence[str]]]


def renderings(question: Question, glosses: Glosses) -> dict[str, tuple[Rendering, ...]]:
    """Term key -> how it may read otherwise, likeliest first, for the terms of a question in
    either language. `glosses` tells what the
    collection writes instead of some of the lookups it is given."""
    found: defaultdict[str, dict[tuple[str, ...], Rendering]] = defaultdict(dict)
    wanted = {term.key for term in question.terms}
    for terms, options in _looked_up(question, glosses):
        for text, weight in options:
            for term in terms:
                if term in wanted and _keys(text):
                    _keep(found[term], Rendering(_keys(text), weight))
    for token in question.tokens:
        if token.key in wanted and _may_be_name(token):
            for rendering in _sounds(question.text[token.start : token.end]):
                _keep(found[token.key], rendering)
    for keys, rendering in _korean_names(question):
        for key in wanted.intersection(keys):
            _keep(found[key], rendering)
    for figure in figures(question.text, question.tokens):
        first, end = (
            bisect.bisect_left(question.tokens, at, key=attrgetter("start"))
            for at in (figure.span.start, figure.span.end)
        )
        for token in question.tokens[first:end]:
            if token.key in wanted:
                _keep(found[token.key], Rendering((_form_of(figure),), _NUMBER_WEIGHT, form=True))
    return {
        term: tuple(sorted(options.values(), key=lambda r: -r.weight)[:MOST_RENDERINGS])
        for term, options in found.items()
    }


@lru_cache(maxsize=4096)
def word_renderings(key: str) -> tuple[tuple[str, ...], ...]:
    """The keys of each rendering of one word in the other language, likeliest first."""
    options = lexicon().english(korean_lookup(key)) if has_hangul(key) else lexicon().korean(key)
    ranked = sorted(options, key=lambda option: -option[1])
    return tuple(keys for text, _ in ranked if (keys := _keys(text)))


def glosses_of(texts: Iterable[tuple[str, Sequence[Token]]]) -> tuple[tuple[str, str], ...]:
    """(lookup, rendering), both ways, of every gloss in these texts with their tokens."""
    found: dict[tuple[str, str], None] = {}
    for text, tokens in texts:
        for gloss in find_glosses(text, tokens):
            found[english_lookup(gloss.latin.split()), gloss.korean] = None
            found[korean_lookup(gloss.korean), gloss.latin] = None
    return tuple(found)


def _keep(options: dict[tuple[str, ...], Rendering], new: Rendering) -> None:
    old = options.get(new.keys)
    if old is None or old.weight < new.weight:
        options[new.keys] = new


Options = Sequence[tuple[str, float]]


def _looked_up(question: Question, glosses: Glosses) -> Iterator[tuple[tuple[str, ...], Options]]:
    """(the term keys of a word or phrase, its renderings with weights), longest phrases first."""
    tokens = [token for token in question.tokens if token.tag not in _SKIPPED]
    groups = [
        (first, length, lookup)
        for length in range(min(_LONGEST_PHRASE, len(tokens)), 0, -1)
        for first in range(len(tokens) - length + 1)
        if (lookup := _lookup(question.text, tokens[first : first + length]))
    ]
    taught = glosses([lookup for _, _, lookup in groups])
    covered: set[int] = set()
    for first, length, lookup in groups:
        held = lexicon().english if has_hangul(lookup) else lexicon().korean
        options = [*((text, _TAUGHT) for text in taught.get(lookup, ())), *held(lookup)]
        if not options:
            continue
        places = set(range(first, first + length))
        share = _WORD_OF_PHRASE if length == 1 and places & covered else 1.0
        if length > 1:
            covered |= places
        keys = tuple(token.key for token in tokens[first : first + length] if token.key)
        yield keys, [(text, weight * share) for text, weight in options]


_SKIPPED = frozenset({"SF", "SP", "SS", "SSO", "SSC", "SE", "SO", "SW"})


def _lookup(text: str, group: Sequence[Token]) -> str:
    """How a run of tokens is looked up; "" when particles or endings part it."""
    surfaces = [text[token.start : token.end] for token in group]
    if not any(has_hangul(surface) for surface in surfaces):
        return english_lookup(surfaces)
    if len(group) == 1:
        return korean_lookup(group[0].key)
    if any(token.tag[0] not in "NXS" for token in group):
        return ""
    return korean_lookup("".join(surfaces))


@lru_cache(maxsize=50_000)
def _keys(text: str) -> tuple[str, ...]:
    """The content keys of a rendering, as a text that holds it has them."""
    return tuple(token.key for token in analyse(text) if token.key)


def _form_of(figure: Figure) -> str:
    kind = figure.unit if figure.unit in ("month", "weekday") else "number"
    return f"{kind}:{figure.value:.12g}"


def _may_be_sound(token: Token, word: str) -> bool:
    """Behind a number Kiwi takes a name for a unit, such as 메타 in 2013년 메타에 합류했다."""
    return token.tag in ("NNP", "NNG") or (token.tag == "NNB" and len(word) > 1)


def _may_be_name(token: Token) -> bool:
    return token.is_name or token.tag == "NNG"


def _sounds(word: str) -> Iterator[Rendering]:
    """The skeletons under which a name is found in the other script."""
    if has_hangul(word):
        skeletons: Iterable[tuple[str, float]] = [(hangul_skeleton(word), 1.0)]
        script = "latin"
    else:
        skeletons = latin_skeletons(word) if len(letters(word)) > 2 else ()
        script = "hangul"
    for skeleton, chance in skeletons:
        if len(skeleton) >= _SHORTEST_SOUND:
            share = _SOUND_WEIGHT.get(len(skeleton), 1.0)
            yield Rendering((f"{script}:{skeleton}",), share * chance**0.5, form=True)


def _korean_names(question: Question) -> Iterator[tuple[set[str], Rendering]]:
    """Han Ji-hoon, in either order: the keys of the parts, and what 한지훈 is found by."""
    for match in _ROMANISED.finditer(question.text):
        family = match["family"] or match["last"]
        if not family:
            continue
        inside = {t.key for t in question.tokens if match.start() <= t.start < match.end()}
        chances = {"": 1.0}
        for part in (family, *match["given"].split("-")):
            chances = {
                before + skeleton: chance * share
                for before, chance in chances.items()
                for skeleton, share in latin_skeletons(part, 2) or (("", 1.0),)
            }
        for skeleton, chance in chances.items():
            if chance > _UNLIKELY and len(skeleton) > _SHORTEST_SOUND:
                yield inside, Rendering((f"hangul:{skeleton}",), chance**0.5, form=True)


def forms_of(tokens: Sequence[Token], text: str) -> list[str]:
    """What a text is found by however it is written: the values of its numbers, and the skeletons
    of its names, each marked with the script it is written in."""
    return [form for _, form in placed_forms(tokens, text)]


def placed_forms(tokens: Sequence[Token], text: str) -> list[tuple[int, str]]:
    """`forms_of`, each with the place in the text where what is so written begins."""
    out = [(figure.span.start, _form_of(figure)) for figure in figures(text, tokens)]
    for _, tag, start, end in tokens:
        if tag in _SOUND_TAGS:
            out += [(start, form) for form in _sound_forms(text[start:end], tag)]
    return out


@lru_cache(maxsize=50_000)
def _sound_forms(word: str, tag: str) -> tuple[str, ...]:
    """The forms under which a word of a text is found by how it sounds."""
    token = Token("", tag, 0, len(word))
    if has_hangul(word):
        skeleton = hangul_skeleton(word) if _may_be_sound(token, word) else ""
        return (f"hangul:{skeleton}",) if len(skeleton) >= _SHORTEST_SOUND else ()
    if not token.is_name or len(letters(word)) <= 2:
        return ()
    return tuple(
        f"latin:{skeleton}"
        for skeleton, chance in latin_skeletons(word, 2)
        if chance > 0.15 and len(skeleton) >= _SHORTEST_SOUND
    )
