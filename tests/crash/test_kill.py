"""Kill -9 in the middle of an ingest, again and again: nothing is lost and nothing is doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag import open_engine
from rag.profile import load_profile
from rag.types import NewDocument
from tests.support.articles import write_articles
from tests.support.dump import dump

INGEST = [sys.executable, "-m", "rag", "ingest"]


def start(articles: Path, data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*INGEST, str(articles), "--data-dir", str(data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(articles: Path, data: Path) -> None:
    done = start(articles, data)
    _, errors = done.communicate(timeout=600)
    assert done.returncode == 0, errors.decode()


def kill_within(articles: Path, data: Path, seconds: float) -> bool:
    """Start an ingest and kill it, with its children, after some time; False if it was faster."""
    process = start(articles, data)
    time.sleep(seconds)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


def check_equal(articles: Path, data: Path, expected: dict[str, object], number: int) -> None:
    finish(articles, data)
    with open_engine(load_profile(overrides={"data_dir": str(data)}), write=True) as engine:
        assert all(check.ok for check in engine.check()), engine.check()
        held = dump(engine)
        for part, value in expected.items():
            assert held[part] == value, f"{part} differs after kill {number}"
        report = engine.add(
            [NewDocument(f"달팽이 {number}호는 화성에서 {number}년을 보냈다.", source="kill")]
        )
        assert report.items[0].status == "added"
        answer = engine.ask(f"달팽이 {number}호는 화성에서 얼마나 보냈나?")
        assert [c.source for c in answer.citations] == ["kill"]
        engine.remove(report.items[0].document_id or "")


def rounds(folder: Path, documents: int, kills: int, seed: int) -> None:
    articles = folder / "articles"
    write_articles(articles, documents)
    began = time.monotonic()
    finish(articles, folder / "undisturbed")
    whole = time.monotonic() - began
    profile = load_profile(overrides={"data_dir": str(folder / "undisturbed")})
    with open_engine(profile) as engine:
        expected = dump(engine)
    assert len(expected["documents"]) == documents
    rng = random.Random(seed)
    killed, trial, data = 0, 0, folder / "trial-0"
    while killed < kills:
        # Mostly one kill and then recovery; now and then the recovery is killed as well.
        if kill_within(articles, data, rng.uniform(0.3, 1.05) * whole):
            killed += 1
            if rng.random() < 0.3 and killed < kills:
                continue
        check_equal(articles, data, expected, killed)
        print(f"{killed} of {kills} kills survived", flush=True)
        trial, data = trial + 1, folder / f"trial-{trial + 1}"


def test_an_ingest_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    rounds(tmp_path, documents=60, kills=3, seed=7)


@pytest.mark.slow
def test_thirty_kills_of_two_thousand_documents(tmp_path: Path) -> None:
    rounds(tmp_path, documents=2000, kills=30, seed=11)
