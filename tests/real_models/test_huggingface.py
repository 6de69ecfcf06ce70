"""The huggingface provider, in process: a real embedder, and tiny models for chat and reranking."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path

import numpy as np
import pytest

from rag.cancel import Cancel
from rag.embed import embed_texts
from rag.engine import open_engine
from rag.errors import CancelledError, ModelRejectedError, ModelTimeoutError
from rag.models.embedders import LocalEmbedding, ServedEmbedding
from rag.models.local_chat import LocalChat
from rag.models.port import Message
from rag.models.rerankers import LocalReranker
from rag.profile import load_profile
from rag.types import NewDocument
from tests.conftest import MakeProfile
from tests.models.fake_server import FakeModel
from tests.real_models.tiny import write_chat_model, write_cross_encoder

pytestmark = pytest.mark.models
ASKED = [Message("system", "Answer."), Message("user", "울산 공장은 언제 열렸나?")]
TEXTS = [
    NewDocument("The car factory in Ulsan started to work in 2013.", source="plant"),
    NewDocument("The moon orbits the earth in 27 days.", source="moon"),
    NewDocument("Bread is baked from flour and water.", source="bread"),
]


@pytest.fixture(scope="module")
def minilm() -> LocalEmbedding:
    return LocalEmbedding(load_profile("minilm", environ={}).embedder)


def test_minilm_knows_what_is_alike(minilm: LocalEmbedding) -> None:
    rows = embed_texts(minilm, ["a cat sits here", "the kitten is sitting", "stocks fell sharply"])
    assert rows.shape == (3, 384)
    assert rows[0] @ rows[1] > 0.5 > rows[0] @ rows[2]


def test_minilm_finds_what_shares_no_word(make_profile: MakeProfile) -> None:
    folder = str(make_profile().data_dir)
    profile = load_profile("minilm", overrides={"data_dir": folder}, environ={})
    with open_engine(profile, write=True) as engine:
        engine.add(TEXTS)
        assert engine.search("When did automobile production begin?").passages[0].source == "plant"
        assert all(check.ok for check in engine.check())


def test_over_http_the_vectors_are_the_same(
    minilm: LocalEmbedding, make_profile: MakeProfile
) -> None:
    class Served(FakeModel):
        def vector(self, text: str, dimension: int) -> list[float]:
            return minilm.get_text_embedding(text)

    with Served() as server:
        profile = make_profile(
            embedder__provider="openai",
            embedder__model="fake-model",
            embedder__base_url=server.base_url,
        )
        served = ServedEmbedding(profile.embedder, profile.deadlines)
        texts = [new.text for new in TEXTS]
        assert np.allclose(embed_texts(served, texts), embed_texts(minilm, texts), atol=1e-5)
        served.close()


@pytest.fixture(scope="module")
def chat_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat") / "tiny"
    write_chat_model(folder)
    return folder


def local_chat(make_profile: MakeProfile, folder: Path, **settings: object) -> LocalChat:
    profile = make_profile(
        answerer__provider="huggingface", answerer__model=str(folder), **settings
    )
    return LocalChat(profile.answerer, profile.deadlines)


def test_a_chat_model_in_process_streams(make_profile: MakeProfile, chat_folder: Path) -> None:
    chat = local_chat(make_profile, chat_folder)
    assert chat.context_tokens == 2048
    assert chat.count_tokens("울산") == 6
    pieces = list(chat.stream(ASKED, max_tokens=24, cancel=Cancel()))
    last = pieces[-1]
    assert last.finish in ("length", "stop")
    assert last.usage is not None
    assert last.usage.completion_tokens <= 24
    assert last.usage.prompt_tokens > sum(chat.count_tokens(m.content) for m in ASKED)


def test_it_can_be_stopped_and_has_deadlines(make_profile: MakeProfile, chat_folder: Path) -> None:
    chat, cancel = local_chat(make_profile, chat_folder), Cancel()
    list(chat.stream(ASKED, max_tokens=2, cancel=Cancel()))
    before = threading.active_count()
    threading.Timer(0.2, cancel.throw).start()
    started = time.monotonic()
    replies = (list(chat.stream(ASKED, max_tokens=1000, cancel=cancel)) for _ in range(10_000))
    with pytest.raises(CancelledError):
        deque(replies, maxlen=0)
    assert time.monotonic() - started < 5
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.05)
    assert threading.active_count() <= before
    hurried = local_chat(
        make_profile,
        chat_folder,
        deadlines__first_token_seconds=0.001,
        deadlines__total_seconds=0.002,
    )
    with pytest.raises(ModelTimeoutError):
        list(hurried.stream(ASKED, max_tokens=1000, cancel=Cancel()))


def test_too_long_a_prompt_is_refused(make_profile: MakeProfile, chat_folder: Path) -> None:
    chat = local_chat(make_profile, chat_folder)
    with pytest.raises(ModelRejectedError, match="2048"):
        list(chat.stream([Message("user", "가" * 2000)], max_tokens=16, cancel=Cancel()))


def test_a_cross_encoder_orders_the_passages(make_profile: MakeProfile, tmp_path: Path) -> None:
    write_cross_encoder(tmp_path / "cross")
    profile = make_profile(
        reranker__provider="huggingface", reranker__model=str(tmp_path / "cross")
    )
    reranker = LocalReranker(profile.reranker)
    with open_engine(profile, write=True) as engine:
        engine.add(TEXTS)
        found = engine.search("When did the factory start?").passages
    scores = reranker.scores("When did the factory start?", [p.text for p in found])
    assert scores == sorted(scores, reverse=True)
