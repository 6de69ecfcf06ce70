"""Records a chat in a real terminal and prints what was seen, for the README.

    python -m tests.cli.record [--columns N] [LINE ...]

The answers are those of the program as it is, over the bundled articles in a fresh folder; nothing
is edited but the empty prompt at the end, which is left out.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from .tmux import Terminal

LINES = (
    "얀 르쿤은 언제 메타에 합류했나요?",
    "/sources 1",
    "How much did Meta invest in Scale AI?",
    "Who is the chief executive of Anthropic?",
)


def record(lines: list[str], columns: int) -> str:
    """What the terminal shows after these lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        terminal = Terminal(folder, columns=columns)
        try:
            terminal.start("chat", cwd=folder, XDG_STATE_HOME=name)
            terminal.ready()
            for line in lines:
                terminal.enter(line)
            seen = terminal.screen()
        finally:
            terminal.close()
    rows = seen.removesuffix("\n> ").strip("\n").splitlines()
    # The first words are about the empty folder, which is this recording's and not the chat's.
    start = next(number for number, row in enumerate(rows) if row.startswith("Geungeo"))
    return "\n".join(row.rstrip() for row in rows[start:]).rstrip() + "\n"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--columns", type=int, default=84)
    options.add_argument("lines", nargs="*", default=list(LINES))
    given = options.parse_args()
    print(record(given.lines, given.columns), end="")
