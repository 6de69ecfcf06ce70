"""Text to sentences, Korean and English, by rules.

Every candidate (a full stop, or a polite Korean ending without one) is found by one pass of one
regular expression and judged by what stands within a few dozen characters of it, so the time is
linear in the text. It does not know roles, languages or morphemes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.text.lines import paragraphs, trimmed, unwrapped
from rag.types import Span

_CLOSERS = "\"'”’」』)\\]》〉}*_"
_STOP = re.compile(
    rf"(?P<mark>[.!?…。！？]++)(?P<close>[{_CLOSERS}]*+)(?:\[[0-9]{{1,3}}\])*+"
    r"|(?P<polite>[가-힣](?:니[다까]|[세어아해예에네군나까지든돼봐줘져려워]요|죠))(?=\s)"
)
_QUOTES = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", '"': '"', "(": ")"}
_OPENING = re.compile('[“‘「『《〈"(]')
_APOSTROPHE = re.compile("[A-Za-z]’[A-Za-z]")
_SHORT_QUOTATION = 200
_SHORT_BRACKET = 120

_GAP = re.compile(r"\s*+")
_WORD = re.compile(r"\w")
_OPENERS = re.compile("[\"'“‘「『《〈(\\[{*_]*+")
_FORGOTTEN = re.compile("[가-힣][다요까죠]")
_FINAL = re.compile(r"(?:[가-힣][다요까죠]|[함음임])$")

# After these a Korean sentence goes on: the words that follow a quotation or a polite ending.
_QUOTATIVE = re.compile(r"(?:이?라[고며는]|이?라면서|이?란)(?:[는도]|지만)?(?![가-힣])")
_PARTICLE = re.compile(
    r"(?:고|며|면서|하고|하며|하면서|하자|한다[고며]|는|라|은|을|를|가|와|과|의|도|에|에서|에게|로|으로|"
    r"등|등[이을의은에과])(?![가-힣])"
)
_CONNECTIVE = re.compile(r"(?:만|마는|그려)(?![가-힣])")
_SPEECH_TAG = re.compile(
    r"(?:[A-Z][\w'’.-]{0,30} ){1,4}(?:said|says|told|tells|asked|asks|added|adds|wrote|writes|"
    r"replied|answered|explained|argued|noted|warned|insisted)\b"
)

# Abbreviations that never end a sentence, those that a number follows, and those that may end one.
_TITLES = re.compile(
    r"(?:mr|mrs|ms|mx|dr|prof|rev|hon|gen|col|maj|capt|cpt|lt|sgt|gov|sen|rep|pres|st|mt|messrs|"
    r"e\.g|i\.e|cf|vs|approx|viz|incl)"
)
_NUMBERED = re.compile(r"(?:nos?|figs?|vols?|pp?|secs?|chap|ch|art|eq|ex|para)")
_SOMETIMES = re.compile(
    r"(?:inc|ltd|corp|co|llc|plc|jr|sr|bros|dept|univ|ave|blvd|rd|al|est|ph\.d|esq|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]")
_STARTER = re.compile(
    r"(?:The|A|An|In|It|He|She|They|We|I|You|But|And|This|That|These|Those|If|When|After|Before|"
    r"However|On|At|As|For|From|Its|His|Her|Their|There|Our|My|Since|While|Although|By|With|So|To|"
    r"Both|Each|Some|Many|Most|Meanwhile|Later|Then|What|Who|How|Why|Where)(?=[\s,’'])"
)
_COMPANY = re.compile(r"(?:Inc|Corp|Co|Ltd|LLC|Group|Holdings|Japan|Korea)\b")
_CAMEL = re.compile(r"[a-z]{1,2}[A-Z]")
_ITEM_NUMBER = re.compile(
    r"(?:[0-9]{1,3}|[A-Za-z]|[가나다라마바사아자차카타파하]|[ivxIVX]{1,4}|[Ⅰ-ⅿ])(?:[.-][0-9]{1,3}){0,3}"
)


def split(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of `text[start:end]` as absolute spans, in order and without overlap.

    No span has a space at either end, and together they cover every character that is not a space.
    A blank line always parts sentences; a single line end does unless it is a hard wrap.
    Never raises.
    """
    end = len(text) if end is None else min(end, len(text))
    spans: list[Span] = []
    for lines in paragraphs(text, max(start, 0), end):
        for piece in unwrapped(text, lines):
            first = piece.start
            for cut in _cuts(text, piece):
                spans.append(trimmed(text, first, cut))
                first = cut
            spans.append(trimmed(text, first, piece.end))
    return spans


def split_within(text: str, longest: int) -> list[Span]:
    """As `split`, but a sentence of more than `longest` characters (a table, a key, a text without
    any full stop) is cut, at a space where there is one."""
    spans = []
    for span in split(text):
        start = span.start
        while span.end - start > longest:
            space = text.rfind(" ", start + longest // 2, start + longest)
            cut = space if space >= 0 else start + longest
            spans.append(trimmed(text, start, cut))
            start = cut
        spans.append(trimmed(text, start, span.end))
    return [span for span in spans if span]


def _cuts(text: str, piece: Span) -> Iterator[int]:
    """Where one sentence of `piece` ends and another follows."""
    quotations = _quotations(text, piece)
    quotation = next(quotations, None)
    first = looked = piece.start
    has_word = False
    for match in _STOP.finditer(text, piece.start, piece.end):
        if match.end() >= piece.end:
            return
        while quotation and quotation.end <= match.start():
            quotation = next(quotations, None)
        if quotation and quotation.start < match.start() and match.end() < quotation.end:
            continue
        has_word = has_word or _WORD.search(text, looked, match.end()) is not None
        looked = match.end()
        if has_word and _ends(text, first, match, piece.end):
            yield match.end()
            first, has_word = _skip(text, match.end(), piece.end), False


def _quotations(text: str, piece: Span) -> Iterator[Span]:
    """Short quotations and brackets, outermost only, marks included: nothing is cut inside them."""
    at = piece.start
    while opening := _OPENING.search(text, at, piece.end):
        mark, at = opening[0], opening.end()
        if mark == '"' and not _opens(text, opening.start(), piece):
            continue
        reach = _SHORT_BRACKET if mark == "(" else _SHORT_QUOTATION
        limit = min(at + reach, piece.end)
        close = text.find(_QUOTES[mark], at, limit)
        while mark == "‘" and close > 0 and _APOSTROPHE.match(text, close - 1):
            close = text.find("’", close + 1, limit)
        if close >= 0:
            yield Span(opening.start(), close + 1)
            at = close + 1


def _opens(text: str, at: int, piece: Span) -> bool:
    """Whether the straight quote at `at` opens: something follows it, no letter or digit of a
    Latin word (an inch mark, a closing quote) stands before it."""
    before = text[at - 1] if at > piece.start else " "
    after = text[at + 1] if at + 1 < piece.end else " "
    return not after.isspace() and not (before.isalnum() and before.isascii())


def _ends(text: str, first: int, match: re.Match[str], end: int) -> bool:
    """Whether a sentence that begins at `first` ends with `match`."""
    before = text[max(first, match.start() - 2) : match.start()]
    if match["mark"] and not text[match.end()].isspace():
        return _ends_without_space(before, match["mark"], text, match.end())
    follows = _skip(text, match.end(), end)
    if follows >= end or _QUOTATIVE.match(text, follows, end):
        return False
    if match["polite"]:
        return _is_polite(match["polite"]) and not (
            _PARTICLE.match(text, follows, end) or _CONNECTIVE.match(text, follows, end)
        )
    if match["close"] and (
        _PARTICLE.match(text, follows, end) or _SPEECH_TAG.match(text, follows, end)
    ):
        return False
    letter = _OPENERS.match(text, follows, end)
    at = letter.end() if letter else follows
    korean = "가" <= before[-1:] <= "힣"
    if at < end and text[at].islower() and not korean and not _CAMEL.match(text, at, end):
        return False
    if (len(match["mark"]) > 1 and set(match["mark"]) <= {"."}) or "…" in match["mark"]:
        return not korean or bool(_FINAL.search(before))
    if match["mark"] == "." and not match["close"]:
        return _full_stop(text, first, match.start(), at, end)
    return not (match["mark"] == "!" and _COMPANY.match(text, at, end))


def _full_stop(text: str, first: int, stop: int, at: int, end: int) -> bool:
    """Whether the single "." at `stop`, with the next word at `at`, ends a sentence or belongs to
    an abbreviation, a number or an initial."""
    words = text[max(first, stop - 32) : stop].split()
    token = words[-1].lstrip("\"'“‘([") if words else ""
    begins = stop - len(token)
    low = token.lower()
    following = text[at : at + 1]
    hangul = "가" <= following <= "힣"
    leads = begins - first < 8 and not _WORD.search(text, first, begins)
    if leads and _ITEM_NUMBER.fullmatch(token):
        return False
    if token.isdecimal():
        return not (following.isdecimal() or (hangul and len(token) <= 2))
    if _TITLES.fullmatch(low) or (_NUMBERED.fullmatch(low) and following.isdecimal()):
        return False
    if _SOMETIMES.fullmatch(low) or _INITIALS.fullmatch(token):
        return _STARTER.match(text, at, end) is not None
    return True


def _ends_without_space(before: str, mark: str, text: str, follows: int) -> bool:
    """A full-width stop ends anywhere; "했다.그는" ends although its space was forgotten."""
    if mark[-1] in "。！？":
        return not _QUOTATIVE.match(text, follows)
    opens = "가" <= text[follows] <= "힣" or text[follows] in "“‘\"'"
    return opens and bool(_FORGOTTEN.fullmatch(before)) and not _QUOTATIVE.match(text, follows)


def _is_polite(ending: str) -> bool:
    """습니다, 입니까, 갑니다: ㅂ closes the syllable before 니, which tells them from 아니다."""
    if ending[1] != "니":
        return True
    return (ord(ending[0]) - 0xAC00) % 28 == 17


def _skip(text: str, at: int, end: int) -> int:
    gap = _GAP.match(text, at, end)
    return gap.end() if gap else at
