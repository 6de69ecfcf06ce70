"""`rag verify`: marks, exit codes, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.cli.main import run
from tests.verify.test_verify import ENGLISH, KOREAN


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    path = tmp_path / "article.txt"
    path.write_text(f"{KOREAN}\n\n{ENGLISH}\n", encoding="utf-8")
    return path


def test_a_grounded_text(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "Northwind hired 28 people.", "--source", str(source)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("✓")
    assert "hired 28 people" in shown
    assert "article.txt" in " ".join(shown.split())


def test_an_ungrounded_text_from_a_file(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = tmp_path / "answer.txt"
    answer.write_text("노동조합은 합병에 반대했다.", encoding="utf-8")
    assert run(["verify", "--file", str(answer), "--source", str(source), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["grounded"] is False
    assert found["sentences"][0]["why"] == "polarity"


def test_given_sources_need_no_data_folder(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "none"))
    assert run(["verify", "Northwind hired 28 people.", "--source", str(source)]) == 0
    assert capsys.readouterr().err == ""
    assert not (tmp_path / "none").exists()


def test_neither_text_nor_file(source: Path) -> None:
    assert run(["verify"]) == 2
    assert run(["verify", "text", "--file", str(source)]) == 2
