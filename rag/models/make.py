"""From the sections of a profile to the models that they name. What is heavy is imported here, when
it is needed. It does not know the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.models.port import ChatModel
from rag.profile import Profile

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from rag.models.rerankers import CrossEncoder


def make_chat_model(profile: Profile) -> ChatModel | None:
    """The model that writes answers; None for the embedded answerer. Raises ProfileError."""
    match profile.answerer.provider:
        case "openai":
            from rag.models.openai_chat import OpenAIChat

            return OpenAIChat(profile.answerer, profile.deadlines)
        case "huggingface":
            from rag.models.local_chat import LocalChat

            return LocalChat(profile.answerer, profile.deadlines)
    return None


def make_embedder(profile: Profile) -> BaseEmbedding:
    """Who turns text into vectors. Raises ProfileError."""
    match profile.embedder.provider:
        case "openai":
            from rag.models.embedders import ServedEmbedding

            return ServedEmbedding(profile.embedder, profile.deadlines)
        case "huggingface":
            from rag.models.embedders import LocalEmbedding

            return LocalEmbedding(profile.embedder)
    from rag.embed import StaticEmbedding

    return StaticEmbedding()


def make_reranker(profile: Profile) -> CrossEncoder | None:
    """Who puts the best passages in their last order; None for our own ranking alone. Raises
    ProfileError."""
    match profile.reranker.provider:
        case "http":
            from rag.models.rerankers import ServedReranker

            return ServedReranker(profile.reranker, profile.deadlines)
        case "huggingface":
            from rag.models.rerankers import LocalReranker

            return LocalReranker(profile.reranker)
    return None
