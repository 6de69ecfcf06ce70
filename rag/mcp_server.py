"""The engine as tools of the Model Context Protocol: `ask`, `search`, `read_document`.

Each tool gives a text that a model can read and quote, and the same as data. It does not know how
the protocol is carried (standard streams, HTTP), nor in which threads the engine's calls run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Protocol, TypeVar

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from rag.cancel import Cancel
from rag.engine import Engine
from rag.errors import RagError
from rag.types import DEFAULT_COLLECTION, Answer, Passage, Turn

T = TypeVar("T")
PAGE = 20_000
"""Characters of a document that are read at once, unless the caller says otherwise."""

INSTRUCTIONS = """\
Answers questions from the user's own documents, in Korean and English. Every sentence of an answer
stands on a quote: [1] in the text is the first source. When an answer is `abstained`, the documents
do not say; do not fill the gap. `read_document` shows where a quote stands."""

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False, idempotent_hint=True)

Question = Annotated[str, Field(description="Korean or English, 1 to 8,000 characters.")]
Collection = Annotated[str, Field(description="The collection of documents to look in.")]
TopK = Annotated[int | None, Field(description="How many passages to look at, 1 to 50.")]


class Run(Protocol):
    """Runs a blocking call elsewhere and waits for it."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]: ...


def in_thread(call: Callable[[], T], /) -> Awaitable[T]:
    """A `Run` that takes any thread; whoever is cancelled does not wait for it."""
    return anyio.to_thread.run_sync(call, abandon_on_cancel=True)


def build_server(engine: Engine, run: Run = in_thread) -> MCPServer[Any]:
    """The server over an open engine, which must outlive it."""
    server: MCPServer[Any] = MCPServer(
        "geungeo", title="Geungeo", instructions=INSTRUCTIONS, log_level="WARNING"
    )

    async def ask(
        question: Question,
        collection: Collection = DEFAULT_COLLECTION,
        history: Annotated[
            list[Turn] | None, Field(description="Earlier messages, oldest first.")
        ] = None,
        top_k: TopK = None,
    ) -> CallToolResult:
        """Answer a question from the documents, with the exact quotes it stands on."""
        cancel = Cancel()
        call = partial(
            engine.ask,
            question,
            history=history or (),
            collection=collection,
            top_k=top_k,
            cancel=cancel,
        )
        try:
            answer = await _told(run, call)
        finally:
            cancel.throw()  # who is gone by now waits for no answer
        data = asdict(answer)
        del data["trail"]
        return _result(answer_text(answer), data)

    async def search(
        question: Question, collection: Collection = DEFAULT_COLLECTION, top_k: TopK = None
    ) -> CallToolResult:
        """Find passages of the documents, best first, without an answer."""
        found = await _told(
            run, partial(engine.search, question, collection=collection, top_k=top_k)
        )
        text = "\n\n".join(_passage_text(passage) for passage in found.passages)
        return _result(text or "No passage was found.", asdict(found))

    async def read_document(
        document_id: Annotated[str, Field(description="As answers and passages name it.")],
        start: Annotated[int, Field(ge=0, description="The first character, from 0.")] = 0,
        length: Annotated[int, Field(ge=1, le=200_000, description="How many characters.")] = PAGE,
    ) -> CallToolResult:
        """Read a document, or a part of it. Spans count its characters, from 0."""
        document = await _told(run, partial(engine.document, document_id))
        end = min(len(document.text), start + length)
        data = {
            "document_id": document.id,
            "title": document.title,
            "source": document.source,
            "characters": len(document.text),
            "span": {"start": min(start, end), "end": end},
            "text": document.text[start:end],
            "next": end if end < len(document.text) else None,
        }
        return _result(document.text[start:end], data)

    for tool, title in (
        (ask, "Ask the documents"),
        (search, "Search the documents"),
        (read_document, "Read a document"),
    ):
        server.add_tool(tool, title=title, annotations=_READS)
    return server


def answer_text(answer: Answer) -> str:
    """An answer as a model reads it: the text, and below it the quote behind each marker; under a
    refusal, what came nearest."""
    if answer.status == "abstained":
        near = [_passage_text(passage) for passage in answer.passages[:3]]
        nearest = ["Nearest passages, which do not answer it:", *near] if near else []
        return "\n\n".join([answer.answer, *nearest])
    quotes = {
        c.marker: f"[{c.marker}] “{c.cited_text}”\n    — {c.title} ({c.source}; {c.document_id}, "
        f"characters {c.source_span.start} to {c.source_span.end})"
        for c in answer.citations
    }
    return "\n\n".join([answer.answer, *quotes.values()])


def _passage_text(passage: Passage) -> str:
    where = f"characters {passage.span.start} to {passage.span.end}"
    return f"{passage.title} ({passage.source}; {passage.document_id}, {where}):\n{passage.text}"


def _result(text: str, data: Mapping[str, Any]) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=dict(data)
    )


async def _told(run: Run, call: Callable[[], T]) -> T:
    """What the call returns; an error of ours as one whose message the model may read."""
    try:
        return await run(call)
    except RagError as error:
        raise ToolError(error.message) from None
