"""What the tests of the terminal program share: one prepared data folder, and two small answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rag.cli.main import run
from rag.types import Answer, Citation, ModelInfo, Passage, Span, Usage

from .running import QUESTION, Outcome, environment, run_program, serving


@pytest.fixture(scope="session")
def first_question(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """An empty folder, and how the first question in it went, in pipes and the C locale."""
    folder = tmp_path_factory.mktemp("first")
    env = environment(LC_ALL="C")
    env.pop("LANG")
    return folder, run_program("ask", QUESTION, cwd=folder, env=env)


@pytest.fixture(scope="session")
def data_dir(first_question: tuple[Path, Outcome]) -> Path:
    """A data folder with the bundled articles in it. Tests do not change it."""
    return first_question[0] / ".geungeo"


@dataclass(frozen=True)
class Service:
    """A running service, and the folder that it holds."""

    url: str
    data_dir: Path


@pytest.fixture(scope="session")
def service(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real service over a folder of its own with the bundled articles in it."""
    folder = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(data_dir, folder)
    with serving(folder) as url:
        yield Service(url, folder)


@pytest.fixture
def rag(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """Run the program inside this process."""
    for name in ("RAG_PROFILE", "RAG_DATA_DIR", "RAG_HOST", "RAG_PORT", "RAG_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = run(list(arguments))
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def answer() -> Answer:
    """A small answer with one citation out of one passage."""
    text = "앞 문장이다.  르쿤은 2013년\n메타에 합류했다. 뒤 문장이다."
    span = Span(text.index("르쿤"), text.index(" 뒤"))
    said = "르쿤은 2013년 메타에 합류했다. [1]"
    passage = Passage("doc_1", "chk_1", "제목", "a.txt", text, Span(100, 100 + len(text)), 0.5, {})
    citation = Citation(
        id="cit_1",
        marker=1,
        answer_span=Span(0, len(said)),
        document_id="doc_1",
        chunk_id="chk_1",
        title="제목",
        source="a.txt",
        source_span=span.shifted(100),
        cited_text=span.of(text),
        verified=True,
        support=0.9,
    )
    return Answer(
        id="ans_1",
        created=1,
        status="answered",
        reason=None,
        question="언제?",
        standalone_question="언제?",
        language="ko",
        answer=said,
        short_answer="2013년",
        citations=(citation,),
        unsupported=(),
        conflicts=(),
        passages=(passage,),
        confidence=0.8,
        model=ModelInfo("embedded", "m", "f"),
        usage=Usage(),
        timings_ms={"total": 1.0},
    )


@pytest.fixture
def refusal(answer: Answer) -> Answer:
    """An abstention with its nearest passage."""
    return replace(
        answer,
        status="abstained",
        reason="no_evidence",
        language="en",
        answer="The documents do not say.",
        short_answer=None,
        citations=(),
    )
