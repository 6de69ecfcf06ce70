"""Assertions about answers, for people's own tests: grounded, cited, refused, numbers true.

They need no pytest and work on what `engine.ask` and `engine.verify` return, or a client of the
service. A failure says which sentence fails, shows the best evidence there was, and why it is not
enough. They do not know how an answer was made.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rag.types import Answer, NewDocument, Span, Verification

__all__ = [
    "assert_abstains",
    "assert_cites",
    "assert_grounded",
    "assert_no_unsupported_numbers",
]

_WIDTH = 96
_MARKER = re.compile(r"\s?\[\d+\]")
_WHYS = {
    "number": "the evidence does not have its number",
    "date": "the evidence does not have its date",
    "name": "the evidence does not have its name",
    "polarity": "the evidence says the opposite",
    "no_evidence": "no evidence carries it",
}


def assert_grounded(answer: Answer | Verification, min_support: float = 0.5) -> None:
    """Every sentence stands on a quote that is really in its source, with at least this support
    (0 to 1). A `Verification` is judged by its sentences: none may be unsupported or contradicted.
    An abstention is not grounded: it says nothing.

    Raises AssertionError, naming each sentence that fails."""
    __tracebackhide__ = True
    if isinstance(answer, Verification):
        problems = list(_ungrounded_sentences(answer, min_support))
    elif answer.status == "abstained":
        raise AssertionError(
            f"The question was refused, so there is nothing to be grounded:\n{_told(answer)}\n"
            "If a refusal is right here, use assert_abstains."
        )
    else:
        problems = list(_ungrounded_spans(answer, min_support))
    if problems:
        many = "a sentence" if len(problems) == 1 else f"{len(problems)} sentences"
        raise AssertionError(f"Not grounded: {many}.\n\n" + "\n\n".join(problems))


def _ungrounded_sentences(verification: Verification, least: float) -> Iterator[str]:
    for sentence in verification.sentences:
        refused = sentence.verdict in ("unsupported", "contradicted")
        if not refused and sentence.support >= least:
            continue
        why = _WHYS.get(sentence.why or "", sentence.why or "its support is too low")
        evidence = sentence.evidence.text if sentence.evidence else None
        reason = f"{sentence.verdict}, support {sentence.support:.2f} (at least {least:.2f}): {why}"
        yield _problem(sentence.text, evidence, reason)


def _ungrounded_spans(answer: Answer, least: float) -> Iterator[str]:
    for span in _uncited(answer):
        yield _problem(span.of(answer.answer), None, "no citation carries it")
    flawed = {(u.start, u.end): u.why for u in answer.unsupported}
    for span in dict.fromkeys(citation.answer_span for citation in answer.citations):
        best = max(
            (c for c in answer.citations if c.answer_span == span),
            key=lambda c: (c.verified, c.support),
        )
        why = flawed.pop((span.start, span.end), None)
        if not best.verified:
            reason = f"the quote does not stand in {best.source}"
        elif why:
            reason = _WHYS.get(why, why)
        elif best.support < least:
            reason = f"its support is {best.support:.2f}, at least {least:.2f} was asked for"
        else:
            continue
        yield _problem(span.of(answer.answer), f"{best.cited_text} — {best.source}", reason)
    for (start, end), why in flawed.items():
        yield _problem(answer.answer[start:end], None, _WHYS.get(why, why))


def _uncited(answer: Answer) -> Iterator[Span]:
    """Stretches of the answer, markers aside, that no citation claims."""
    text = answer.answer
    covered = bytearray(len(text))
    for citation in answer.citations:
        span, marker = citation.answer_span, f"[{citation.marker}]"
        covered[span.start : span.end] = b"\1" * len(span)
        at = text.find(marker, span.end)
        covered[at : at + len(marker)] = b"\1" * len(marker) if at >= 0 else b""
    start = None
    for i in range(len(text) + 1):
        if i < len(text) and not covered[i]:
            start = i if start is None else start
        elif start is not None:
            if any(ch.isalnum() for ch in text[start:i]):
                yield Span(start, i)
            start = None


def assert_cites(answer: Answer, source: str | None = None, quote: str | None = None) -> None:
    """Some citation is of this source (its name or document id) and holds this quote.

    Raises AssertionError, listing what is cited; ValueError without a source and a quote."""
    __tracebackhide__ = True
    if source is None and quote is None:
        raise ValueError("assert_cites needs a source or a quote.")
    for citation in answer.citations:
        of_source = source is None or source in (citation.source, citation.document_id)
        if of_source and (quote is None or quote in citation.cited_text):
            return
    wanted = [f"the source {source}"] if source is not None else []
    wanted += [f"the quote “{quote}”"] if quote is not None else []
    raise AssertionError(f"Not cited: {' with '.join(wanted)}.\n\n{_told(answer)}")


def assert_abstains(answer: Answer) -> None:
    """The question was refused. Raises AssertionError with what was answered instead."""
    __tracebackhide__ = True
    if answer.status != "abstained":
        raise AssertionError(
            f"Answered (confidence {answer.confidence:.2f}) where a refusal was expected.\n\n"
            f"{_told(answer)}"
        )


def assert_no_unsupported_numbers(
    text: str, sources: str | NewDocument | Iterable[str | NewDocument]
) -> None:
    """Every number and date of the text stands in one of the sources, in any spelling: 143억 is
    $14.3 billion and not 143억 원, 28 is 스물여덟. Which thing a number counts is not compared.

    Raises AssertionError, naming the numbers and the sentence of a source that is nearest."""
    __tracebackhide__ = True
    from rag.figures import figures
    from rag.text.morphemes import analyse_many
    from rag.text.normalise import normalise

    given = [sources] if isinstance(sources, str | NewDocument) else list(sources)
    texts = [normalise(one if isinstance(one, str) else one.text) for one in given]
    plain = _MARKER.sub("", normalise(text))
    tokens, *held = analyse_many([plain, *texts])
    known = [f for t, found in zip(texts, held, strict=True) for f in figures(t, found)]
    missing = [
        figure
        for figure in figures(plain, tokens)
        if not any(figure.agrees(other) for other in known)
    ]
    if not missing:
        return
    problems = []
    for figure in missing:
        line = _line_around(plain, figure.span)
        problems.append(
            _problem(line, _nearest(line, texts), f"no source has {figure.span.of(plain)}")
        )
    raise AssertionError("Numbers without support.\n\n" + "\n\n".join(problems))


def _line_around(text: str, span: Span) -> str:
    from rag.text.sentences import split

    return next((s.of(text) for s in split(text) if s.start <= span.start < s.end), text)


def _nearest(line: str, texts: Sequence[str]) -> str | None:
    """The sentence of the sources that shares most words with the line."""
    from rag.text.sentences import split

    words = set(line.lower().split())
    sentences = [s.of(text) for text in texts for s in split(text)]
    return max(sentences, key=lambda s: len(words & set(s.lower().split())), default=None)


def _problem(sentence: str, evidence: str | None, reason: str) -> str:
    return "\n".join(
        [
            _block("sentence", sentence),
            _block("evidence", evidence or "none"),
            _block("why", reason),
        ]
    )


def _told(answer: Answer) -> str:
    lines = [_block("question", answer.question), _block("answer", answer.answer)]
    if answer.reason:
        lines.append(_block("reason", answer.reason))
    for c in answer.citations:
        lines.append(_block(f"quote [{c.marker}]", f"{c.cited_text} — {c.source}"))
    if not answer.citations:
        near = answer.passages[:1]
        lines += [_block("nearest", f"{p.text[:200]} — {p.source}") for p in near]
    return "\n".join(lines)


def _block(name: str, text: str) -> str:
    indent = " " * 14
    return textwrap.fill(
        " ".join(text.split()),
        _WIDTH,
        initial_indent=f"  {name:<12}",
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
