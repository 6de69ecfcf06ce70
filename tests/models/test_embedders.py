"""Embedders behind OpenAI's protocol and those handed in: vectors, dimensions, changing over."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.embeddings import MockEmbedding

from rag.cancel import Cancel
from rag.embed import embed_question, embed_texts, embedder_name
from rag.engine import open_engine
from rag.errors import (
    CancelledError,
    EmbedderMismatchError,
    ModelBrokenError,
    ModelError,
    ModelUnreachableError,
)
from rag.models.embedders import ServedEmbedding
from rag.profile import Profile
from rag.types import NewDocument
from tests.conftest import MakeProfile
from tests.models.fake_server import FakeModel, Reply, Request

TEXTS = [
    NewDocument("Volvo opens a plant in Ulsan in 2013.", source="volvo"),
    NewDocument("The moon orbits the earth in 27 days.", source="moon"),
    NewDocument("울산 공장은 2013년에 열렸다.", source="ulsan"),
]


def served(make_profile: MakeProfile, server: FakeModel, **settings: object) -> Profile:
    return make_profile(
        embedder__provider="openai",
        embedder__model="fake-model",
        embedder__base_url=server.base_url,
        **{"deadlines__total_seconds": 3, **settings},
    )


def embedder_of(profile: Profile) -> ServedEmbedding:
    return ServedEmbedding(profile.embedder, profile.deadlines)


def test_texts_go_in_batches_and_come_back_in_order(make_profile: MakeProfile) -> None:
    with FakeModel() as server:
        profile = served(make_profile, server)
        embedder = embedder_of(profile)
        texts = [f"word{n}" for n in range(150)]
        rows = embed_texts(embedder, texts)
        sizes = [len(request.body["input"]) for request in server.requests]
        expected = np.array([server.vector(text, 64) for text in texts])
        embedder.close()
    assert sizes == [64, 64, 22]
    assert np.allclose(rows, expected)


def test_prefixes_are_set_before_questions_and_texts(make_profile: MakeProfile) -> None:
    with FakeModel() as server:
        profile = served(
            make_profile, server, embedder__query_prefix="query: ", embedder__text_prefix="text: "
        )
        embedder = embedder_of(profile)
        embed_question(embedder, "Who?")
        embed_texts(embedder, ["Volvo."])
        embedder.close()
        assert [r.body["input"] for r in server.requests] == [["query: Who?"], ["text: Volvo."]]
        assert embedder_name(embedder) != embedder_name(embedder_of(served(make_profile, server)))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=b'{"data": []}'),
        Reply(raw=b'{"object": "list"}'),
        Reply(raw=b"{"),
        Reply(raw=b'{"data": [{"index": 0, "embedding": []}]}'),
        Reply(raw=b'{"data": [{"index": 0, "embedding": ["x"]}]}'),
        Reply(raw=b'{"data": [{"index": 0, "embedding": [NaN]}]}'),
        Reply(status=500),
    ],
)
def test_what_is_no_vector_is_a_named_error(make_profile: MakeProfile, reply: Reply) -> None:
    with FakeModel(embeddings=reply) as server:
        embedder = embedder_of(served(make_profile, server))
        with pytest.raises(ModelBrokenError):
            embed_question(embedder, "Who?")
        embedder.close()


def test_another_dimension_is_noticed(make_profile: MakeProfile) -> None:
    with FakeModel(embeddings=[Reply(), Reply(dimension=32)]) as server:
        embedder = embedder_of(served(make_profile, server))
        embed_question(embedder, "Who?")
        with pytest.raises(EmbedderMismatchError, match="32 dimensions after some of 64"):
            embed_question(embedder, "Who?")
        embedder.close()


def test_an_index_of_another_dimension_is_refused(make_profile: MakeProfile) -> None:
    with FakeModel() as server:
        profile = served(make_profile, server)
        with open_engine(profile, write=True) as engine:
            engine.add(TEXTS)
            assert engine.search("plant in Ulsan").passages[0].source == "volvo"
        server.dimension = 32
        with open_engine(profile) as engine, pytest.raises(EmbedderMismatchError, match="reindex"):
            engine.ask("Who opens a plant?")


def test_an_embedder_that_is_down_is_a_named_error(make_profile: MakeProfile) -> None:
    with FakeModel() as server:
        profile = served(make_profile, server)
    with open_engine(profile, write=True) as engine, pytest.raises(ModelUnreachableError):
        engine.add(TEXTS)


def test_a_hung_up_question_ends_the_call_to_the_embedder(make_profile: MakeProfile) -> None:
    def script(request: Request) -> Reply:
        return Reply(delay_first=30) if "Who" in str(request.body["input"]) else Reply()

    with FakeModel(embeddings=script) as server:
        profile = served(make_profile, server, deadlines__first_token_seconds=30)
        with open_engine(profile, write=True) as engine:
            engine.add(TEXTS)
            cancel, raised = Cancel(), []

            def ask() -> None:
                try:
                    engine.ask("Who opens a plant?", cancel=cancel)
                except BaseException as error:
                    raised.append(error)

            thread = threading.Thread(target=ask)
            thread.start()
            while not any("Who" in str(r.body["input"]) for r in server.requests):
                time.sleep(0.01)
            cancel.throw()
            thread.join(1)
            assert not thread.is_alive()
            assert server.requests[-1].gone.wait(1)
    assert isinstance(raised[0], CancelledError)


class Words(BaseEmbedding):
    """Somebody's own embedder, without a name. Counts how often it is asked."""

    asked: int = 0
    broken: bool = False

    def _get_text_embedding(self, text: str) -> list[float]:
        self.asked += 1
        if self.broken:
            raise KeyError("no weights")
        return [float(text.count(letter)) + 0.01 for letter in "aeiou"]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def test_any_llama_index_embedder_can_be_handed_in(make_profile: MakeProfile) -> None:
    words = Words()
    with open_engine(make_profile(), write=True, embedder=words) as engine:
        engine.add(TEXTS)
        assert words.asked >= len(TEXTS)
        assert engine.ask("Who opens a plant in Ulsan?").citations[0].source == "volvo"
        assert all(check.ok for check in engine.check())
        words.broken = True
        with pytest.raises(ModelError, match="no weights"):
            engine.ask("Who opens a plant?")
    other = MockEmbedding(5)  # the same dimension, and it has no name either
    with (
        open_engine(make_profile(), embedder=other) as engine,
        pytest.raises(EmbedderMismatchError),
    ):
        engine.ask("Who opens a plant?")


def test_a_reranker_has_the_last_word(make_profile: MakeProfile) -> None:
    with FakeModel() as server:
        profile = make_profile(
            reranker__provider="http",
            reranker__model="fake-model",
            reranker__base_url=server.base_url,
        )
        with open_engine(profile, write=True) as engine:
            engine.add(TEXTS)
            found = engine.search("days in 27 the moon earth orbits").passages
            assert found[0].source == "moon"
            scores = [p.score for p in found]
            assert scores == sorted(scores, reverse=True)
            assert scores[0] == 1.0  # all words of the question, as the server counts
            (request,) = server.requests
            assert request.path == "/v1/rerank"
        server._scripts["/v1/rerank"] = Reply(raw=b'{"results": []}')
        with open_engine(profile) as engine, pytest.raises(ModelBrokenError, match="every passage"):
            engine.search("days in 27 the moon earth orbits")


def ask_until(done: threading.Event, ask: Any, found: list[Any]) -> threading.Thread:
    def work() -> None:
        while not done.is_set():
            try:
                found.append(ask())
            except Exception as error:
                found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_asking_goes_on_while_another_embedder_takes_over(make_profile: MakeProfile) -> None:
    with open_engine(make_profile(), write=True) as engine:
        engine.add([*TEXTS, *(NewDocument(f"Note {n} is about nothing.") for n in range(100))])
    with FakeModel(embeddings=Reply(delay_first=0.3)) as server:
        profile = served(make_profile, server, deadlines__total_seconds=20)
        with open_engine(profile, write=True) as engine:
            with pytest.raises(EmbedderMismatchError):
                engine.search("plant in Ulsan")
            found: list[Any] = []
            seen: list[tuple[str, int, int]] = []
            done = threading.Event()
            thread: list[threading.Thread] = []

            def progress(what: str, now: int, total: int) -> None:
                seen.append((what, now, total))
                if not thread:
                    thread.append(ask_until(done, lambda: engine.search("plant in Ulsan"), found))
                time.sleep(0.05)

            engine.reindex(progress)
            during = len(found)
            while len(found) < during + 3:
                time.sleep(0.01)
            done.set()
            thread[0].join()
            assert during > 0
            assert {r.passages[0].source for r in found} == {"volvo"}
            assert [what for what, *_ in seen] == sorted(what for what, *_ in seen)
            assert all(check.ok for check in engine.check())
            assert [p.name for p in engine.profile.data_dir.glob("index-*")] == ["index-2"]


def test_a_change_that_fails_leaves_the_old_index(make_profile: MakeProfile) -> None:
    default = make_profile()
    with open_engine(default, write=True) as engine:
        engine.add(TEXTS)
        before = engine.search("plant in Ulsan").passages

    def script(request: Request) -> Reply:
        texts: Sequence[str] = request.body["input"]
        return Reply(status=500 if any("moon" in text for text in texts) else 200)

    with FakeModel(embeddings=script) as server:
        profile = served(make_profile, server)
        with open_engine(profile, write=True) as engine:
            with pytest.raises(ModelError):
                engine.reindex()
            with pytest.raises(EmbedderMismatchError):
                engine.search("plant in Ulsan")
    with open_engine(default) as engine:
        assert engine.search("plant in Ulsan").passages == before
