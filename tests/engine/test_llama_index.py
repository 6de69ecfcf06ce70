"""The engine in a LlamaIndex program: a retriever, a query engine, and both in LlamaIndex's own."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.base.response.schema import Response
from llama_index.core.llms.mock import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore

from rag.engine import Engine
from rag.errors import InputError
from rag.llama_index import EngineQueryEngine, EngineRetriever

QUESTION = "얀 르쿤은 언제 메타에 합류했나요?"


def test_the_nodes_are_the_passages(seeded: Engine) -> None:
    nodes = EngineRetriever(seeded, top_k=3).retrieve(QUESTION)
    passages = seeded.search(QUESTION, top_k=3).passages
    assert [(n.node_id, n.text, n.score) for n in nodes] == [
        (p.chunk_id, p.text, p.score) for p in passages
    ]
    for node, passage in zip(nodes, passages, strict=True):
        assert node.node.ref_doc_id == passage.document_id
        text = seeded.document(passage.document_id).text
        assert text[_start(node) : _end(node)] == node.text
        assert node.metadata == {"title": passage.title, "source": passage.source}


def _start(node: NodeWithScore) -> int:
    return int(node.node.start_char_idx)  # type: ignore[attr-defined]


def _end(node: NodeWithScore) -> int:
    return int(node.node.end_char_idx)  # type: ignore[attr-defined]


def test_the_response_is_the_answer_with_the_quoted_passages(seeded: Engine) -> None:
    answer = seeded.ask(QUESTION)
    response = EngineQueryEngine(seeded).query(QUESTION)
    assert isinstance(response, Response)
    assert str(response) == answer.answer
    quoted = {citation.chunk_id for citation in answer.citations}
    assert {node.node_id for node in response.source_nodes} == quoted
    assert response.metadata is not None
    assert response.metadata["status"] == "answered"
    cited = [citation["cited_text"] for citation in response.metadata["citations"]]
    assert cited == [citation.cited_text for citation in answer.citations]


def test_a_refusal_has_no_sources(seeded: Engine) -> None:
    response = EngineQueryEngine(seeded).query("오늘 점심 메뉴는 뭐예요?")
    assert isinstance(response, Response)
    assert response.source_nodes == []
    assert response.metadata is not None
    assert response.metadata["status"] == "abstained"


def test_both_can_be_awaited(seeded: Engine) -> None:
    async def both() -> tuple[list[NodeWithScore], object]:
        return (
            await EngineRetriever(seeded).aretrieve(QUESTION),
            await EngineQueryEngine(seeded).aquery(QUESTION),
        )

    nodes, response = asyncio.run(both())
    assert [n.node_id for n in nodes] == [p.chunk_id for p in seeded.search(QUESTION).passages]
    assert str(response) == seeded.ask(QUESTION).answer


def test_it_fits_where_a_retriever_of_llamaindex_does(seeded: Engine) -> None:
    engine = RetrieverQueryEngine.from_args(EngineRetriever(seeded, top_k=2), llm=MockLLM())
    response = engine.query(QUESTION)
    assert isinstance(response, Response)
    assert len(response.source_nodes) == 2
    assert seeded.search(QUESTION).passages[0].text in str(response)


def test_errors_are_those_of_the_engine(seeded: Engine) -> None:
    with pytest.raises(InputError, match="top_k"):
        EngineRetriever(seeded, top_k=99).retrieve(QUESTION)
