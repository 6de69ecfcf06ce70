"""The two output streams: encoding, colours, progress, and text made safe to show.

It does not know what is shown. Colours and escape codes are used only on a terminal and never
when NO_COLOR is set; all output is UTF-8, whatever the locale says.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TextIO

from rag.types import Progress

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType

# A sign of life for logs and pipes, where a moving bar would be noise.
_LINE_EVERY = 100
_BAR = 20

# Control characters but the line feed, lone surrogates, and what turns the writing direction.
_HOSTILE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def prepare_streams() -> None:
    """Make all three streams UTF-8. Bytes that are not UTF-8 survive as lone surrogates on the
    way in, so that the engine can refuse them with a sentence, and are escaped on the way out."""
    for stream, errors in (
        (sys.stdin, "surrogateescape"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def out() -> Console:
    """The console of standard output."""
    return _console(sys.stdout)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    # Without a terminal rich drops every escape code, moving ones too; NO_COLOR asks for the same.
    terminal = False if os.environ.get("NO_COLOR") else None
    return Console(file=stream, force_terminal=terminal, highlight=False, markup=False, emoji=False)


def say(message: str) -> None:
    """A message on standard error. Nobody may be there to read it."""
    with suppress(BrokenPipeError):
        print(clean(message), file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """What went wrong, as one line on standard error."""
    say(f"rag: {' '.join(message.split())}")


def print_json(value: object) -> None:
    """One JSON document on standard output, and nothing else."""
    import orjson

    data = orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    sys.stdout.write(data.decode() + "\n")


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def clean(text: str) -> str:
    """The text with each character that could move the cursor, ring, or reorder the line replaced
    by one sign, so spans stay valid: a document must not be able to write to the terminal."""
    return _HOSTILE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", " "))


def watching(label: str) -> AbstractContextManager[Progress]:
    """A moving line on standard error while the block runs, or on anything but a terminal one
    line per hundred. The progress that it yields says what is being done."""
    screen = _console(sys.stderr)
    return _moving(screen, label) if screen.is_terminal else nullcontext(_lines(label))


@contextmanager
def _moving(screen: Console, label: str) -> Iterator[Progress]:
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.spinner import Spinner
    from rich.table import Table
    from rich.text import Text

    def line(what: str, done: int, total: int) -> Table:
        grid = Table.grid(padding=(0, 1))
        parts: list[RenderableType] = [
            spinner,
            Text(clean(what), no_wrap=True, overflow="ellipsis"),
        ]
        if total:
            parts += [ProgressBar(total, done, width=_BAR), Text(f"{done}/{total}")]
        grid.add_row(*parts)
        return grid

    spinner = Spinner("dots")
    with Live(line(label, 0, 0), console=screen, transient=True) as live:
        yield lambda what, done, total: live.update(line(what or label, done, total))


def _lines(label: str) -> Callable[[str, int, int], None]:
    def progress(what: str, done: int, total: int) -> None:
        if done and done % _LINE_EVERY == 0:
            say(f"{what or label}: {done}/{total}" if total else f"{what or label}: {done}")

    return progress
