"""`rag doctor` over real servers: what works is said, and what does not has its remedy."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from rag.doctor import check_models
from rag.engine import open_engine
from rag.profile import Profile
from rag.types import Check, NewDocument
from tests.conftest import MakeProfile
from tests.models.conftest import chat_settings
from tests.models.fake_server import FakeModel, Reply, Request


def checks_of(profile: Profile) -> dict[str, Check]:
    with open_engine(profile, write=True) as engine:
        return {check.name: check for check in check_models(engine)}


def test_the_embedded_profile_has_no_models_to_look_at(make_profile: MakeProfile) -> None:
    assert checks_of(make_profile()) == {}


def test_a_chat_model_that_works(make_profile: MakeProfile) -> None:
    with FakeModel(Reply("OK then."), context_tokens=4096) as server:
        checks = checks_of(make_profile(**chat_settings(server)))
    good = ("reachable", "present", "streams", "says why it ends")
    assert all(checks[f"chat model {name}"].ok for name in good)
    assert "2 pieces" in checks["chat model streams"].detail
    assert "stop, 10 + 2 tokens" in checks["chat model says why it ends"].detail
    context = checks["chat model context length"]
    assert not context.ok
    assert context.remedy == "Lower answerer.context_tokens to 4096."


def test_a_chat_model_of_another_name(make_profile: MakeProfile) -> None:
    with FakeModel(models=["fake-modell", "other"]) as server:
        checks = checks_of(make_profile(**chat_settings(server)))
    assert checks["chat model reachable"].ok
    assert not checks["chat model present"].ok
    assert "The server has: fake-modell, other." in checks["chat model present"].remedy
    assert checks["chat model"].detail == "model_missing"


def test_a_server_that_is_down_says_how_to_go_on(make_profile: MakeProfile) -> None:
    with FakeModel() as server:
        settings = {
            key.replace("answerer", "embedder"): value
            for key, value in chat_settings(server).items()
        }
    profile = make_profile(**settings)
    checks = checks_of(profile)
    assert checks["embedder"].detail == "model_unreachable"
    assert server.base_url in checks["embedder"].remedy
    assert not any(check.ok for check in checks.values())
    command = [sys.executable, "-m", "rag", "doctor", "--data-dir", str(profile.data_dir)]
    environ = {f"RAG__{key.upper()}": str(value) for key, value in settings.items()}
    done = subprocess.run(
        [*command], capture_output=True, text=True, env={"PYTHONPATH": ".", **environ}
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "FAIL  embedder: model_unreachable" in done.stdout


def test_an_embedder_its_dimension_and_its_index(make_profile: MakeProfile) -> None:
    with FakeModel() as server:
        settings: dict[str, object] = {
            "embedder__provider": "openai",
            "embedder__model": "fake-model",
            "embedder__base_url": server.base_url,
            "reranker__provider": "http",
            "reranker__model": "fake-model",
            "reranker__base_url": server.base_url,
        }
        checks = checks_of(make_profile(**settings))
        assert [name for name, check in checks.items() if not check.ok] == []
        assert "64 dimensions" in checks["embedder gives vectors"].detail
        assert checks["embedder fits the index"].detail == "openai/fake-model"
        assert checks["reranker tells what answers"].ok
        assert "412" in checks["self-test in Korean"].detail
        with open_engine(make_profile("other"), write=True) as engine:
            engine.add([NewDocument("An index of another embedder.")])
        checks = checks_of(make_profile("other", **settings))
        assert "rag reindex" in checks["embedder"].remedy


def self_tests(make_profile: MakeProfile, says: str) -> dict[str, Check]:
    """The two-question self-test of a model that writes `says`, with the tag of its excerpt in the
    place of TAG, by language."""

    def reply(request: Request) -> str:
        tag = re.search(r"=== \[(\w+)\]", request.prompt)
        return says.replace("TAG", tag[1]) if tag else "OK."

    with FakeModel(reply) as server:
        checks = checks_of(make_profile(**chat_settings(server, answerer__fallback="none")))
    return {language: checks[f"self-test in {language}"] for language in ("English", "Korean")}


def test_a_right_answer_passes_the_self_test(make_profile: MakeProfile) -> None:
    english = self_tests(make_profile, "The Danu bridge is 412 metres long [TAG].")["English"]
    assert english.ok
    assert english.detail == "'The Danu bridge is 412 metres long [1].' by openai/fake-model"
    assert self_tests(make_profile, "단우교의 길이는 412미터이다 [TAG].")["Korean"].ok


@pytest.mark.parametrize(
    ("says", "called"),
    [
        ("It is 999 metres long [TAG].", "does not say 412: "),
        ("Room 412 of the hotel is closed on Mondays.", "cites nothing: "),
        ("NO_ANSWER", "refused: "),
    ],
)
def test_what_a_wrong_answer_is_called(make_profile: MakeProfile, says: str, called: str) -> None:
    for check in self_tests(make_profile, says).values():
        assert not check.ok
        assert check.detail.startswith(called)
        assert "larger model" in check.remedy
