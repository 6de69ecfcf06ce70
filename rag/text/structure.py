"""What each part of a document is: body, heading, title, caption or page furniture.

The rules are cautious. A document without real paragraphs is all body, and so is every line that
no rule is certain of: text wrongly called body costs a little noise, text wrongly called furniture
can never be cited. It does not know chunks or stores; Markdown's own marks are read in `markdown`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.text import furniture
from rag.text import markdown as marks
from rag.text.language import detect
from rag.text.lines import BULLET, paragraphs, unwrapped, width
from rag.text.sentences import split
from rag.types import Block, Role, Sentence, Span

_STOPPED = re.compile(r"[.!?。！？…][\"'”’」』)\]》]*(?:\[[0-9]{1,3}\])*$")
_STOP_INSIDE = re.compile(r"[가-힣a-z)][.!?] ")
_KOREAN_FINAL = re.compile(r"[가-힣][다요죠까]$")
_POLITE_FINAL = re.compile(r"(?:[요죠]|니[다까])$")
_LINK = re.compile(r"@\w|https?:|www\.")
_NO_HEADING = re.compile(r"[.!?。！？…,;:][\"'”’」』)\]》]*$|[:：] \S|(?:[0-9][^0-9]{0,2}){7}")

_PROSE_COLUMNS = 30
_UNSTOPPED_PROSE_COLUMNS = 100
_HEADING_COLUMNS = 80
_TITLE_COLUMNS = 200
_SITE_COLUMNS = 20
_TITLE_LETTERS = 8
_CUT_OFF_LETTERS = 15
_SUBTITLES = 2
_HEAD_LINES = 40


@dataclass(frozen=True, slots=True)
class Layout:
    """Blocks in order, without overlap, covering every character that is not a space."""

    blocks: tuple[Block, ...]
    title: str | None
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A logical line. `alone`: blank lines on both sides. `prose`: it reads as a paragraph."""

    span: Span
    text: str
    paragraph: int
    alone: bool
    prose: bool

    @property
    def letters(self) -> str:
        """What stays the same when a page runs a title together or quotes it otherwise."""
        return "".join(char for char in self.text if char.isalnum()).casefold()


def analyse(text: str, *, markdown: bool = False) -> Layout:
    """The blocks of a normalised `text`, its title and its authors as far as it names them.

    Never raises.
    """
    if markdown:
        parsed = marks.parse(text)
        blocks = [(span, role) for span, role in parsed.parts]
        title, authors = parsed.title, parsed.authors
    else:
        lines = _lines(text)
        roles, authors = _roles(lines)
        title = _best_title(lines, roles)
        blocks = _merged(lines, roles)
    if all(role != "body" for _, role in blocks):
        blocks = [(span, "body") for span, _ in blocks]
    return Layout(
        tuple(Block(span, role, detect(span.of(text))) for span, role in blocks), title, authors
    )


def sentences_of(text: str, blocks: Sequence[Block]) -> list[Sentence]:
    """The sentences of each block, with its role and their own language, or where they show none
    the block's."""
    found: list[Sentence] = []
    for block in blocks:
        for span in split(text, block.span.start, block.span.end):
            language = detect(span.of(text))
            if language == "und":
                language = block.language
            found.append(Sentence(span, block.role, language))
    return found


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    for number, physical in enumerate(paragraphs(text, 0, len(text))):
        logical = unwrapped(text, physical)
        for span in logical:
            content = span.of(text)
            lines.append(_Line(span, content, number, len(logical) == 1, _is_prose(content)))
    return lines


def _is_prose(content: str) -> bool:
    if len(content) < _PROSE_COLUMNS // 2:
        return False
    columns = width(content)
    if _STOPPED.search(content, max(0, len(content) - 16)):
        return columns >= _PROSE_COLUMNS
    return columns >= _UNSTOPPED_PROSE_COLUMNS and bool(
        _KOREAN_FINAL.search(content, len(content) - 2) or _STOP_INSIDE.search(content)
    )


def _roles(lines: Sequence[_Line]) -> tuple[list[Role], tuple[str, ...]]:
    """The role of each line, and the authors of the bylines among them."""
    roles: list[Role] = ["body"] * len(lines)
    authors: list[str] = []
    signed: list[int] = []
    for index, line in enumerate(lines):
        names = furniture.byline(line.text)
        if furniture.is_caption(line.text):
            roles[index] = "caption"
        elif furniture.is_stamp(line.text) or (names and not _inside(lines, index)):
            roles[index] = "furniture"
            signed.append(index)
            authors.extend(names)
        elif furniture.is_furniture(line.text):
            roles[index] = "furniture"
    prose = [i for i, line in enumerate(lines) if line.prose and roles[i] == "body"]
    if not prose:
        return ["body"] * len(lines), ()
    _mark_edges(lines, roles, prose[0], prose[-1])
    _mark_titles(lines, roles, prose[0], signed=bool(signed) and signed[0] < prose[0])
    _mark_headings(lines, roles, prose)
    return roles, tuple(dict.fromkeys(authors))


def _inside(lines: Sequence[_Line], index: int) -> bool:
    """Whether the line stands between two paragraphs, where a byline would be a surprise."""
    return 0 < index < len(lines) - 1 and lines[index - 1].prose and lines[index + 1].prose


def _mark_edges(lines: Sequence[_Line], roles: list[Role], first: int, last: int) -> None:
    """Furniture that only its place before or after the article gives away."""
    linking = False
    for index in range(last + 1, len(lines)):
        linking = linking or furniture.opens_links(lines[index].text)
        if linking and roles[index] == "body" and not BULLET.match(lines[index].text):
            roles[index] = "furniture"
    edge = [i for i, line in enumerate(lines) if furniture.is_edge_furniture(line.text)]
    page = "furniture" in roles or len(edge) >= 2
    for index, line in enumerate(lines):
        beside = line.alone or "furniture" in _near(roles, index) or lines[index - 1].prose
        if beside and (page or index > last) and furniture.is_address(line.text):
            roles[index] = "furniture"
    if not page:
        return
    for index in edge:
        if index < first or index > last or "furniture" in _near(roles, index):
            roles[index] = "furniture"
    for index in range(last + 1, len(lines)):
        if (
            roles[index] == "body"
            and lines[index].alone
            and furniture.is_tag_list(lines[index].text)
        ):
            roles[index] = "furniture"


def _near(roles: Sequence[Role], index: int) -> set[Role]:
    return {roles[i] for i in (index - 1, index + 1) if 0 <= i < len(roles)}


def _may_be_title(line: _Line) -> bool:
    return (
        not line.prose
        and len(line.text) <= _TITLE_COLUMNS
        and width(line.text) <= _TITLE_COLUMNS
        and bool(line.letters)
        and not line.letters.isdecimal()
        and not BULLET.match(line.text)
        and not line.text.endswith((".", ",", ";", ":"))
        and not _LINK.search(line.text)
        and not _POLITE_FINAL.search(line.text)
    )


def _mark_titles(lines: Sequence[_Line], roles: list[Role], first: int, *, signed: bool) -> None:
    """The titles above the first paragraph, and where they are repeated further down.

    Lines that stand close together are titles only on a page `signed` above its text: the top of a
    slide looks the same, and is not.
    """
    if first > _HEAD_LINES:
        return
    page = "furniture" in roles
    free = [i for i, line in enumerate(lines) if roles[i] == "body" and _may_be_title(line)]
    if page:
        for index in _cut_off(lines, free, first):
            roles[index] = "furniture"
            free.remove(index)
    head = [i for i in free if i < first and (signed or lines[i].alone)]
    if not page:
        head = _plain_head(lines, roles, first, head)
    if not head:
        return
    repeated = _repeated(lines, free)
    titles = {lines[i].letters for i in head if lines[i].letters in repeated}
    if not titles:
        long = [i for i in head if width(lines[i].text) > _SITE_COLUMNS] if page else head
        titles = {lines[(long or head)[0]].letters}
    top = min(i for i in head if lines[i].letters in titles)
    for place, index in enumerate(head):
        text = lines[index].text
        if page and index < top and width(text) <= _SITE_COLUMNS:
            roles[index] = "furniture"
        elif index > top and place - head.index(top) <= _SUBTITLES and _is_heading(text):
            roles[index] = "heading"
    for index in free:
        if lines[index].letters in titles and (index in head or lines[index].alone):
            roles[index] = "title"


def _plain_head(
    lines: Sequence[_Line], roles: Sequence[Role], first: int, head: list[int]
) -> list[int]:
    """The title of a text without furniture: one or two lines above its paragraphs, or its first
    line where every line is a paragraph."""
    if not head and first == 1 and _may_be_title(lines[0]):
        rest = [line.prose for line in lines[1:] if line.paragraph == lines[0].paragraph]
        return [0] if len(rest) >= 2 and all(rest) else []
    if len(head) <= 2 and all(i in head or roles[i] == "caption" for i in range(first)):
        return head
    return []


def _repeated(lines: Sequence[_Line], among: Sequence[int]) -> set[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for index in among:
        letters = lines[index].letters
        if len(letters) >= _TITLE_LETTERS:
            (twice if letters in seen else seen).add(letters)
    return twice


def _cut_off(lines: Sequence[_Line], among: Sequence[int], first: int) -> list[int]:
    """Lines above the text that are the beginning of another, broken off in a word or with dots."""
    whole = [lines[i].text for i in among]
    found = []
    for index in among:
        text = lines[index].text
        stem = text.rstrip(".… ")
        if (
            index < first
            and len(stem) >= _CUT_OFF_LETTERS
            and any(
                other.startswith(stem)
                and len(other) > len(text)
                and (stem != text or (stem[-1].isalnum() and other[len(stem)].isalnum()))
                for other in whole
            )
        ):
            found.append(index)
    return found


def _mark_headings(lines: Sequence[_Line], roles: list[Role], prose: Sequence[int]) -> None:
    """Short lines that stand alone between paragraphs; where the language changes, a title."""
    for before, after in pairwise(prose):
        between = [i for i in range(before + 1, after) if roles[i] == "body"]
        if not 1 <= len(between) <= 2 or not all(lines[i].alone for i in between):
            continue
        if not all(_may_be_title(lines[i]) for i in between):
            continue
        language = detect(lines[after].text)
        if language != detect(lines[before].text) and detect(lines[between[0]].text) == language:
            roles[between[0]] = "title"
            between = between[1:]
        for index in between:
            if _is_heading(lines[index].text):
                roles[index] = "heading"


def _is_heading(content: str) -> bool:
    return (
        width(content) <= _HEADING_COLUMNS
        and not _NO_HEADING.search(content)
        and not content.endswith("다")
        and not content[0].islower()
    )


def _best_title(lines: Sequence[_Line], roles: Sequence[Role]) -> str | None:
    """The first title, in its form with the most spaces."""
    titles = [line for line, role in zip(lines, roles, strict=True) if role == "title"]
    if not titles:
        return None
    same = [line.text for line in titles if line.letters == titles[0].letters]
    return max(same, key=lambda text: text.count(" "))


def _merged(lines: Sequence[_Line], roles: Sequence[Role]) -> list[tuple[Span, Role]]:
    """Lines of one paragraph and role as one block; a change of language starts a new one."""
    blocks: list[tuple[Span, Role]] = []
    previous: _Line | None = None
    for line, role in zip(lines, roles, strict=True):
        if (
            previous is not None
            and previous.paragraph == line.paragraph
            and role == blocks[-1][1] == "body"
            and not (previous.prose and line.prose and detect(previous.text) != detect(line.text))
        ):
            blocks[-1] = (Span(blocks[-1][0].start, line.span.end), role)
        else:
            blocks.append((line.span, role))
        previous = line
    return blocks
