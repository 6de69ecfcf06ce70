"""A real terminal: programs run in a pane of tmux, typed to and looked at from outside."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .running import environment

AVAILABLE = shutil.which("tmux") is not None
_PATIENCE = 90.0  # seconds until something that should appear is missed


class Terminal:
    """A window of tmux, with a server of its own. Programs are started in it one after another."""

    def __init__(self, folder: Path, *, columns: int, rows: int = 50) -> None:
        self._socket = folder / "tmux"
        self._code = folder / "code"
        settings = folder / "tmux.conf"
        settings.write_text("set -g remain-on-exit on\nset -g history-limit 9000\n")
        self._command = ["tmux", "-S", str(self._socket), "-u"]
        size = ["-x", str(columns), "-y", str(rows)]
        subprocess.run(
            [*self._command, "-f", str(settings), "new-session", "-d", *size, "true"],
            env=environment(),
            cwd=folder,
            check=True,
        )

    def start(self, *arguments: str, cwd: Path, **env: str) -> None:
        """Run `rag` with these arguments, on an empty screen."""
        self._tmux("clear-history")
        given = [part for name, value in env.items() for part in ("-e", f"{name}={value}")]
        self._code.unlink(missing_ok=True)
        program = shlex.join([sys.executable, "-m", "rag", *arguments])
        # The shell hears the interrupts too; tmux itself does not always know the exit code.
        kept = f"trap : INT; {program}; echo $? > {shlex.quote(str(self._code))}"
        self._tmux("respawn-pane", "-k", "-c", str(cwd), *given, kept)

    def resize(self, columns: int, rows: int = 50) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def type(self, text: str) -> None:
        """Type characters."""
        self._tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names, such as Enter or C-c."""
        self._tmux("send-keys", *keys)

    def enter(self, line: str) -> None:
        """Type a line at the prompt, and wait for the prompt after what it led to."""
        before = self.screen().count("\n> ")
        self.type(line)
        self.wait_for(lambda text: _typed(text, line), line)
        self.press("Enter")
        self.wait_for(lambda text: text.count("\n> ") > before and text.endswith("\n> "), line)

    def ready(self) -> None:
        """Wait for an empty prompt."""
        self.wait_for(lambda text: text.endswith("\n> "), "the prompt")

    def wait_for(self, there: str | Callable[[str], bool], what: str = "") -> str:
        """The screen as soon as it shows this."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            text = self.screen()
            if there in text if isinstance(there, str) else there(text):
                return text
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {what or there!r}:\n{self.screen()}")

    def screen(self, *, styles: bool = False, joined: bool = False) -> str:
        """All that was written and is not erased, from the first line on. `joined` puts lines
        together again that the terminal itself had to break."""
        more = ["-e"] if styles else []
        more += ["-J"] if joined else []
        text = self._tmux("capture-pane", "-p", "-S", "-", *more).rstrip("\n ")
        return "\n" + re.sub(r"(?<=\n)>$", "> ", text)

    def ended(self) -> int:
        """The exit code of the program, once it has ended."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self._code.exists() and (code := self._code.read_text().strip()):
                return int(code)
            time.sleep(0.05)
        raise AssertionError(f"it did not end:\n{self.screen()}")

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments], capture_output=True, check=True, timeout=60
        )
        return done.stdout.decode()


def _typed(text: str, line: str) -> bool:
    """Whether the prompt shows the line: it may be broken, and a menu may hang below."""
    last = "".join(text.rpartition("\n> ")[2].split())
    return last.startswith("".join(line.split()))
