"""llama.cpp's own server: the shipped profile, the protocol as it really speaks it, and errors."""

from __future__ import annotations

import threading
import time
from collections import deque

import pytest

from rag.cancel import Cancel
from rag.doctor import check_models
from rag.engine import open_engine
from rag.errors import CancelledError, ModelBrokenError
from rag.models.embedders import ServedEmbedding
from rag.models.openai_chat import OpenAIChat
from rag.models.port import Message
from rag.profile import Profile, load_profile
from rag.types import NewDocument
from tests.conftest import MakeProfile

pytestmark = pytest.mark.models
ASKED = [Message("user", "the plant was opened in ulsan")]


def profile_of(llama_url: str, **settings: object) -> Profile:
    keys = {key.replace("__", "."): value for key, value in settings.items()}
    mine = {
        "answerer.base_url": llama_url,
        "answerer.model": "tiny",
        "answerer.context_tokens": 1024,
    }
    mine |= {"answerer.max_tokens": 64}
    return load_profile("llamacpp", overrides={**mine, **keys}, environ={})


def chat_of(profile: Profile) -> OpenAIChat:
    return OpenAIChat(profile.answerer, profile.deadlines)


def test_a_reply_streams_and_says_why_it_ended(llama_url: str) -> None:
    chat = chat_of(profile_of(llama_url))
    pieces = list(chat.stream(ASKED, max_tokens=12, cancel=Cancel()))
    chat.close()
    assert len([piece for piece in pieces if piece.text]) >= 3
    assert pieces[-1].finish == "length"


def test_what_too_long_a_prompt_is_called(llama_url: str) -> None:
    """Asked for a stream, this server sends an empty one instead of its error."""
    chat = chat_of(profile_of(llama_url))
    long = [Message("user", "plant " * 3000)]
    assert chat.count_tokens(long[0].content) > 1024
    with pytest.raises(ModelBrokenError, match=r"lower answerer\.context_tokens"):
        list(chat.stream(long, max_tokens=12, cancel=Cancel()))
    chat.close()


def test_hanging_up_stops_it(llama_url: str) -> None:
    chat, cancel = chat_of(profile_of(llama_url)), Cancel()
    threading.Timer(0.3, cancel.throw).start()
    started = time.monotonic()
    replies = (list(chat.stream(ASKED, max_tokens=200, cancel=cancel)) for _ in range(10_000))
    with pytest.raises(CancelledError):
        deque(replies, maxlen=0)
    assert time.monotonic() - started < 10
    chat.close()


def test_its_vectors_make_an_index(
    llama_vectors: tuple[str, bool], make_profile: MakeProfile
) -> None:
    url, is_embedder = llama_vectors
    profile = make_profile(
        embedder__provider="openai", embedder__model="tiny", embedder__base_url=url
    )
    embedder = ServedEmbedding(profile.embedder, profile.deadlines)
    if not is_embedder:
        with pytest.raises(ModelBrokenError, match="made for embeddings"):
            embedder.get_query_embedding("the plant")
        embedder.close()
        return
    assert len(embedder.get_query_embedding("the plant")) == 64
    embedder.close()
    with open_engine(profile, write=True) as engine:
        engine.add([NewDocument("The plant was opened in Ulsan.", source="plant")])
        assert engine.search("Where was the plant opened?").passages[0].source == "plant"


def test_the_doctor_knows_it(llama_url: str, make_profile: MakeProfile) -> None:
    profile = profile_of(llama_url, data_dir=str(make_profile().data_dir))
    with open_engine(profile, write=True) as engine:
        checks = {check.name: check for check in check_models(engine)}
    for name in ("reachable", "present", "streams", "says why it ends"):
        assert checks[f"chat model {name}"].ok, checks
