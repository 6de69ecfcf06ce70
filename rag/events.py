"""What a question gives on the way to its answer, step by step.

Plain data, as in `rag.types`; it does not know who makes the steps or where they go.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Answer, Citation, Passage


@dataclass(frozen=True, slots=True)
class PassagesEvent:
    """What was found, before anything is answered."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class DeltaEvent:
    """A piece of the answer's text, never taken back: all of them together are `Answer.answer`."""

    text: str


@dataclass(frozen=True, slots=True)
class CitationEvent:
    """A citation, once the sentence that it supports and its marker have been sent."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class FinalEvent:
    """The whole answer; always the last event."""

    answer: Answer


Event = PassagesEvent | DeltaEvent | CitationEvent | FinalEvent
"""What `Engine.stream` gives, in this order: passages once, deltas and citations, final once."""
