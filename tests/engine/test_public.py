"""What the package offers to other people's programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rag
from tests.support.paths import ROOT

SLOW = ("chromadb", "llama_index", "kiwipiepy", "pydantic", "numpy", "yaml")
USES_IT = """
from rag import Answer, NewDocument, open_engine


def first_quote(question: str) -> str:
    with open_engine(write=True) as engine:
        engine.add([NewDocument("text", source="a.txt")])
        answer: Answer = engine.ask(question)
        return answer.citations[0].cited_text
"""


def test_every_public_name_is_there_and_a_wrong_one_is_not() -> None:
    assert len(rag.__all__) == len({id(getattr(rag, name)) for name in rag.__all__})
    assert set(rag.__all__) <= set(dir(rag))
    with pytest.raises(AttributeError, match="no attribute 'open_engin'"):
        rag.open_engin  # noqa: B018


def test_importing_the_package_loads_nothing_slow() -> None:
    code = f"import rag, sys; print([m for m in {SLOW!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_documented_example_runs(tmp_path: Path) -> None:
    lines = (rag.__doc__ or "").split("\n")
    example = "\n".join(line[4:] for line in lines if line.startswith("    "))
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[1] 한빛도서관은 오후 6시에 닫습니다. hours.txt\n"


def test_its_types_reach_other_peoples_programs(tmp_path: Path) -> None:
    assert (ROOT / "rag" / "py.typed").exists()
    program = tmp_path / "program.py"
    wrong = "\n\ndef wrong(answer: Answer) -> int:\n    return answer.citations[0].cited_text\n"
    program.write_text(USES_IT + wrong, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    [error] = [line for line in done.stdout.splitlines() if "error:" in line]
    assert 'got "str", expected "int"' in error
