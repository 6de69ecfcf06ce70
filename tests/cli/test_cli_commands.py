"""Every command inside this process, over the real engine and real files."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from wcwidth import wcswidth

from .running import QUESTION, Outcome

Rag = Callable[..., Outcome]


def test_ask_prints_the_answer_and_its_sources(rag: Rag, data_dir: Path) -> None:
    done = rag("ask", QUESTION, "--data-dir", str(data_dir))
    assert (done.code, done.err) == (0, "")
    answer, sources = done.out.split("\n출처\n")
    assert "2013년" in answer
    assert "[1]" in answer
    assert re.search(r"^\[1\] .+\n( {4}.+\n)+", sources)
    assert "“" in sources


def test_ask_json_is_the_answer_object_and_nothing_else(rag: Rag, data_dir: Path) -> None:
    done = rag("ask", QUESTION, "--json", "--data-dir", str(data_dir))
    body = json.loads(done.out)
    assert done.err == ""
    assert body["object"] == "answer"
    assert body["question"] == QUESTION
    assert "trail" not in body
    first = body["citations"][0]
    assert {"id", "marker", "answer_span", "source_span", "cited_text", "support"} <= set(first)
    assert first["source_span"]["end"] - first["source_span"]["start"] == len(first["cited_text"])


def test_explain_adds_the_trail(rag: Rag, data_dir: Path) -> None:
    shown = rag("ask", QUESTION, "--explain", "--data-dir", str(data_dir)).out
    body = json.loads(rag("ask", QUESTION, "--explain", "--json", "--data-dir", str(data_dir)).out)
    assert body["trail"]
    assert all(step["stage"] in shown for step in body["trail"])
    assert "confidence" in shown
    assert " ms" in shown


def test_questions_through_a_pipe_are_answered_one_by_one(
    rag: Rag, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "questions"
    script.write_bytes(f"{QUESTION}\n/sources\n".encode() + b"\xff\n/quit\nnever read\n")
    with script.open(encoding="ascii") as lines:
        monkeypatch.setattr("sys.stdin", lines)
        done = rag("chat", "--data-dir", str(data_dir))
    assert done.code == 0
    answer, quote, sources, end = done.out.split("\n\n")
    assert "2013년" in answer
    assert re.match(r"\[1\] .+\n    “르쿤은 2013년", quote)
    assert "뉴욕대" in sources
    assert "“" in sources
    assert end == ""
    assert re.fullmatch(r"rag: .{10,}\n", done.err), "the bytes that are no text, and no prompt"


@pytest.mark.parametrize("command", ["ask", "search", "verify"])
def test_a_dash_is_standard_input(
    rag: Rag, data_dir: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = "르쿤은 2013년 메타에 합류했다." if command == "verify" else QUESTION
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{given}\n"))
    done = rag(command, "-", "--data-dir", str(data_dir))
    assert (done.code, done.err) == (0, "")
    assert "2013년" in done.out


def test_search_lists_passages_best_first(rag: Rag, data_dir: Path) -> None:
    shown = rag("search", QUESTION, "--top-k", "2", "--data-dir", str(data_dir))
    assert re.findall(r"^\[(\d)\]", shown.out, re.MULTILINE) == ["1", "2"]
    body = json.loads(rag("search", QUESTION, "--json", "--data-dir", str(data_dir)).out)
    scores = [passage["score"] for passage in body["passages"]]
    assert body["object"] == "search"
    assert scores == sorted(scores, reverse=True)


def test_what_the_documents_do_not_say_is_refused_in_words(rag: Rag, data_dir: Path) -> None:
    done = rag("ask", "김치찌개는 몇 분 끓여야 하나요?", "--data-dir", str(data_dir))
    assert done.code == 0
    assert "출처\n" not in done.out
    assert len(done.out) > 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", ""), "question"),
        (("ask", " \n "), "question"),
        (("ask", "가" * 8001), "8,000"),
        (("ask", "bad \udcff bytes"), ""),
        (("ask", "q", "--top-k", "0"), "--top-k"),
        (("ask", "q", "--top-k", "51"), "--top-k"),
        (("ask", "q", "--collection", "nosuch"), "nosuch"),
        (("ask", "q", "--profile", "embeded"), "embedded"),
        (("ask", "q", "--no-such-option"), "rag ask --help"),
        (("ask",), "QUESTION"),
        (("nosuch",), "nosuch"),
        (("docs", "show", "doc_nosuch"), "doc_nosuch"),
        (("docs", "rm", "doc_nosuch"), "doc_nosuch"),
    ],
)
def test_what_cannot_be_done_ends_with_one_clear_line(
    rag: Rag,
    data_dir: Path,
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(data_dir))
    done = rag(*arguments)
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"rag: .{10,}\n", done.err)
    assert words in done.err


def test_ingest_counts_names_the_failures_and_knows_what_it_has(rag: Rag, tmp_path: Path) -> None:
    good, bad, data = tmp_path / "좋은 글.txt", tmp_path / "bad.txt", str(tmp_path / "data")
    good.write_text("고래는 포유류이다. 고래는 폐로 숨을 쉰다.", encoding="utf-8")
    bad.write_bytes(b"")
    first = rag("ingest", str(good), str(bad), "--data-dir", data)
    assert first.code == 1
    assert first.out == "1 added, 1 failed (1 chunk)\n"
    assert re.search(r"^rag: .*bad\.txt\b.+", first.err, re.MULTILINE)
    again = rag("ingest", str(good), "--data-dir", data)
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("1 unchanged")
    nothing = rag("ingest", str(bad), "--data-dir", data)
    assert nothing.code == 2
    other = rag("ingest", str(good), "--collection", "whales", "--data-dir", data)
    assert other.out.startswith("1 added")
    answer = rag(
        "ask", "고래는 무엇으로 숨을 쉬나요?", "--collection", "whales", "--data-dir", data
    )
    assert "폐로" in answer.out


def test_ingest_names_what_a_folder_holds_that_it_cannot_read(rag: Rag, tmp_path: Path) -> None:
    folder, data = tmp_path / "in", str(tmp_path / "data")
    (folder / "deep").mkdir(parents=True)
    for name in ("note.txt", "a.pdf", "deep/b.docx", ".hidden.pdf"):
        (folder / name).write_text("고래는 폐로 숨을 쉰다.", encoding="utf-8")
    done = rag("ingest", str(folder), "--data-dir", data)
    assert (done.code, done.out) == (0, "1 added (1 chunk)\n")
    assert done.err == "2 files of other formats left out: a.pdf, b.docx\n"
    for name in "cdef":
        (folder / f"{name}.pdf").touch()
    done = rag("ingest", str(folder), "--data-dir", data)
    assert done.err == "6 files of other formats left out: a.pdf, c.pdf, d.pdf, …\n"


def test_ingest_of_a_missing_path_or_an_empty_folder_reads_nothing(
    rag: Rag, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (empty, tmp_path / "missing"):
        done = rag("ingest", str(path), "--data-dir", str(tmp_path / "data"))
        assert done.code == 2
        assert done.out == "" or "failed" in done.out
        assert done.err.startswith("rag: ")


def test_docs_are_listed_shown_and_removed(rag: Rag, tmp_path: Path) -> None:
    article, data = tmp_path / "note.txt", str(tmp_path / "data")
    article.write_text("The whale breathes with lungs.\n", encoding="utf-8")
    rag("ingest", str(article), "--data-dir", data)
    listing = json.loads(rag("docs", "ls", "--json", "--data-dir", data).out)["documents"]
    assert [row["source"] for row in listing] == ["note.txt"]
    name = listing[0]["document_id"]
    assert rag("docs", "show", name, "--data-dir", data).out == "The whale breathes with lungs.\n"
    whole = json.loads(rag("docs", "show", name, "--json", "--data-dir", data).out)
    assert whole["text"].strip() == "The whale breathes with lungs."
    assert {**listing[0], "text": whole["text"]} == whole
    some = rag("docs", "rm", "doc_nosuch", name, "--data-dir", data)
    assert some.code == 2
    assert some.out == f"removed {name}\n"
    assert json.loads(rag("docs", "ls", "--json", "--data-dir", data).out)["documents"] == []
    assert rag("docs", "ls", "--data-dir", data).err.startswith("No documents yet.")


def test_a_document_is_named_by_its_source_too(rag: Rag, tmp_path: Path) -> None:
    article, data = tmp_path / "note.txt", str(tmp_path / "data")
    article.write_text("The whale breathes with lungs.\n", encoding="utf-8")
    rag("ingest", str(article), "--data-dir", data)
    assert rag("docs", "show", "note.txt", "--data-dir", data).out.startswith("The whale")
    rag("ingest", str(article), "--collection", "other", "--data-dir", data)
    both = rag("docs", "rm", "note.txt", "--data-dir", data)
    assert (both.code, both.out) == (2, "")
    first, second = re.findall(r"doc_\w+", both.err)
    rag("docs", "rm", first, "--data-dir", data)
    assert rag("docs", "rm", "note.txt", "--data-dir", data).out == "removed note.txt\n"
    assert second not in rag("docs", "ls", "--json", "--data-dir", data).out


def test_docs_ls_in_a_pipe_is_aligned_and_cuts_no_title(rag: Rag, data_dir: Path) -> None:
    rows = json.loads(rag("docs", "ls", "--json", "--data-dir", str(data_dir)).out)["documents"]
    table = rag("docs", "ls", "--data-dir", str(data_dir)).out.splitlines()
    assert len(table) == len(rows) + 1
    assert len({wcswidth(line) for line in table}) == 1
    for row, line in zip(rows, table[1:], strict=True):
        assert line.startswith(row["document_id"])
        assert row["source"] in line
        assert " ".join(row["title"].split()) in line


def test_doctor_finds_a_good_installation_good(rag: Rag, data_dir: Path) -> None:
    done = rag("doctor", "--data-dir", str(data_dir))
    assert done.code == 0
    assert all(line.startswith(("ok    ", "      ")) for line in done.out.splitlines())


def test_reindex_leaves_answers_as_they_were(rag: Rag, tmp_path: Path) -> None:
    article, data = tmp_path / "note.txt", str(tmp_path / "data")
    article.write_text("고래는 폐로 숨을 쉰다.", encoding="utf-8")
    rag("ingest", str(article), "--data-dir", data)
    question = ("ask", "고래는 무엇으로 숨을 쉬나요?", "--data-dir", data)
    before = rag(*question).out
    assert rag("reindex", "--data-dir", data).out == "Indexed 1 document.\n"
    assert rag(*question).out == before


def test_config_show_says_where_each_value_comes_from(
    rag: Rag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG__RETRIEVAL__TOP_K", "12")
    done = rag("config", "show", "--data-dir", "here")
    assert re.search(r"^data_dir +here +--data-dir", done.out, re.MULTILINE)
    assert re.search(r"^retrieval\.top_k +12 +RAG__RETRIEVAL__TOP_K", done.out, re.MULTILINE)
    settings = json.loads(rag("config", "show", "--json").out)["settings"]
    assert settings["retrieval.top_k"] == {"value": 12, "origin": "RAG__RETRIEVAL__TOP_K"}
    assert settings["gate.partial"]["origin"] == "configs/embedded.yaml"


def test_help_has_a_summary_and_an_example_for_every_command(rag: Rag) -> None:
    top = rag("--help").out
    names = ("ask", "search", "chat", "ingest", "reindex", "serve", "doctor", "eval")
    for name in names:
        assert re.search(rf"^│ {name} +[A-Z].+\. ", top, re.MULTILINE)
        assert f"Example:  rag {name}" in rag(name, "--help").out
    for group in (("docs", "ls"), ("docs", "show"), ("docs", "rm"), ("config", "show")):
        assert re.search(rf"Example: .*rag {' '.join(group)}", rag(*group, "--help").out)


def test_version(rag: Rag) -> None:
    assert re.fullmatch(r"rag( \d+\.\d+\S*|, run from a checkout)\n", rag("--version").out)


def test_a_surprise_is_one_line_and_a_traceback_on_demand(
    rag: Rag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A real surprise: the service's module is not importable from an empty search path.
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.delitem(__import__("sys").modules, "api.server", raising=False)
    monkeypatch.delitem(__import__("sys").modules, "api", raising=False)
    short = rag("serve")
    assert short.code == 1
    assert re.fullmatch(r"rag: .*ModuleNotFoundError.*RAG_DEBUG=1.*\n", short.err)
    monkeypatch.setenv("RAG_DEBUG", "1")
    assert "Traceback (most recent call last)" in rag("serve").err
