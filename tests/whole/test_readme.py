"""What the README shows is what happens."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rag.cli.main import app
from rag.engine import Engine
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
# The first digits of their SHA-256: they stay byte for byte.
SEEDS = {
    "000_2a498150bfc2e870.txt": "d0c2cab6d3f2717e",
    "003_9acfb21822a55c1e.txt": "b1d13fb6bc478083",
}
CONSOLE = re.findall(r"```console\n\$ (rag [^\n]+)\n(.+?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


@pytest.mark.parametrize(("command", "shown"), CONSOLE)
def test_a_shown_answer_is_the_real_one(command: str, shown: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.rstrip() == shown.rstrip()


def test_three_runs_are_shown() -> None:
    assert len(CONSOLE) == 3


def test_the_shown_json_is_the_real_one(seeded: Engine) -> None:
    [question] = re.findall(r"-d '(\{.+\})'", README)
    [block] = re.findall(r"```json\n(.+?)```", README, re.DOTALL)
    shown = json.loads(block)
    answer = seeded.ask(json.loads(question)["question"])
    [cited], [citation] = shown["citations"], answer.citations
    assert (shown["status"], shown["short_answer"]) == (answer.status, answer.short_answer)
    assert shown["confidence"] == round(answer.confidence, 2)
    for start in re.split(" … ?", shown["answer"]):
        assert start in answer.answer
    assert citation.cited_text.startswith(cited["cited_text"].rstrip(" …"))
    for name in ("source_span", "answer_span"):
        span = getattr(citation, name)
        assert cited[name] == {"start": span.start, "end": span.end}


def test_every_command_shown_exists() -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
    known |= {group.name for group in app.registered_groups}
    shown = set(re.findall(r"(?:^|`)rag ([a-z]+)", README, re.MULTILINE))
    assert shown - {"is"} <= known
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)) <= targets


def test_the_seeds_are_those_that_came() -> None:
    found = {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest()[:16]
        for p in (ROOT / "seeds").glob("*.txt")
    }
    assert len(found) == 2
    assert found == SEEDS
