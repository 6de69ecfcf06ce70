"""Which file is in force, and what is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from rag.errors import ProfileError
from rag.profile import load_profile, profile_names
from rag.resources import bundled


def test_every_key_of_the_default_is_explained() -> None:
    lines = (bundled("configs") / "embedded.yaml").read_text(encoding="utf-8").splitlines()
    flat = load_profile(environ={}).flat()
    explained = 0
    for above, line in itertools.pairwise(lines):
        key = line.strip().split(":")[0]
        if ":" in line and not line.strip().startswith("#") and not line.endswith(":"):
            assert above.strip().startswith("#"), f"{key} has no comment"
            explained += 1
    assert explained == len(flat)


def test_flags_win_over_variables_over_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.yaml").write_text(
        "retrieval:\n  top_k: 3\nserver:\n  port: 9000\n"
    )
    monkeypatch.chdir(tmp_path)
    environ = {"RAG_PROFILE": "mine", "RAG_PORT": "9001", "RAG__RETRIEVAL__RRF_K": "7"}
    profile = load_profile(overrides={"server.port": 9002, "server.host": None}, environ=environ)
    assert profile.name == "mine"
    assert (profile.retrieval.top_k, profile.origins["retrieval.top_k"]) == (3, "configs/mine.yaml")
    assert (profile.retrieval.rrf_k, profile.origins["retrieval.rrf_k"]) == (
        7,
        "RAG__RETRIEVAL__RRF_K",
    )
    assert (profile.server.port, profile.origins["server.port"]) == (9002, "--port")
    assert profile.origins["server.host"] == "configs/embedded.yaml"
    assert "mine" in profile_names()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("retrieval:\n  topk: 3", "retrieval.top_k"),
        ("retreival:\n  top_k: 3", "retrieval.top_k"),
        ("gate:\n  partial: 0.9", "gate.partial must not be above"),
        ("retrieval:\n  top_k: lots", "retrieval.top_k = 'lots'"),
        ("extends: nobody", "There is no profile 'nobody'"),
        ("- a list", "is not a profile"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_wrong_profile_says_what_is_wrong(tmp_path: Path, text: str, hint: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    with pytest.raises(ProfileError) as caught:
        load_profile(str(file), environ={})
    assert hint in caught.value.message


def test_profiles_cannot_extend_in_a_circle(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(f"extends: {two}")
    two.write_text(f"extends: {one}")
    with pytest.raises(ProfileError, match="circle"):
        load_profile(str(one), environ={})


def test_the_fingerprint_follows_what_changes_answers() -> None:
    base = load_profile(environ={})
    assert load_profile(overrides={"server.port": 1}, environ={}).fingerprint == base.fingerprint
    assert (
        load_profile(overrides={"retrieval.top_k": 9}, environ={}).fingerprint != base.fingerprint
    )


def test_an_unknown_name_names_the_known() -> None:
    with pytest.raises(ProfileError, match="did you mean 'embedded'"):
        load_profile("embeded", environ={})
