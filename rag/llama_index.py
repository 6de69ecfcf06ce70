"""The engine as LlamaIndex knows such things: a retriever and a query engine.

For programs that use LlamaIndex already: `EngineRetriever` fits wherever a `BaseRetriever` does,
`EngineQueryEngine` answers with citations. It does not know how passages are found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from rag.engine import Engine
from rag.types import DEFAULT_COLLECTION, Passage


class EngineRetriever(BaseRetriever):
    """Passages of a collection as nodes, best first. `node.start_char_idx` and `end_char_idx` count
    characters of the document's normalised text (`engine.document(node.ref_doc_id).text`).

    `top_k` (1 to 50) and `filters` as in `Engine.search`, which also says what is raised."""

    def __init__(
        self,
        engine: Engine,
        *,
        collection: str = DEFAULT_COLLECTION,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._engine = engine
        self._collection = collection
        self._top_k = top_k
        self._filters = filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._engine.search(
            query_bundle.query_str,
            collection=self._collection,
            top_k=self._top_k,
            filters=self._filters,
        )
        return [_node(passage) for passage in found.passages]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class EngineQueryEngine(BaseQueryEngine):
    """Answers with markers such as [1]. `source_nodes` are the passages that are quoted, none when
    the question is refused; `metadata` is the whole answer (`rag.types.Answer`) as a dictionary.

    `top_k` (1 to 50) and `filters` as in `Engine.ask`, which also says what is raised."""

    def __init__(
        self,
        engine: Engine,
        *,
        collection: str = DEFAULT_COLLECTION,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(callback_manager=None)
        self._engine = engine
        self._collection = collection
        self._top_k = top_k
        self._filters = filters

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._engine.ask(
            query_bundle.query_str,
            collection=self._collection,
            top_k=self._top_k,
            filters=self._filters,
        )
        quoted = {citation.chunk_id for citation in answer.citations}
        nodes = [_node(passage) for passage in answer.passages if passage.chunk_id in quoted]
        return Response(answer.answer, nodes, asdict(answer))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _node(passage: Passage) -> NodeWithScore:
    node = TextNode(
        id_=passage.chunk_id,
        text=passage.text,
        start_char_idx=passage.span.start,
        end_char_idx=passage.span.end,
        metadata={"title": passage.title, "source": passage.source},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.document_id)},
    )
    return NodeWithScore(node=node, score=passage.score)
