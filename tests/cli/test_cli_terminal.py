"""The chat in a real terminal: twenty turns in 60 columns, an answer stopped, plain terminals.

What is expected of the capture are its stable parts: not the scores, not the milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from wcwidth import wcswidth

from .conftest import Service
from .running import QUESTION
from .slow_service import slow_service
from .tmux import AVAILABLE, Terminal

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="tmux is not installed")

META = "000_2a498150bfc2e870.txt"
LAB = "003_9acfb21822a55c1e.txt"

# What is typed, and what must be seen before the next prompt (as patterns, spaces aside).
TURNS: list[tuple[str, tuple[str, ...]]] = [
    (QUESTION, (r"르쿤은 2013년 메타에 합류한", r"\[1\]", rf"\[1\].*{META}", r"“르쿤은 2013년")),
    ("/sources 1", (r"글자 \d+–\d+", r"르쿤은 2013년", r"튜링상")),
    ("/why", (r"dense", r"lexical", r"rerank", r"#1", r"confidence \d\.\d\d")),
    ("그 연구소는 무엇을 하나요?", (r"\[1\]|찾지 못했습니다",)),
    ("메타가 스케일 AI에 투자한 금액은 얼마인가?", (r"143억 달러", LAB)),
    ("How much did Meta invest in Scale AI?", (r"\$14\.3 billion", LAB)),
    ("/sources", (r"\[1\] 메타초지능개발", r"Last month, Meta invested")),
    ("/sources 9", (r"has no source \[9\]",)),
    ("What stake in Scale AI did Meta acquire?", (r"49 percent",)),
    ("Who is the chief executive of Anthropic?", (r"do not say", r"Nearest passages")),
    ("/open 1", (r"has no source \[1\]",)),
    ("오늘 서울 날씨는 어때?", (r"찾지 못했습니다", r"가장 가까운 대목")),
    ("/docs", (r"default의 문서 2개", META, LAB)),
    ("/docs 초지능", (r"문서 1개", LAB)),
    ("/collection", (r"\* default \(2\) \(현재\)",)),
    ("/use", (r"\* embedded \(현재\)",)),
    ("/nosuch", (r"/nosuch 명령은 없습니다",)),
    ("/help", (r"/sources \[N\]", r"/save 파일\.md", r"Ctrl-C")),
    ("/retry", (r"오늘|찾지 못했습니다",)),
    ("/save chat.md", (r"질문 \d개를 chat\.md에 저장했습니다",)),
]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    opened = Terminal(tmp_path_factory.mktemp("tmux"), columns=60)
    yield opened
    opened.close()


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """Where the history is kept, apart from the user's."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def test_twenty_turns_in_korean_and_english_in_60_columns(
    terminal: Terminal, data_dir: Path, tmp_path: Path, state: dict[str, str]
) -> None:
    terminal.start("chat", "--data-dir", str(data_dir), cwd=tmp_path, **state)
    terminal.ready()
    assert len(TURNS) == 20
    for line, _ in TURNS:
        terminal.enter(line)
    screen = terminal.screen()
    greeting, *turns = re.split(r"\n> ", screen)
    assert "Geungeo · 2 documents in default · embedded" in " ".join(greeting.split())
    for (line, expected), turn in zip(TURNS, turns, strict=False):
        text = " ".join(turn.split())
        assert text.startswith(line), turn
        for pattern in expected:
            assert re.search(pattern, text), f"{pattern} in\n{turn}"
    # No line was left for the terminal to break, so Korean was counted as wide as it is.
    joined = terminal.screen(joined=True).splitlines()
    assert all(wcswidth(row.rstrip()) <= 60 for row in joined)
    styled = terminal.screen(styles=True)
    lit = r"\x1b\[0;1m\x1b\[33m(\x1b\[\d+m)?르쿤은 2013년"
    assert re.search(lit, styled), "the quote is lit"
    saved = (tmp_path / "chat.md").read_text(encoding="utf-8")
    assert saved.count("\n## ") == 7
    history = tmp_path / "state" / "geungeo" / "chat_history"
    assert history.stat().st_mode & 0o777 == 0o600
    terminal.press("C-d")
    assert terminal.ended() == 0


def test_editing_history_completion_and_the_pager(
    terminal: Terminal, service: Service, tmp_path: Path, state: dict[str, str]
) -> None:
    """Against a service, found by itself as it holds the folder; what is typed is remembered by
    the next session."""
    terminal.start("chat", "--data-dir", str(service.data_dir), cwd=tmp_path, **state)
    terminal.ready()
    assert service.url in " ".join(terminal.screen().split())
    terminal.type("얀 르쿤은 언제")
    terminal.press("M-Enter")
    terminal.type("메타에 합류했나요?")
    terminal.wait_for("\n> 얀 르쿤은 언제\n  메타에 합류했나요?", "two lines in the editor")
    terminal.press("Enter")
    terminal.wait_for(lambda text: "2013년" in text and text.endswith("\n> "), "the answer")
    terminal.type("/so")
    terminal.wait_for("/sources [N]", "the menu")
    terminal.press("Tab", "Enter", "Enter")
    terminal.wait_for("뉴욕대 교수")
    terminal.ready()
    terminal.type("/open 1")
    terminal.press("Enter")
    opened = terminal.wait_for("q 돌아가기", "the pager")
    barred = [row for row in opened.splitlines() if row.startswith("│ ")]
    assert "르쿤은 2013년" in " ".join(barred)
    assert len(barred) < 6
    terminal.press("q")
    closed = terminal.wait_for(lambda text: text.endswith("\n> "))
    assert "q 돌아가기" not in closed
    terminal.type("half a question")
    terminal.press("C-c")
    terminal.ready()
    terminal.press("C-c")
    assert terminal.ended() == 0

    terminal.start("chat", "--url", service.url, cwd=tmp_path, **state)
    terminal.ready()
    terminal.press("C-r")
    terminal.type("합류")
    terminal.wait_for("언제\n  메타에 합류했나요?", "what was typed in the session before")
    terminal.press("Enter", "C-c", "C-c")
    terminal.press("C-d")
    assert terminal.ended() == 0


def test_an_interrupt_stops_an_answer_and_the_next_leaves(
    terminal: Terminal, tmp_path: Path, state: dict[str, str]
) -> None:
    with slow_service() as slow:
        terminal.start("chat", "--url", slow.url, cwd=tmp_path, **state)
        terminal.ready()
        terminal.type(QUESTION)
        terminal.press("Enter")
        terminal.wait_for("작업을 이끌어")
        terminal.press("C-c")
        shown = terminal.wait_for(lambda text: text.endswith("\n> "), "the prompt")
        assert slow.hung_up.wait(30)
        assert "이끌어 왔습니다." in " ".join(shown.split())
        assert "! 여기서 멈췄습니다. 답변 전체가 아닙니다." in shown
        assert "^C" not in shown.replace("^C\n", "\n", 1)
        terminal.press("C-c")
        assert terminal.ended() == 0
        assert "Traceback" not in terminal.screen()


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colour_nothing_is_lost(
    terminal: Terminal, service: Service, tmp_path: Path, state: dict[str, str], env: dict[str, str]
) -> None:
    terminal.start("chat", "--url", service.url, cwd=tmp_path, **state, **env)
    terminal.ready()
    terminal.type("얀 르쿤은 언제 메타에 합류했나요?")
    terminal.press("Enter")
    terminal.wait_for(lambda text: "2013년" in text and text.endswith("\n> "), "the answer")
    terminal.type("/sources 1")
    terminal.press("Enter")
    terminal.wait_for(lambda text: "튜링상" in text and text.endswith("\n> "), "the source")
    styled = terminal.screen(styles=True)
    assert "“르쿤은 2013년" in styled
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", styled), "no colour"
    terminal.press("C-d")
    assert terminal.ended() == 0


def test_a_single_question_streams_to_the_terminal_and_stays_as_it_was(
    terminal: Terminal, service: Service, tmp_path: Path
) -> None:
    terminal.start("ask", QUESTION, "--url", service.url, cwd=tmp_path)
    assert terminal.ended() == 0
    screen = terminal.screen()
    assert "Answering" not in screen
    assert re.search(r"^\n르쿤은 2013년 .*\[1\]\n\n출처\n\[1\] 인공지능", screen, re.DOTALL)
