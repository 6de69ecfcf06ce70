"""The command `rag`: which commands there are, and how a failure ends the program.

Exit codes: 0 done, 1 it failed, 2 it was asked for something that cannot be, 130 interrupted.
It does not know what the commands do, and imports nothing heavy: `rag --help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer

from rag.cli import ask, chat, docs, evaluate, ingest, keys, mcp, service, verify
from rag.cli.terminal import complain, prepare_streams
from rag.errors import InputError, NotFoundError, ProfileError, RagError

_CALLERS_FAULT = (InputError, ProfileError, NotFoundError)
_INTERRUPTED = 130
_PATIENCE = 1.0  # seconds that unwinding may take after an interrupt
_CLEAR_LINE_SHOW_CURSOR = b"\r\x1b[2K\x1b[?25h"

_heard = threading.Event()  # an interrupt, also one that was lost on its way up

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='Example:  rag ingest notes/  then  rag ask "When does the contract end?"',
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"rag {version('geungeo')}")
        except PackageNotFoundError:
            print("rag, run from a checkout")
        raise typer.Exit()


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback when something breaks (RAG_DEBUG=1).")
    ] = False,
) -> None:
    """Answers from your documents, each sentence with the quote it stands on."""
    if debug:
        os.environ["RAG_DEBUG"] = "1"


def _add_commands() -> None:
    questions, documents, running = "Questions", "Documents", "Running"
    for command, panel, example in (
        (ask.ask, questions, 'rag ask "얀 르쿤은 언제 메타에 합류했나요?"'),
        (ask.search, questions, 'rag search "superintelligence lab" --top-k 3'),
        (chat.chat, questions, "rag chat"),
        (verify.verify, questions, "rag verify --file answer.txt --source article.txt"),
        (ingest.ingest, documents, "rag ingest notes/ report.md"),
        (ingest.reindex, documents, "rag reindex"),
        (service.serve, running, "rag serve --port 8000"),
        (mcp.mcp, running, "rag mcp --data-dir notes/.geungeo"),
        (service.doctor, running, "rag doctor"),
    ):
        app.command(rich_help_panel=panel, epilog=f"Example:  {example}")(command)
    app.command("eval", rich_help_panel=running, epilog="Example:  rag eval questions.jsonl")(
        evaluate.evaluate
    )
    app.add_typer(docs.docs, name="docs", rich_help_panel=documents)
    app.add_typer(keys.keys, name="keys", rich_help_panel=running)
    app.add_typer(service.config, name="config", rich_help_panel=running)


_add_commands()


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (the process's own when left out); the exit code."""
    prepare_streams()
    if {"--help", "-h"} & set(sys.argv if arguments is None else arguments) or len(sys.argv) < 2:
        _style_help()
    try:
        code = app(args=arguments, prog_name="rag", standalone_mode=False)
        sys.stdout.flush()
    except RagError as error:
        complain(error.message)
        return 2 if isinstance(error, _CALLERS_FAULT) else 1
    except typer.TyperException as error:
        return _bad_usage(error)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def _style_help() -> None:
    # Typer colours its help even in a pipe on some machines, and makes it bold under NO_COLOR.
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        from typer import rich_utils

        rich_utils.COLOR_SYSTEM = None


def _bad_usage(error: typer.TyperException) -> int:
    # A group that was called without a command has printed its help and has no message.
    if message := error.format_message().strip():
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "rag"
        complain(f"{message.rstrip('.')}. `{command} --help` explains.")
    return error.exit_code


def _reader_left() -> int:
    # Whoever read our output has enough (`| head`). What is still buffered goes nowhere, quietly.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _unexpected(error: Exception) -> int:
    if os.environ.get("RAG_DEBUG") not in (None, "", "0"):
        import traceback

        traceback.print_exception(error)
    else:
        complain(
            f"something broke that should not have ({type(error).__name__}: {error}). "
            "Set RAG_DEBUG=1 to see where; `rag doctor` checks the installation."
        )
    return 1


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    # The first interrupt unwinds. That can wait for ever: an exception in the middle of an import
    # leaves the import's lock behind, and another thread that loads a library stands before it.
    # So the process ends soon in any case, and at once with a second interrupt. What is being
    # written then is as after a crash, which the data folder survives.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.unraisablehook = _say_nothing
    _heard.set()
    last = threading.Timer(_PATIENCE, _leave)
    last.daemon = True
    last.start()
    raise KeyboardInterrupt


def _say_nothing(_lost: object) -> None:
    # An interrupt that lands in a callback is lost there; Python would print it as a traceback.
    pass


def _leave() -> None:
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        os.write(sys.stderr.fileno(), _CLEAR_LINE_SHOW_CURSOR)
    os._exit(_INTERRUPTED)


def main() -> None:
    """The entry point: runs the program and sets the exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    code = run()
    if _heard.is_set():
        code = _INTERRUPTED
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    # Everything is closed and written by now. Taking the interpreter apart object by object would
    # add half a second to every answer, and frees nothing that the process's end does not.
    os._exit(code)
