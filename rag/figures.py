"""Every number and date of a sentence as values that can be compared.

143억 and $14.3 billion, 3.50% and 3.5퍼센트, 12조3천억, 스물여덟 and twenty-eight, 2024-05-03 and
May 3, 2024 come out alike. Of units it knows those of dates and times, percent, and, without
converting them, the common currencies, measures, people and ages; 28개 and 28 are alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.text.morphemes import Token, analyse
from rag.text.numerals import ONES, TENS
from rag.types import Span

_NUM = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_KOREAN_SCALE = r"(?:[천백십]?(?:[만억]|조(?![각건항약치]))|[천백십])"
_COMPOSITE = re.compile(
    rf"(?P<korean>(?:{_NUM}\s?{_KOREAN_SCALE}\s?)+(?:{_NUM})?)"
    rf"|(?P<iso>\b\d{{4}}([-./])\s?\d{{1,2}}\3\s?\d{{1,2}}\b)"
    rf"|(?P<plain>{_NUM})(?:[\s-]?(?P<scale>thousand|million|billion|trillion|bn|mn)\b"
    r"|(?P<short>[kKmM])\b)?",
    re.IGNORECASE,
)
# Where one may begin: far quicker to look for than all the ways in which it may go on.
_DIGIT = re.compile(r"\d")
_PART = re.compile(rf"({_NUM})\s?([천백십]?)([만억조]?)")
_SCALE = {"": 1, "십": 10, "백": 100, "천": 1_000, "만": 10**4, "억": 10**8, "조": 10**12}
_ENGLISH_SCALE = {
    "hundred": 100, "thousand": 10**3, "k": 10**3, "million": 10**6, "mn": 10**6, "m": 10**6,
    "billion": 10**9, "bn": 10**9, "trillion": 10**12,
}  # fmt: skip
_UNIT = re.compile(
    r"\s?(?:(?P<year>년(?![간째도]|\s?[전후만동](?![가-힣]{2}))|년도)|(?P<month>월)"
    r"|(?P<day>일(?![간째]|\s?[전후만](?![가-힣]{2})))"
    r"|(?P<hour>시(?!간))|(?P<minute>분(?![의기야]))|(?P<century>세기|(?:st|nd|rd|th)\scentury))"
)
_MEASURES = {
    "won": r"원(?![가-힣]*[칙인])|won\b|KRW",
    "dollar": r"(?:미국 )?(?:달러|불(?![가-힣]))|dollars?\b|USD",
    "euro": r"유로|euros?\b|EUR", "yen": r"엔(?![진])|yen\b|JPY", "yuan": r"위안|yuan\b|CNY|RMB",
    "pound": r"파운드|pounds?\b|GBP", "percent": r"%|퍼센트|프로(?![가-힣])|percent|per cent",
    "square_metre": r"제곱미터|평방미터|㎡|m[²2](?![a-z0-9])|square met(?:re|er)s?\b",
    "square_kilometre": r"제곱킬로미터|㎢|km[²2](?![a-z0-9])|square kilomet(?:re|er)s?\b",
    "metre": r"미터|m(?![a-z0-9²³/])|-?met(?:re|er)s?\b",
    "kilometre": r"킬로미터|km(?![a-z0-9²³/])|-?kilomet(?:re|er)s?\b",
    "centimetre": r"센티미터|cm(?![a-z0-9²³/])|-?centimet(?:re|er)s?\b",
    "millimetre": r"밀리미터|mm(?![a-z0-9²³/])|-?millimet(?:re|er)s?\b",
    "ton": r"톤|-?tons?\b|-?tonnes?\b", "litre": r"리터|-?lit(?:re|er)s?\b",
    "kilogram": r"킬로그램|kg(?![a-z0-9/])|-?kilograms?\b", "gram": r"그램|-?grams?\b",
    "hectare": r"헥타르|ha(?![a-z0-9])|-?hectares?\b", "mile": r"마일|-?miles?\b",
    "foot": r"피트|-?feet\b|-?foot\b|ft\b", "inch": r"인치|-?inch(?:es)?\b",
    "people": r"명(?![예령칭])|people\b|persons?\b", "age": r"살|세(?![기대계])|-?years?[ -]old\b",
}  # fmt: skip
_MEASURE = re.compile(
    r"\s?(?:" + "|".join(f"(?P<{name}>{how})" for name, how in _MEASURES.items()) + ")",
    re.IGNORECASE,
)
_SIGNS = {"$": "dollar", "€": "euro", "£": "pound", "₩": "won", "¥": "yen"}
_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan;february feb;march mar;april apr;may;june jun;july jul;august aug;"
        "september sept sep;october oct;november nov;december dec".split(";"),
        start=1,
    )
    for name in names.split()
}
_MONTH = re.compile(
    r"\b(?:(?P<before>\d{1,2})(?:st|nd|rd|th)?\s(?:of\s)?)?"
    rf"(?P<month>{'|'.join(m.title() for m in _MONTHS)})\b\.?"
    r"(?:\s(?P<after>\d{1,2})(?!\d)(?:st|nd|rd|th)?|,?\s(?=\d{4}\b))?"
)
_MONTH_BEGINS = tuple({name.title()[:3] for name in _MONTHS})
_AMBIGUOUS = ("May", "March", "Mar")  # words of their own, unless a number or such a word is near
_MONTH_LEAD = re.compile(
    r"\b(?:in|of|since|until|till|by|last|next|this|early|late|mid|from|between|during)[\s-]$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d:.])(?:(?P<clock>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\d:])(?:\s?(?P<ap>[ap])\.?m\b)?"
    r"|(?P<half>1[0-2]|[1-9])\s?(?P<ap2>[ap])\.?m\b"
    r"|(?:(?P<day>오전|오후|새벽|아침|저녁|밤|낮)\s?)?(?P<korean>[01]?\d|2[0-4])(?=\s?시(?!간)))",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"([월화수목금토일])요일|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", re.IGNORECASE
)
_WEEKDAYS = {n: i for i, n in enumerate("월화수목금토일")} | {
    n: i for i, n in enumerate(("mon", "tues", "wednes", "thurs", "fri", "satur", "sun"))
}
_ENGLISH_ONES = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_ENGLISH_TENS = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_ENGLISH_WORD = "|".join([*_ENGLISH_TENS, *sorted(_ENGLISH_ONES, key=len, reverse=True), "dozen"])
_ENGLISH_NUMERAL = re.compile(
    r"\b(?=[defnostz][ehilnow]|an?\s)"  # how they all begin: the many ways are tried only there
    rf"(?:{_ENGLISH_WORD}|an?(?=\s(?:hundred|thousand|million|billion|trillion|dozen)\b))"
    rf"(?:[\s-](?:and\s)?(?:{_ENGLISH_WORD}|hundred|thousand|million|billion|trillion))*\b",
    re.IGNORECASE,
)
_LATIN = re.compile("[defnostza]", re.IGNORECASE)
_NATIVE = re.compile(rf"({'|'.join(TENS)})?\s?({'|'.join(ONES)})?")
_SINO = {digit: number for number, digit in enumerate("영일이삼사오육칠팔구")}
_VAGUE = re.compile(r"(?:약|대략|거의|about|around|approximately|nearly|almost|some|roughly)\s?$")
_VAGUE_AFTER = re.compile(
    r"여(?=\s|[명개건곳년원회차대])|\s?\S{0,4}\s?(?:가량|정도|안팎|남짓|or so)"
)
_ROUNDING = 0.06  # how far a rounded number may be from the exact one
_DATES = ("year", "month", "day", "weekday", "century")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its unit as far as it is known, of hours `clock` where the half of the day is
    told and `hour` where not; `vague` when it is called approximate, `metres`
    when its m may as well stand for metres as for millions."""

    value: float
    unit: str
    span: Span
    vague: bool = False
    metres: bool = False

    @property
    def is_date(self) -> bool:
        return self.unit in _DATES

    def agrees(self, other: Figure) -> bool:
        """Whether both can mean the same: equal, or near when one is vague."""
        if self.metres != other.metres:
            return any(f.agrees(g) for f in self._readings() for g in other._readings())
        one, two = self.value, other.value
        if {self.unit, other.unit} in ({"hour"}, {"hour", "clock"}):
            return one % 12 == two % 12
        if self.unit and other.unit and self.unit != other.unit:
            return False
        if one == two:
            return True
        if self.unit == "year" and min(one, two) < 100:
            return one % 100 == two % 100
        return (self.vague or other.vague) and abs(one - two) <= _ROUNDING * max(one, two)

    def follows_from(self, other: Figure) -> bool:
        """Whether the other carries this one: about 10,000 does not carry 10,090, though 10,090
        carries about 10,000."""
        return (other if self.vague else replace(other, vague=False)).agrees(self)

    def _readings(self) -> tuple[Figure, ...]:
        if not self.metres:
            return (self,)
        millions = replace(self, metres=False)
        return millions, replace(millions, value=round(self.value / 10**6, 6), unit="metre")


def figures(text: str, tokens: Sequence[Token]) -> tuple[Figure, ...]:
    """All figures of a text, in order and without overlap. `tokens` are those of the text, or of
    a part of it where only Korean numerals of that part are wanted."""
    numerals = (t for t in tokens if t.tag == "NR" or (t.tag == "MM" and _native(t, text)))
    return _figures(text, tuple(numerals))


@lru_cache(maxsize=512)
def _figures(text: str, numerals: tuple[Token, ...]) -> tuple[Figure, ...]:
    """Kept, as each sentence of a chunk asks for those of the whole chunk."""
    out: list[Figure] = []
    taken = bytearray(len(text))
    for figure in (
        *_months(text),
        *_weekdays(text),
        *_times(text),
        *_digits(text),
        *_words(text, numerals),
    ):
        start, end = figure.span.start, figure.span.end
        if not any(taken[start:end]):
            out.append(figure)
            if figure.unit != "month" or not figure.span.of(text)[:1].isalpha():
                taken[start:end] = b"\1" * (end - start)
    return tuple(sorted(out, key=lambda f: f.span))


def value_of(text: str) -> float | None:
    """The first quantity that a short text states, None if there is none."""
    found = figures(text, analyse(text))
    return found[0].value if found else None


def _months(text: str) -> Iterator[Figure]:
    if not any(name in text for name in _MONTH_BEGINS):
        return
    for match in _MONTH.finditer(text):
        numbered = match["before"] or match["after"] or match[0].endswith((", ", " "))
        if match["month"] in _AMBIGUOUS and not (
            numbered or _MONTH_LEAD.search(text, max(match.start() - 9, 0), match.start())
        ):
            continue
        yield Figure(_MONTHS[match["month"].lower()], "month", Span(*match.span("month")))
        for name in ("before", "after"):
            if match[name]:
                yield Figure(float(match[name]), "day", Span(*match.span(name)))


def _weekdays(text: str) -> Iterator[Figure]:
    if "요일" not in text and "day" not in text.lower():
        return
    for match in _WEEKDAY.finditer(text):
        name = (match[1] or match[2]).lower()
        yield Figure(_WEEKDAYS[name], "weekday", Span(*match.span()))


def _times(text: str) -> Iterator[Figure]:
    """18:00, 6 p.m. and 오후 6시; 6시 and 6:30 may be of either half of the day."""
    for match in _TIME.finditer(text):
        hour = float(match["clock"] or match["half"] or match["korean"])
        half = (match["ap"] or match["ap2"] or match["day"] or "").lower()
        told = bool(half) or hour > 12 or (match["clock"] or "").startswith("0")
        late = half in ("p", "오후", "저녁", "밤", "낮") and hour < 12
        early = half in ("a", "오전", "새벽", "아침", "밤") and hour == 12
        value = hour + 12 * late - 12 * early
        number = "clock" if match["clock"] else "half" if match["half"] else "korean"
        minute = float(match["minute"] or 0)
        end = match.end("minute") if match["minute"] and not minute else match.end(number)
        yield Figure(value, "clock" if told else "hour", Span(match.start(number), end))
        if minute:
            yield Figure(minute, "minute", Span(*match.span("minute")))


def _digits(text: str) -> Iterator[Figure]:
    for match in _composites(text):
        if match["iso"]:
            for part, unit in zip(re.finditer(r"\d+", match["iso"]), _DATES[:3], strict=True):
                span = Span(*part.span()).shifted(match.start())
                yield Figure(float(part[0]), unit, span)
            continue
        if match["korean"]:
            value = _korean_value(match["korean"])
        else:
            scale = (match["scale"] or match["short"] or "").lower()
            value = float(match["plain"].replace(",", "")) * _ENGLISH_SCALE.get(scale, 1)
        figure = _figure(text, Span(match.start(), match.start() + len(match[0].rstrip())), value)
        yield replace(figure, metres=match["short"] == "m" and not figure.unit)


def _composites(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while digit := _DIGIT.search(text, at):
        match = _COMPOSITE.match(text, digit.start())
        if match:
            yield match
        at = match.end() if match else digit.end()


def _figure(text: str, span: Span, value: float) -> Figure:
    unit = _UNIT.match(text, span.end)
    name = unit.lastgroup if unit else ""
    bare = span.of(text)
    if not name:
        measure = _MEASURE.match(text, span.end)
        sign = text[max(span.start - 2, 0) : span.start].strip()[-1:]
        name = _SIGNS.get(sign) or (measure.lastgroup if measure else "")
    if not name and bare.isdecimal() and len(bare) == 4 and 1500 <= value < 2100:
        name = "year"
    vague = bool(
        _VAGUE.search(text[max(span.start - 14, 0) : span.start].lower())
        or _VAGUE_AFTER.match(text, span.end)
    )
    return Figure(round(value, 6), name or "", span, vague)


def _korean_value(text: str) -> float:
    """12조3천억: parts below 만 add up until a 만, 억 or 조 multiplies them."""
    total = section = 0.0
    for number, small, big in _PART.findall(text):
        section += float(number.replace(",", "")) * _SCALE[small]
        if big:
            total, section = total + section * _SCALE[big], 0.0
    return total + section


def _words(text: str, korean: Sequence[Token]) -> Iterator[Figure]:
    for match in _ENGLISH_NUMERAL.finditer(text) if _LATIN.search(text) else ():
        value = _english_value(match[0].lower())
        if value > 1:  # "one" is mostly a pronoun
            yield _figure(text, Span(*match.span()), value)
    numerals = list(korean)
    while numerals:
        run = [numerals.pop(0)]
        while numerals and not text[run[-1].end : numerals[0].start].strip():
            run.append(numerals.pop(0))
        span = Span(run[0].start, run[-1].end)
        # 수십, 몇백 and 3천 (which stands in digits) are not such numbers.
        value = _hangul_value(span.of(text).replace(" ", ""))
        if value > 1 and text[max(span.start - 1, 0) : span.start] not in ("수", "몇"):
            yield _figure(text, span, value)


def _native(token: Token, text: str) -> bool:
    return text[token.start : token.end] in ONES


def _english_value(text: str) -> float:
    total = section = 0.0
    for word in re.split(r"[\s-]+", text):
        if word in _ENGLISH_ONES or word in _ENGLISH_TENS:
            section += _ENGLISH_ONES.get(word, 0) + _ENGLISH_TENS.get(word, 0)
        elif word == "hundred":
            section = (section or 1) * 100
        elif word == "dozen":
            section = (section or 1) * 12
        elif word in _ENGLISH_SCALE:
            total, section = total + (section or 1) * _ENGLISH_SCALE[word], 0.0
    return total + section


def _hangul_value(text: str) -> float:
    """스물여덟, 삼백, 이천이십오, 백만; 0 for anything else."""
    native = _NATIVE.fullmatch(text)
    if native:
        return TENS.get(native[1] or "", 0) + ONES.get(native[2] or "", 0)
    total = section = digit = 0.0
    for char in text:
        if char in _SINO:
            digit = _SINO[char]
        elif char in "십백천":
            section, digit = section + (digit or 1) * _SCALE[char], 0.0
        elif char in _SCALE:
            total, section, digit = total + (section + digit or 1) * _SCALE[char], 0.0, 0.0
        else:
            return 0.0
    return total + section + digit
