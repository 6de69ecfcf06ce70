"""The types that the pipeline hands from stage to stage, and nothing else.

Each stage wraps what the one before returned, so an answer can be followed back to the
bytes of a file: Answer -> Citation -> Chunk -> Document -> text. All types are frozen.

It does not know how any of them is made, stored, shown or sent. Every offset counts Unicode
code points, end exclusive, into the *normalised* text of a document (or, for `answer_span`,
into the text of the answer). Field names of the types that leave the service are those of the
HTTP contract, so serialising is a plain walk over the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["body", "heading", "title", "caption", "furniture"]
"""What a stretch of a document is. Only `body` may be cited or used as an answer."""

Status = Literal["answered", "partial", "abstained"]
Reason = Literal["no_evidence", "low_support", "off_topic", "model_refused", "interrupted"]
IngestStatus = Literal["added", "unchanged", "updated", "removed", "failed"]

DEFAULT_COLLECTION = "default"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The text that the span covers."""
        return text[self.start : self.end]

    def shifted(self, by: int) -> Span:
        """The same range, `by` code points further on."""
        return Span(self.start + by, self.end + by)

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or line of page furniture: the unit that has one role and language."""

    span: Span
    role: Role
    language: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. `span` is absolute in the document and has no space at either end."""

    span: Span
    role: Role
    language: str


@dataclass(frozen=True, slots=True)
class Document:
    """A normalised text with its structure. Blocks are in order, do not overlap, and together
    cover every non-space character. `sha256` is that of the UTF-8 of `text`."""

    id: str
    collection: str
    source: str
    title: str
    text: str
    sha256: str
    languages: tuple[str, ...]
    blocks: tuple[Block, ...]
    authors: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created: float = 0.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole sentences up to a token budget: `document.text[span.start:span.end] == text`.
    `sentences` lie inside `span`; `tokens` counts the profile's tiktoken encoding."""

    id: str
    document_id: str
    ordinal: int
    span: Span
    text: str
    role: Role
    language: str
    tokens: int
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A text as a caller hands it in, not yet normalised."""

    text: str
    title: str | None = None
    source: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    collection: str = DEFAULT_COLLECTION


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as a caller hands it in: its name is its source, and tells its format."""

    name: str
    data: bytes
    metadata: Mapping[str, Any] = field(default_factory=dict)
    collection: str = DEFAULT_COLLECTION


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk with what each stage thought of it (`ranks` start at 1)."""

    document_id: str
    chunk_id: str
    title: str
    source: str
    text: str
    span: Span
    score: float
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote that carries a sentence of the answer. `cited_text` was copied from the document
    by us: `document.text[source_span.start:source_span.end] == cited_text`."""

    id: str
    marker: int
    answer_span: Span
    document_id: str
    chunk_id: str
    title: str
    source: str
    source_span: Span
    cited_text: str
    verified: bool
    support: float


CitationStatus = Literal["unchanged", "moved", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class GivenCitation:
    """What is remembered of a citation of an earlier answer."""

    id: str
    document_id: str
    collection: str
    source: str
    source_span: Span


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """Whether a citation given earlier still holds. `document_id` is the document that has its
    source's name now (None when `gone`), `source_span` and `cited_text` the quote's place there
    (None unless `unchanged` or `moved`), `citation` what was given then."""

    id: str
    status: CitationStatus
    document_id: str | None
    source_span: Span | None
    cited_text: str | None
    citation: GivenCitation
    object: str = "citation"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A sentence of the answer that no quote carries, and what is missing."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class ConflictValue:
    text: str
    marker: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources that disagree about one thing."""

    about: str
    values: tuple[ConflictValue, ...]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Who wrote the answer. `fingerprint` changes when the profile or the index does."""

    provider: str
    name: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


@dataclass(frozen=True, slots=True)
class TrailStep:
    """What one stage did to one passage: its rank and score there, and whether it was kept."""

    stage: str
    chunk_id: str
    rank: int
    score: float
    kept: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question: an answer with its grounds, or a refusal with its reason.
    `notice` tells what the reader should know of how it came about, such as that the model failed
    and another answerer took its place."""

    id: str
    created: int
    status: Status
    reason: Reason | None
    question: str
    standalone_question: str
    language: str
    answer: str
    short_answer: str | None
    citations: tuple[Citation, ...]
    unsupported: tuple[Unsupported, ...]
    conflicts: tuple[Conflict, ...]
    passages: tuple[Passage, ...]
    confidence: float
    model: ModelInfo
    usage: Usage
    timings_ms: Mapping[str, float]
    trail: tuple[TrailStep, ...] | None = None
    notice: str | None = None
    object: str = "answer"


@dataclass(frozen=True, slots=True)
class SearchResult:
    question: str
    language: str
    passages: tuple[Passage, ...]
    timings_ms: Mapping[str, float]
    object: str = "search"


@dataclass(frozen=True, slots=True)
class IngestItem:
    """What became of one document. `document_id` is None only when it failed before it had one."""

    document_id: str | None
    source: str
    status: IngestStatus
    chunks: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    items: tuple[IngestItem, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many items have each status; every status is present."""
        names: tuple[IngestStatus, ...] = ("added", "unchanged", "updated", "removed", "failed")
        return {name: sum(item.status == name for item in self.items) for name in names}


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A row of the document list: everything but the text."""

    document_id: str
    source: str
    title: str
    languages: tuple[str, ...]
    collection: str
    chunks: int
    characters: int
    sha256: str
    created: int
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """`next` is what to pass as `after` for the following page, None on the last."""

    documents: tuple[DocumentInfo, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    name: str
    documents: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `rag doctor`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is (0 when unknown)."""


Verdict = Literal["supported", "partial", "unsupported", "contradicted"]
Why = Literal["number", "date", "name", "polarity", "no_evidence"]
"""What of a sentence its evidence does not carry."""


@dataclass(frozen=True, slots=True)
class SourceQuote:
    """The best evidence for a sentence: `text` stands at `span` of the normalised source. `source`
    is its place among the sources given, or among the documents found when a collection was
    searched; only then it has a `document_id` and a `source_name`."""

    source: int
    span: Span
    text: str
    document_id: str | None = None
    source_name: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedSentence:
    """A sentence of the text, how well the sources support it (0 to 1), and what is wrong.
    `evidence` is None when no source shares a word with it."""

    span: Span
    text: str
    support: float
    verdict: Verdict
    why: Why | None
    evidence: SourceQuote | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a text stands on its sources: `support` is that of its weakest sentence, and it is
    `grounded` when every sentence is supported. Spans refer to the normalised text."""

    support: float
    grounded: bool
    sentences: tuple[VerifiedSentence, ...]
