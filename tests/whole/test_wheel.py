"""A wheel works on its own: profiles, seeds and weights travel inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.paths import ROOT


def test_a_wheel_answers_in_an_empty_folder(tmp_path: Path) -> None:
    build = (
        "import os, sys; os.chdir(sys.argv[1]); from hatchling.build import build_wheel;"
        "print(build_wheel(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", build, str(ROOT), str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    wheel = tmp_path / done.stdout.strip().splitlines()[-1]
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
        assert not [n for n in archive.namelist() if n.startswith("tests/")]
        page = {
            n.removeprefix("api/page/") for n in archive.namelist() if n.startswith("api/page/")
        }
        assert page == {file.name for file in (ROOT / "api" / "page").iterdir()}
    empty = tmp_path / "empty"
    empty.mkdir()
    # The wheel's folder alone stands before the environment's packages: were anything missing in
    # it, this would not be found in the checkout instead.
    environ = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    code = (
        "import rag, sys; assert rag.__file__.startswith(sys.argv[1]), rag.__file__;"
        "sys.argv = ['rag', 'ask', '얀 르쿤은 언제 메타에 합류했나요?', '--json'];"
        "from rag.cli.main import main; main()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(installed)],
        cwd=empty, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["short_answer"] == "2013년"
    assert (empty / ".geungeo").is_dir()
