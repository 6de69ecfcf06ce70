"""What a model writes, told apart while it arrives: text, citations, a refusal, links.

Passages have tags made for one request (`qk7`), so nothing in a document or in the model's memory
can pose as one. Models wrap them in many ways: [qk7], [qk7, zx4], 【qk7】, [출처: qk7], [[qk7]],
(qk7), bare. Numbers such as [1] name no passage, and left in the text they would look like markers
of ours, so they are taken out; x[0], [2024] and [example] are text. Links and images whose target
is not allowed lose it.

Every character is looked at once, in order, and held back only while it may be part of something
longer, so what comes out does not depend on how the text was cut into pieces. It does not know
what the passages say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import regex

REFUSAL = "NO_ANSWER"
"""What the model is asked to write when the passages hold no answer."""

# Tags are two of these letters, which make no words with each other, and one to three digits.
LETTERS, DIGITS = "fhjkqvwxz", "23456789"
_TAG = rf"[{LETTERS}]{{2}}[{DIGITS}]{{1,3}}"

_BRACKETS = (r"\\?[\[【［〔]", r"\\?[\]】］〕]")
_FILLER = (
    r"(?:(?:sources?|passages?|documents?|docs?|references?|refs?|citations?|cited?|see|id|tag|no"
    r"|출처|문서|자료|참고|근거|구절|인용|본문|발췌|번호)[\s:：.]{0,3}+)*+"
)
_BETWEEN = r"\s{0,3}+(?:[,;、，；/|&·+–~-]|and\b|및|와|과)?+\s{0,3}+"
_WRAP = "[\\^#@\"'“”‘’*`_]{0,3}+"
_SUFFIX = (
    r"(?:\s?(?:[:：]\d{1,4})?†[^\[\]【】\n]{0,40}"
    r"|,?\s?(?:(?:pp?|page)\.?\s?\d{1,4}|\d{1,4}\s?쪽)|[.:：])?"
)
_ADDRESS = r"[A-Za-z0-9\-._~:/?#@!$&'*+,;=%\\]"
_SCHEME = (
    r"(?:(?:https?|ftps?|file|wss?)://|www\.|mailto:(?=\S)|(?:javascript|vbscript):(?=\S)"
    r"|data:[a-z]+/)"
)
# The target of a link looks like an address; f(x) behind a bracket does not.
_TARGET = (
    r"\(\s{0,3}<?(?=[^\s()]{0,2000}[:/.#?\\])[^\s()<>]{1,2000}(?:\([^\s()]{0,200}\))?[^\s()<>]{0,200}>?"
    r"(?:\s{1,3}[\"'][^\"'\n]{0,200}[\"'])?\s{0,3}\)"
)
_ACTIVE = (
    "img|image|a|area|iframe|frame|script|style|link|object|embed|applet|video|audio|source|track"
    "|picture|form|input|button|svg|base|meta"
)
_FLAGS = regex.IGNORECASE | regex.V0

_INDEXED = regex.compile(r"(?P<word>[A-Za-z_][A-Za-z0-9_.]*)(?:\[[^\[\]\s]{1,10}\]|\(\))*$")
_ARRAYS = frozenset("arr array list items args argv data row col matrix vec df tokens".split())
_MOST_BEFORE = 60  # characters before a bracket that tell an index from a marker
_LONGEST = 3000  # characters held back at most


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation as the model wrote it: the tags of passages that exist, in order, and what names
    none, as written. It is `invented` when what names none cannot even be meant as a place in the
    list of passages."""

    tags: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    invented: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The model says that the passages hold no answer."""


Token = str | Mark | Refused


@cache
def _forms() -> dict[str, regex.Pattern[str]]:
    """What may be more than text, by name. Group `item` holds each id of a marker; whether a
    passage has it is seen later. `any` is all of them."""
    ends = "(?![A-Za-z0-9])"
    any_item, tag = rf"(?P<item>{_TAG}|\d{{1,3}}){ends}", rf"(?P<item>{_TAG}){ends}"

    def group(item: str) -> str:
        one = f"{_FILLER}{_WRAP}{item}{_WRAP}"
        return rf"\s{{0,3}}+{one}(?:{_BETWEEN}{one}){{0,49}}{_SUFFIX}\s{{0,3}}+"

    opens, closes = _BRACKETS
    linked = r"(?:\((?:https?:|[#/]|www\.|mailto:)[^()\s]{0,2000}\))?"
    forms = {
        "square": f"{opens}{group(any_item)}{closes}{linked}",
        "double": f"{opens}{opens}{group(any_item)}{closes}{closes}{linked}",
        "round": rf"[(（{{<]{group(tag)}[)）}}>]",
        "unclosed": f"{opens}{group(tag)}",
        "bare": tag,
        "refusal": rf"\[?(?-i:NO[_ -]ANSWER)\]?{ends}",
        "image": rf"!\[(?P<shown>[^\[\]\n]{{0,300}})\](?P<target>{_TARGET}|\[[^\[\]\n]{{0,99}}\])",
        "link": rf"\[(?P<shown>[^\[\]\n]{{1,300}})\](?P<target>{_TARGET})",
        "tail": rf"(?P<shown>\])(?P<target>{_TARGET})",
        "address": rf"{_SCHEME}{_ADDRESS}{{1,2400}}",
        "active": rf"</?(?:{_ACTIVE})(?:[\s/][^<>]{{0,1500}})?>|<!--[\s\S]{{0,2000}}?-->",
    }
    forms["any"] = "|".join(f"(?:{form})" for form in forms.values())
    return {name: regex.compile(form, _FLAGS) for name, form in forms.items()}


@lru_cache(maxsize=1024)
def _begins(char: str) -> bool:
    """Whether a character may begin more than text."""
    return _forms()["any"].fullmatch(char, partial=True) is not None


class Scanner:
    """Tells apart what a model writes, to whom the passages were given under `tags`. `allowed`
    says whether the target of a link may stay. What was taken out is kept in `dropped`."""

    def __init__(self, tags: Sequence[str], allowed: Callable[[str], bool]) -> None:
        self._tags = frozenset(tags)
        self._places = frozenset(map(str, range(1, len(tags) + 1)))
        self._allowed = allowed
        self._pending = ""
        self._before = ""
        self._code = _Code()
        self.dropped: list[str] = []

    def feed(self, text: str) -> list[Token]:
        """What is certain after some more text."""
        return _joined(token for char in text for token in self._step(char))

    def close(self, *, cut: bool) -> list[Token]:
        """What is left at the end, without a marker that only began. `cut` says that the reply
        broke off, so that even three letters may have been one."""
        return _joined(self._rest(cut))

    def _rest(self, cut: bool) -> Iterator[Token]:
        while self._pending:
            found = self._longest()
            if self._only_began(cut, whole=found is not None):
                self.dropped.append(self._pending)
                self._pending = ""
            else:
                yield from self._taken(found)

    def _only_began(self, cut: bool, *, whole: bool) -> bool:
        """Whether what is held back is the beginning of a marker, and not `whole` in itself."""
        if whole and not cut:
            return False
        names = ["square", "double", "round"]
        if cut and not whole and self._pending[1:]:
            names.append("bare")
        held = (_forms()[name].fullmatch(self._pending, partial=True) for name in names)
        return any(match is not None and match.partial for match in held)

    def _step(self, char: str) -> Iterator[Token]:
        self._pending += char
        yield from self._settled()

    def _settled(self) -> Iterator[Token]:
        """Take out of what is held back all that nothing that follows can change."""
        while self._pending and not self._may_grow():
            yield from self._taken(self._longest())

    def _may_grow(self) -> bool:
        if not _begins(self._pending[0]) or self._inside_word() or len(self._pending) > _LONGEST:
            return False
        return _forms()["any"].fullmatch(self._pending, partial=True) is not None

    def _inside_word(self) -> bool:
        return _latin(self._pending[0]) and _latin(self._before[-1:])

    def _longest(self) -> tuple[str, regex.Match[str]] | None:
        if not _begins(self._pending[0]) or self._inside_word():
            return None
        forms = ((name, form) for name, form in _forms().items() if name != "any")
        found = ((name, form.match(self._pending)) for name, form in forms)
        matches = [(name, match) for name, match in found if match is not None]
        return max(matches, key=lambda pair: pair[1].end(), default=None)

    def _taken(self, found: tuple[str, regex.Match[str]] | None) -> Iterator[Token]:
        """Take out the first thing that is held back: one character, or what was found."""
        if found is None:
            first, self._pending = self._pending[0], self._pending[1:]
            yield self._text(first)
            return
        name, match = found
        self._pending = self._pending[match.end() :]
        if name == "refusal":
            yield Refused()
        elif name in ("square", "double", "round", "unclosed", "bare"):
            yield self._mark(match, squared=name in ("square", "double"))
        elif name == "active":
            self.dropped.append(match[0])
        else:
            yield from self._linked(name, match)

    def _mark(self, match: regex.Match[str], *, squared: bool) -> Mark | str:
        items = list(dict.fromkeys(item.lower() for item in match.captures("item")))
        known = tuple(item for item in items if item in self._tags)
        unknown = tuple(item for item in items if item not in self._tags)
        if not known and (not squared or self._is_index(unknown)):
            return self._text(match[0])
        self._before = ""
        self.dropped += unknown
        return Mark(known, unknown, not self._places.issuperset(unknown))

    def _is_index(self, items: Sequence[str]) -> bool:
        """x[0], argv[1], [1, 2] in code: numbers in brackets that are not meant to cite."""
        if not all(item.isdecimal() for item in items):
            return False
        if self._code.inside or any(item.startswith("0") for item in items):
            return True
        found = _INDEXED.search(self._before)
        if found is None:
            return False
        word = found["word"]
        return (
            len(word) == 1
            or (len(word) == 2 and word[1].isdecimal())
            or word.lower() in _ARRAYS
            or regex.search(r"_|\.[A-Za-z]", word) is not None
        )

    def _linked(self, name: str, match: regex.Match[str]) -> Iterator[Token]:
        """A link with its target when that is allowed, else what is shown of it."""
        if name == "address":
            target = match[0].rstrip(".,;:!?'*\\")
            shown = match[0][len(target) :]
        else:
            target = match["target"].strip("()[] <>\n").split(None, 1)[0]
            shown = match["shown"]
        if name != "image" and self._allowed(target):
            yield self._text(match[0])
            return
        self.dropped.append(match[0])
        if name == "tail":
            yield self._text(shown)
        else:  # what is shown may hold an address in its turn
            yield from self._again(shown)

    def _again(self, shown: str) -> Iterator[Token]:
        """Look at `shown` and at what is held back behind it."""
        self._pending, rest = "", shown + self._pending
        for char in rest:
            yield from self._step(char)

    def _text(self, text: str) -> str:
        self._before = (self._before + text)[-_MOST_BEFORE:]
        self._code.pass_over(text)
        return text


class _Code:
    """Whether the text has come to stand between backticks."""

    def __init__(self) -> None:
        self._line = ""
        self._ticks = 0
        self._fenced = False
        self._inline = False

    @property
    def inside(self) -> bool:
        return self._fenced or self._inline != (self._ticks > 0)

    def pass_over(self, text: str) -> None:
        for char in text:
            if char == "`":
                self._ticks += 1
            elif self._ticks:
                fence = self._ticks > 2 and not self._line.strip(" >`")
                self._fenced ^= fence
                self._inline ^= not (fence or self._fenced)
                self._ticks = 0
            if char == "\n":
                self._line, self._inline = "", False
            else:
                self._line = (self._line + char)[-_MOST_BEFORE:]


def _latin(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


def _joined(tokens: Iterable[Token]) -> list[Token]:
    """Neighbouring pieces of text made one."""
    out: list[Token] = []
    for token in tokens:
        last = out[-1] if out else None
        if isinstance(token, str) and isinstance(last, str):
            out[-1] = last + token
        elif token != "":
            out.append(token)
    return out
