"""The profiles that are shipped: each loads, says how its server starts, and makes its models."""

from __future__ import annotations

import re

import pytest

from rag.errors import ProfileError
from rag.models.make import make_chat_model, make_embedder, make_reranker
from rag.profile import load_profile
from rag.resources import bundled
from tests.conftest import MakeProfile

FILES = sorted(path.stem for path in bundled("configs").glob("*.yaml"))
OTHERS = [name for name in FILES if name != "embedded"]


@pytest.mark.parametrize("name", OTHERS)
def test_a_shipped_profile_is_a_few_lines_and_says_how_to_start(name: str) -> None:
    text = (bundled("configs") / f"{name}.yaml").read_text(encoding="utf-8")
    settings = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(settings) < 20
    assert f"rag serve --profile {name}" in text
    profile = load_profile(name, environ={})
    base = load_profile(environ={})
    changed = {k.split(".")[0] for k, v in profile.flat().items() if v != base.flat()[k]}
    assert changed <= {"embedder", "answerer", "reranker"}
    if "embedder" in changed:
        assert f"--data-dir .geungeo-{name.split('-')[0]}" in text


@pytest.mark.parametrize("name", OTHERS)
def test_a_shipped_profile_makes_its_models(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    profile = load_profile(name, environ={})
    makers = {
        profile.embedder: make_embedder,
        profile.answerer: make_chat_model,
        profile.reranker: make_reranker,
    }
    for section, make in makers.items():
        if section.provider in ("openai", "http"):
            assert make(profile) is not None
        elif section.provider == "huggingface":
            with pytest.raises(ProfileError, match=r"no model in|geungeo\[huggingface\]"):
                make(profile)


def test_a_key_is_named_and_never_shown(
    make_profile: MakeProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    profile = load_profile("openai", environ={"OPENAI_API_KEY": "sk-secret"})
    assert profile.answerer.api_key == "sk-secret"
    assert "sk-secret" not in str(profile.flat()) + repr(profile)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ProfileError, match="set the environment variable OPENAI_API_KEY"):
        make_chat_model(profile)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"answerer__provider": "openai"}, r"needs answerer\.model"),
        ({"embedder__provider": "openai", "embedder__model": "m"}, r"needs embedder\.base_url"),
        ({"reranker__provider": "http", "reranker__model": "m"}, r"needs reranker\.base_url"),
        ({"answerer__max_tokens": 8000}, "at least half"),
        ({"answerer__fallback": "openai"}, re.escape("answerer.fallback = 'openai'")),
    ],
)
def test_values_that_do_not_go_together(
    make_profile: MakeProfile, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(ProfileError, match=words):
        make_profile(**settings)
