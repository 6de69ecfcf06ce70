"""A row that failed, told in full: what was asked and expected, what was said, quoted and found.

It does not know the page around it. All texts are escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from rag.evaluate.judge import Outcome
from rag.types import Answer, Citation, Passage, Verification

_PASSAGES = 5
_PASSAGE_TEXT = 300  # characters


def why_wrong(outcome: Outcome) -> str:
    """In a few words, what is wrong with an outcome that is not correct."""
    row, answer = outcome.row, outcome.answer
    if outcome.verification is not None:
        return "not supported, but accepted" if not row.supported else "supported, but refused"
    if answer is None:
        place = _gold_rank(outcome)
        return f"found at rank {place}" if place else "not found"
    if not row.answerable:
        return "answered, but the documents do not say"
    if answer.status == "abstained":
        return "refused"
    told = answer.answer.lower()
    if not all(any(s.lower() in told for s in group) for group in row.must_include):
        return "without what was expected"
    return "cited something else"


def case(outcome: Outcome) -> str:
    """The trail of an outcome as HTML."""
    row, answer = outcome.row, outcome.answer
    marks = (*row.answers, *row.evidence_any, *(s for group in row.must_include for s in group))
    items = [("row", f'<span class="dim">{escape(row.id)}</span>')]
    items += [(turn.role, escape(turn.content)) for turn in row.history]
    if answer is not None:
        items += _answer(answer, marks)
        items.append(("quotes", "".join(_quote(c, outcome, marks) for c in answer.citations)))
    if outcome.verification is not None:
        items += _verification(outcome.verification)
        items.append(("the source", _texts([source.text for source in row.sources], marks)))
        items.append(("expected", "supported" if row.supported else "not supported"))
    else:
        items.append(("expected", _expected(outcome)))
    if answer is not None:
        items.append(("passages", _passages(answer.passages, outcome, marks)))
    elif outcome.ranking:
        items.append(("found", "<br>".join(map(escape, outcome.ranking[:_PASSAGES]))))
    return "<dl>" + "".join(f"<dt>{n}</dt><dd>{v}</dd>" for n, v in items if v) + "</dl>"


def _answer(answer: Answer, marks: Sequence[str]) -> list[tuple[str, str]]:
    items = []
    if answer.standalone_question != answer.question:
        items.append(("read as", escape(answer.standalone_question)))
    status = answer.status + (f" ({answer.reason})" if answer.reason else "")
    dim = f'<span class="dim">{escape(status)}, confidence {answer.confidence:.2f}</span>'
    items.append(("answer", f"{_marked(answer.answer, marks)}<br>{dim}"))
    if answer.short_answer:
        items.append(("short answer", escape(answer.short_answer)))
    return items


def _quote(citation: Citation, outcome: Outcome, marks: Sequence[str]) -> str:
    gold = " class='gold'" if citation.source in outcome.row.gold_sources else ""
    return (
        f"<blockquote{gold}>{_marked(citation.cited_text, marks)} "
        f'<span class="dim">[{citation.marker}] {escape(citation.source)}</span></blockquote>'
    )


def _verification(verification: Verification) -> list[tuple[str, str]]:
    items = []
    for sentence in verification.sentences:
        why = f", {sentence.why}" if sentence.why else ""
        said = f"{escape(sentence.verdict)}{escape(why)}, support {sentence.support:.2f}"
        quote = sentence.evidence.text if sentence.evidence else "no evidence"
        items.append(
            (
                "sentence",
                f'{escape(sentence.text)}<br><span class="dim">{said}</span>'
                f"<blockquote>{escape(quote)}</blockquote>",
            )
        )
    return items


def _expected(outcome: Outcome) -> str:
    row = outcome.row
    if not row.answerable:
        return "a refusal"
    lines = [" or ".join(map(escape, group)) for group in row.must_include]
    if row.answers:
        lines.append(
            "the answer " + " or ".join(f"“{escape(a)}”" for a in dict.fromkeys(row.answers))
        )
    if row.evidence_any:
        lines.append("a quote with " + " or ".join(f"“{escape(s)}”" for s in row.evidence_any))
    if row.gold_sources:
        place = _gold_rank(outcome)
        found = f"found at rank {place}" if place else "not found"
        where = found if outcome.ranking else "gold"
        lines.append(f"{', '.join(map(escape, sorted(row.gold_sources)))} ({where})")
    return "<br>".join(lines)


def _passages(passages: Sequence[Passage], outcome: Outcome, marks: Sequence[str]) -> str:
    if not passages:
        return ""
    stages = list(dict.fromkeys(stage for p in passages for stage in p.ranks))
    head = "".join(f'<th class="number">{escape(stage)}</th>' for stage in stages)
    lines = []
    for passage in passages[:_PASSAGES]:
        ranks = "".join(f'<td class="number">{passage.ranks.get(s, "·")}</td>' for s in stages)
        gold = (
            ' <span class="good">gold</span>' if passage.source in outcome.row.gold_sources else ""
        )
        text = " ".join(passage.text[:_PASSAGE_TEXT].split())
        more = "…" if len(passage.text) > _PASSAGE_TEXT else ""
        lines.append(
            f'<tr>{ranks}<td class="number">{passage.score:.3f}</td><td><span class="dim">'
            f"{escape(passage.source)}</span>{gold}<br>{_marked(text, marks)}{more}</td></tr>"
        )
    return (
        f'<div class="wide"><table><tr>{head}<th class="number">score</th><th></th></tr>'
        f"{''.join(lines)}</table></div>"
    )


def _texts(texts: Iterable[str], marks: Sequence[str]) -> str:
    return "".join(f"<blockquote>{_marked(t[:2000], marks)}</blockquote>" for t in texts)


def _gold_rank(outcome: Outcome) -> int | None:
    """The best rank of a gold document among those found."""
    ranking, gold = outcome.ranking, outcome.row.gold_sources
    return next((rank for rank, source in enumerate(ranking, 1) if source in gold), None)


def _marked(text: str, marks: Sequence[str]) -> str:
    """The text, escaped, with every occurrence of one of the marks highlighted."""
    longest_first = sorted({m for m in marks if m}, key=len, reverse=True)
    if not longest_first:
        return escape(text)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    done, parts = 0, []
    for match in pattern.finditer(text):
        parts.append(f"{escape(text[done : match.start()])}<mark>{escape(match[0])}</mark>")
        done = match.end()
    return "".join(parts) + escape(text[done:])
