"""Sentences of an answer, as they become complete, with the citations that belong to each.

A sentence is complete once what follows shows that it has ended: some words more, or a line end.
Citations behind its full stop still belong to it. Until then its text may be told early, up to
the first citation or possible end, since nothing of that will change. Every character is taken in
order and alone, so nothing depends on how the text was cut into pieces. It does not know what is
cited, nor whether it is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rag.markers import Mark
from rag.text.sentences import split

_AHEAD = 12  # characters behind a possible end that show whether it is one
_LONGEST_QUOTATION = 240
_STOPS = frozenset(".!?…。！？")
_POLITE = frozenset("다까요죠")
_CLOSING = frozenset(".,;:!?。，、！？)]”’」』…")
_MAY_END = re.compile(r"[.!?…。！？]|[다까요죠](?=\s)")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Early:
    """Text of a sentence that is not complete yet, with the space before it when it is its first
    text."""

    gap: str
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A sentence. `gap` is the space before it; `marks` lie in `text`, `behind` after it. The first
    `told` characters of `text` were told early."""

    gap: str
    text: str
    marks: tuple[Placed, ...]
    behind: tuple[Placed, ...]
    told: int


class Placed(NamedTuple):
    """A citation at an offset of a text that does not have the `space` before it."""

    place: int
    space: str
    mark: Mark


class Cutter:
    """Cuts text and citations, in their order, into sentences. Without `early` none is told before
    it is complete."""

    def __init__(self, *, early: bool) -> None:
        self._early = early
        self._gap = ""
        self._text = ""  # since the last sentence; begins with a letter, or a mark at 0
        self._marks: list[Placed] = []
        self._told = 0
        self._looked = 0  # no sentence ends before
        self._may_end: int | None = None

    def feed(self, token: str | Mark) -> Iterator[Early | Finished]:
        if isinstance(token, Mark):
            self._marks.append(Placed(len(self._text), "", token))
            return
        for char in token:
            yield from self._char(char)

    def close(self) -> Iterator[Early | Finished]:
        """The rest; space at the end is dropped."""
        yield from self._end_line(more=False)

    def _char(self, char: str) -> Iterator[Early | Finished]:
        space = char.isspace()
        if space and not self._text and not self._marks:
            self._gap += char
            return
        if not space and "\n" in self._text[len(self._text.rstrip()) :]:
            yield from self._end_line(more=True)
        if self._marks and char in _CLOSING:
            self._close_up()
        self._text += char
        if space:
            yield from self._cut()
        yield from self._tell_early(char)

    def _close_up(self) -> None:
        """Punctuation follows a citation: the space before that belongs to it alone (… [qk7].)."""
        text = self._text.rstrip(" ")
        if len(text) < len(self._text) == self._marks[-1].place:
            for number, (place, space, mark) in enumerate(self._marks):
                if place > len(text):
                    before = max([len(text), *(p for p, _, _ in self._marks[:number])])
                    space = space or self._text[before:place]
                    self._marks[number] = Placed(place, space, mark)
            self._marks = [Placed(min(p, len(text)), space, m) for p, space, m in self._marks]
            self._text = text

    # -- telling early ---------------------------------------------------------------------------

    def _tell_early(self, char: str) -> Iterator[Early]:
        if self._may_end is None:
            if char in _STOPS:
                self._may_end = len(self._text)
            elif char.isspace() and self._text[-2:-1] in _POLITE:
                self._may_end = len(self._text) - 1
        if not self._early:
            return
        sure = self._marks[0].place if self._marks else len(self._text)
        sure = min(sure, self._may_end or sure)
        sure = len(self._text[:sure].rstrip())
        if sure > self._told and (self._told or _WORD.search(self._text, 0, sure)):
            yield Early("" if self._told else self._gap, self._text[self._told : sure])
            self._told = sure

    # -- cutting ---------------------------------------------------------------------------------

    def _cut(self) -> Iterator[Finished]:
        """Let go of the sentences that have certainly ended."""
        while self._may_end is not None and len(self._text) - self._may_end >= _AHEAD:
            sure = len(self._text) - _AHEAD
            ends = (span.end for span in split(self._text)[:-1])
            fitting = (
                end
                for end in ends
                if max(self._told, self._looked) <= end <= sure and not self._quoting(end)
            )
            end = next(fitting, None)
            if end is None:
                self._look_on(sure)
                return
            yield self._let_go(end, more=True)

    def _quoting(self, end: int) -> bool:
        """Whether a quotation is open there that may still be closed."""
        opened = self._text.rfind("“", 0, end)
        return (
            opened >= 0
            and "”" not in self._text[opened:end]
            and len(self._text) - opened < _LONGEST_QUOTATION
        )

    def _look_on(self, start: int) -> None:
        self._looked = start
        found = _MAY_END.search(self._text, start)
        self._may_end = found.end() if found else None

    def _end_line(self, *, more: bool) -> Iterator[Finished]:
        """Let go of everything: a line ends a sentence whatever stands there."""
        while body := self._text.rstrip():
            ends = (span.end for span in split(body))
            yield self._let_go(next(e for e in ends if e >= self._told), more=more)
        # Citations that stand alone before all text lead what follows.
        self._gap, self._text = self._gap + self._text, ""
        self._marks = [Placed(0, "", mark) for _, _, mark in self._marks]

    def _let_go(self, end: int, *, more: bool) -> Finished:
        """Take out the sentence that ends there, with the citations that belong to it."""
        text = self._text
        following = len(text) - len(text[end:].lstrip())
        inside = [placed for placed in self._marks if placed.place <= end]
        behind: list[Placed] = []
        at = end
        for place, _, mark in self._marks[len(inside) :]:
            if not self._trails(end, place, following, more=more):
                break
            behind.append(Placed(end, text[at:place], mark))
            at = place
        rest = self._marks[len(inside) + len(behind) :]
        done = Finished(self._gap, text[:end], tuple(inside), tuple(behind), self._told)
        self._gap, self._text = text[at:following], text[following:]
        self._marks = [Placed(max(0, p - following), space, m) for p, space, m in rest]
        self._told = 0
        self._look_on(0)
        return done

    def _trails(self, end: int, place: int, following: int, *, more: bool) -> bool:
        """Whether a citation behind a sentence belongs to it rather than to the next: not when it
        begins the next line, or touches a Korean word (… [qk7]에 따르면)."""
        text = self._text
        if place > following:
            return False
        if more and "\n" in text[end:place] and "\n" not in text[place:following]:
            return False
        return not (place == following and "가" <= text[place : place + 1] <= "힣")
