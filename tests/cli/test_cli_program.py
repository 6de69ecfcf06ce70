"""The program as people run it: a process of its own, in pipes and in a real terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from wcwidth import wcswidth

from .running import QUESTION, Outcome, environment, run_program

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def terminal(*arguments: str, cwd: Path, columns: int, **env: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-m", "rag", *arguments],
        dimensions=(50, columns),
        encoding="utf-8",
        cwd=str(cwd),
        env=environment(**env),
        timeout=60,
    )


def shown_after_opening(child: pexpect.spawn[str]) -> str:
    """All that the terminal got, without the line that moved while the engine opened."""
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before).rpartition("\x1b[2K")[2].replace("\r\n", "\n")


def test_importing_the_program_loads_nothing_heavy() -> None:
    heavy = "rich numpy pydantic orjson chromadb llama_index kiwipiepy prompt_toolkit".split()
    code = f"import sys, rag.cli.main; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stdout == "[]\n"


def test_first_question_in_an_empty_folder_in_a_pipe_and_the_c_locale(
    first_question: tuple[Path, Outcome],
) -> None:
    folder, done = first_question
    assert done.code == 0
    assert done.err == ".geungeo is new: reading the bundled articles into it first.\n"
    assert "2013년" in done.out
    assert "\n출처\n" in done.out
    assert "\x1b" not in done.out
    assert (folder / ".geungeo").is_dir()
    assert all(wcswidth(line) <= 80 for line in done.out.splitlines())


def test_documents_are_aligned_in_terminals(tmp_path: Path, data_dir: Path) -> None:
    for columns in (60, 100):
        child = terminal("docs", "ls", cwd=tmp_path, columns=columns, RAG_DATA_DIR=str(data_dir))
        lines = ESCAPE.sub("", shown_after_opening(child)).splitlines()
        assert {wcswidth(line) for line in lines} == {wcswidth(lines[0])}
        assert wcswidth(lines[0]) <= columns
        assert ("source" in lines[0]) == (columns == 100)
        assert all(re.match(r"doc_\w+  \S", line) for line in lines[1:])


def test_no_color_means_no_escape_even_in_a_terminal(tmp_path: Path, data_dir: Path) -> None:
    child = terminal(
        "docs", "ls", cwd=tmp_path, columns=60, RAG_DATA_DIR=str(data_dir), NO_COLOR="1"
    )
    child.expect(pexpect.EOF)
    assert "doc_" in child.before
    assert "\x1b" not in child.before


@pytest.mark.parametrize("wait", [0.0, 0.8])
def test_an_interrupt_while_it_loads_ends_it_quietly(
    tmp_path: Path, data_dir: Path, wait: float
) -> None:
    child = terminal("ask", QUESTION, cwd=tmp_path, columns=80, RAG_DATA_DIR=str(data_dir))
    child.expect("Answering")
    time.sleep(wait)  # into the imports, where an exception can leave a lock behind
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in child.before


def test_a_reader_that_leaves_early_hears_no_complaint(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "rag", "config", "show"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait(timeout=60) == 1


def test_serve_starts_the_service_on_the_given_port_and_folder(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", "0", "--no-seeds", "--data-dir", "here"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=environment(RAG_PORT="1"),
        text=True,
    )
    assert child.stdout is not None
    with child.stdout:
        line = child.stdout.readline()
        child.terminate()
    assert re.fullmatch(r"listening on http://127\.0\.0\.1:\d{4,5}\n", line)
    assert child.wait(timeout=60) == 0
    assert (tmp_path / "here").is_dir()


def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data_dir: Path) -> None:
    env = environment(RAG_DATA_DIR=str(data_dir))
    done = run_program("ask", os.fsencode("caf") + b"\xe9?", cwd=tmp_path, env=env)
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"rag: .+\n", done.err)
    assert not (tmp_path / ".geungeo").exists()
