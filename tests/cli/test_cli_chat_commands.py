"""The commands of a chat over the real engine, as transcripts of what is shown."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from wcwidth import wcswidth

from rag.cancel import Cancel
from rag.cli.chat.commands import Commands
from rag.cli.chat.lines import history_file, open_history
from rag.cli.chat.loop import Conversation, Exchange, converse
from rag.cli.chat.markdown import as_markdown
from rag.cli.chat.pager import page
from rag.cli.chat.place import Own
from rag.cli.chat.screen import Screen
from rag.engine import Engine
from rag.errors import InputError
from rag.events import DeltaEvent, FinalEvent
from rag.types import Answer, Conflict, ConflictValue, IngestReport, Progress, Unsupported

from .running import QUESTION

SOURCE = "000_2a498150bfc2e870.txt"


class Seeded:
    """A place over the engine that the tests share."""

    name = "here"
    profile = "embedded"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.used: list[str] = []

    def profiles(self) -> list[str]:
        return ["embedded", "other"]

    def use(self, profile: str) -> None:
        if profile != "other":
            raise InputError("There is no such profile.")
        self.used.append(profile)

    def add(self, path: Path, collection: str, progress: Progress) -> IngestReport:
        return self.engine.ingest_paths([path], collection=collection, progress=progress)


class Chat:
    """A chat whose lines are typed by a test; `shown` is all that it printed since the last."""

    def __init__(self, engine: Engine, width: int = 60) -> None:
        self.file = io.StringIO()
        console = Console(
            file=self.file, width=width, color_system=None, highlight=False, markup=False
        )
        self.place = Seeded(engine)
        self.screen = Screen(console, live=True)
        self.commands = Commands(
            self.place, self.screen, lambda *page_of: page(self._quiet(), *page_of), "default"
        )
        self.talk = Conversation(language="en")

    def _quiet(self) -> Screen:
        return Screen(self.screen.console, live=False)

    def __call__(self, *lines: str) -> str:
        self.file.seek(0)
        self.file.truncate()
        engine = self.place.engine
        converse(
            lines,
            lambda question, history, cancel: engine.stream(
                question,
                history=history,
                collection=self.commands.collection,
                explain=True,
                cancel=cancel,
            ),
            self.screen.answer,
            self.commands.by_name(),
            self.screen.tell,
            self.talk,
        )
        shown = self.file.getvalue()
        assert all(wcswidth(line) <= self.screen.width for line in shown.splitlines())
        return shown


@pytest.fixture
def chat(seeded: Engine) -> Chat:
    return Chat(seeded)


def test_an_answer_has_its_quotes_under_it(chat: Chat) -> None:
    answer, source = chat(QUESTION).strip().split("\n\n")
    assert "2013년" in answer
    assert answer.endswith("[1]")
    name, *quote = source.splitlines()
    assert re.fullmatch(rf"\[1\] 인공지능.*… — {SOURCE}", name)
    assert " ".join(line.strip() for line in quote).startswith("“르쿤은 2013년")


def test_sources_show_the_quote_in_its_context(chat: Chat) -> None:
    chat(QUESTION)
    brief, wide = chat("/sources"), chat("/sources 1")
    for shown in (brief, wide):
        assert "“르쿤은 2013년" in shown
        assert "뉴욕대 교수" in shown
    assert "튜링상" in wide, "further than the passage"
    assert "글자 83–146" in wide
    assert chat("/sources 7") == "마지막 답변에 출처 [7]은(는) 없습니다.\n\n"


def test_open_shows_the_whole_document_with_a_bar_at_the_quote(chat: Chat) -> None:
    chat(QUESTION)
    shown = chat("/open 1")
    barred = [line[2:] for line in shown.splitlines() if line.startswith("│")]
    assert "“르쿤은 2013년" in " ".join(barred)
    assert len(barred) < 6
    document = chat.place.engine.document(chat.talk.answer.citations[0].document_id)  # type: ignore[union-attr]
    body = "".join(shown.partition("\n\n")[2].replace("│", "").split())
    assert body.replace("“르쿤은", "르쿤은").replace("왔습니다.”", "왔습니다.", 1) == "".join(
        document.text.split()
    ).replace("“르쿤은", "르쿤은")


def test_open_finds_a_document_by_its_title(chat: Chat) -> None:
    assert chat("/open 메타초지능").startswith("메타초지능개발")
    assert "Several documents" in chat("/open 메타")
    assert "No document" in chat("/open 고래")
    assert "/open N|TITLE" in chat("/open")


def test_what_needs_an_answer_says_so_before_there_is_one(chat: Chat) -> None:
    for command in ("/sources", "/sources 1", "/open 1", "/why"):
        assert chat(command) == "No answer yet.\n\n"


def test_why_shows_the_stages(chat: Chat) -> None:
    chat(QUESTION)
    shown = chat("/why")
    assert all(stage in shown for stage in ("dense", "lexical", "rerank", "confidence"))


def test_docs_lists_and_filters(chat: Chat) -> None:
    assert chat("/docs").startswith("2 documents in default\n")
    assert chat("/docs 초지능").count(".txt") == 1
    assert chat("/docs 고래") == "No documents here.\n\n"


def test_profiles_and_collections_are_listed_and_chosen(chat: Chat) -> None:
    assert chat("/use") == "* embedded  (now)\n  other\n\n"
    assert chat("/use other") == "Now using the profile other.\n\n"
    assert chat.place.used == ["other"]
    assert "no such profile" in chat("/use nosuch")
    assert chat("/collection") == "* default (2)  (now)\n\n"
    assert "no collection 'nosuch'" in chat("/collection nosuch").replace("\n", " ")


def test_help_lists_every_command(chat: Chat) -> None:
    shown = chat("/help")
    for name in (*chat.commands.by_name(), "retry", "quit"):
        assert f"\n/{name}" in f"\n{shown}"
    assert "Ctrl-R" in shown


def test_add_reads_a_file_and_the_next_question_finds_it(engine: Engine, tmp_path: Path) -> None:
    chat = Chat(engine)
    whale = tmp_path / "고래 이야기.txt"
    whale.write_text("흰수염고래의 무게는 150톤이다. 고래는 폐로 숨을 쉰다.", encoding="utf-8")
    assert chat("/docs") == "No documents here.\n\n"
    assert "1 added (1 chunk)" in chat(f"/add '{whale}'")
    assert "고래 이야기.txt" in chat("/docs")
    assert "150톤" in chat("흰수염고래의 무게는?")
    assert "does not exist" in chat("/add /no/such.txt")
    engine.create_collection("empty")
    assert "empty" in chat("/collection empty")
    assert "150톤" not in chat("흰수염고래의 무게는?")


def test_a_conversation_is_saved_with_its_sources(chat: Chat, tmp_path: Path) -> None:
    path = tmp_path / "대화.md"
    chat(QUESTION, "오늘 점심 메뉴는 뭐예요?")
    assert "저장했습니다" in chat(f"/save {path}").replace("\n", "")
    text = path.read_text(encoding="utf-8")
    assert f"## 1. {QUESTION}" in text
    assert "> [1] “르쿤은 2013년" in text
    assert f"{SOURCE.replace('_', chr(92) + '_')}, 글자 83–146" in text
    assert "저장했습니다" in chat(f"/save {path}").replace("\n", ""), "it is our own file"
    path.with_suffix(".txt").write_text("mine")
    assert "이미" in chat(f"/save {path.with_suffix('.txt')}").replace("\n", "")
    assert path.with_suffix(".txt").read_text() == "mine"
    assert "쓸 수 없습니다" in chat(f"/save {tmp_path}/no/such.md").replace("\n", "")


def test_clear_forgets(chat: Chat) -> None:
    chat(QUESTION, "/clear")
    assert chat("/sources").strip() == "아직 답변이 없습니다."
    assert chat("/retry").strip() == "아직 질문이 없습니다."


def test_an_abstention_looks_like_one(chat: Chat) -> None:
    shown = chat("Who is the chief executive of Anthropic?")
    assert "The documents do not say enough" in shown
    assert "the evidence is too weak" in shown
    assert "Nearest passages" in shown
    assert "[1]" not in shown


def test_what_is_wrong_is_said_in_words(chat: Chat, answer: Answer) -> None:
    flawed = replace(
        answer,
        status="partial",
        reason="low_support",
        unsupported=(Unsupported(0, 5, "number"),),
        conflicts=(Conflict("언제", (ConflictValue("2013년", 1), ConflictValue("2014년", 2))),),
    )
    events = iter([DeltaEvent(flawed.answer), FinalEvent(flawed)])
    exchange = chat.screen.answer("언제?", events, Cancel())
    shown = chat.file.getvalue().replace("\n", " ")
    assert "! 부분 답변" in shown
    assert "! 출처끼리 상충: 언제 — 2013년 [1] / 2014년 [2]" in shown
    assert "! 출처가 뒷받침하지 않음 (숫자): “르쿤은 2”" in shown
    talk = Conversation(exchanges=[exchange], language="ko")
    text = as_markdown(talk)
    assert "부분 답변" in text
    assert "출처끼리 상충" in text
    assert "2013년 [1] / 2014년 [2]" in text
    assert "출처가 뒷받침하지 않음** (숫자)" in text


def test_nothing_in_a_document_becomes_markdown(answer: Answer) -> None:
    hostile = "<img src=x> [a](javascript:b) ![1](c) **d** [1]: e\n# f\n1. g"
    evil = replace(
        answer,
        answer=hostile,
        citations=(replace(answer.citations[0], title="<b>", cited_text=hostile),),
    )
    text = as_markdown(Conversation(exchanges=[Exchange("`q`\n# q", hostile, evil)]))
    rest = re.sub(r"\\[\W_]", "", text)
    assert not re.search(r"[<*`]|\]\(|\]:", rest.replace("> [1] “", ""))
    assert len(re.findall(r"^#+ ", text, re.MULTILINE)) == 2
    assert "1\\. g" in text


def test_the_history_is_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = history_file()
    history = open_history(path)
    history.append_string("첫 줄\n둘째 줄 \udcff")
    assert path.stat().st_mode & 0o777 == 0o600
    again = list(open_history(path).load_history_strings())
    assert again == ["첫 줄\n둘째 줄 ?"]


def test_without_a_place_for_it_the_history_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = open_history(tmp_path / "file" / "sub" / "history")
    history.append_string("질문")
    assert list(history.get_strings()) == ["질문"]


@pytest.fixture
def own(tmp_path: Path, data_dir: Path) -> Iterator[Own]:
    import shutil
    from contextlib import ExitStack

    shutil.copytree(data_dir, tmp_path / "data")
    with ExitStack() as stack:
        yield Own(stack, None, tmp_path / "data")


def test_an_own_place_writes_only_while_it_adds(own: Own, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("고래는 포유류이다. 고래는 폐로 숨을 쉰다.", encoding="utf-8")
    from rag.lock import FolderLock

    folder = tmp_path / "data"
    FolderLock(folder, write=False).close()
    report = own.add(tmp_path / "a.txt", "default", lambda what, done, total: None)
    assert report.counts["added"] == 1
    FolderLock(folder, write=False).close()
    assert len(own.engine.documents().documents) == 3
    with pytest.raises(Exception, match="embeded"):
        own.use("embeded")
    own.use("embedded")
    assert own.profile == "embedded"
    assert own.engine.documents().documents
