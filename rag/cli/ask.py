"""`rag ask` and `rag search`: one question, one answer or list of passages.

It does not know how either is found or laid out.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import (
    CollectionOption,
    DataDirOption,
    JsonOption,
    ProfileOption,
    TopKOption,
    opened,
)
from rag.cli.terminal import out, print_json, say, watching
from rag.types import DEFAULT_COLLECTION, Answer, SearchResult

if TYPE_CHECKING:
    from rich.console import Console

QuestionArgument = Annotated[
    str, typer.Argument(metavar="QUESTION", help="The question, in quotes.", show_default=False)
]


def ask(
    question: QuestionArgument,
    as_json: JsonOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each passage's way through the stages.")
    ] = False,
    top_k: TopKOption = None,
    collection: CollectionOption = DEFAULT_COLLECTION,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Answer a question from the documents, with quotes."""
    with opened(profile, data_dir) as engine:
        with watching("Answering"):
            answer = engine.ask(question, top_k=top_k, collection=collection, explain=explain)
        if as_json:
            print_json(answer_object(answer, trail=explain))
        else:
            show_answer(out(), answer, explain=explain)


def search(
    question: QuestionArgument,
    as_json: JsonOption = False,
    top_k: TopKOption = None,
    collection: CollectionOption = DEFAULT_COLLECTION,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Find the passages nearest to a question, without an answer."""
    with opened(profile, data_dir) as engine:
        with watching("Searching"):
            result = engine.search(question, top_k=top_k, collection=collection)
        if as_json:
            print_json(result)
        else:
            show_passages(out(), result)


def answer_object(answer: Answer, *, trail: bool) -> dict[str, object]:
    """The answer as `POST /v1/ask` gives it: the trail only when it was asked for."""
    names = [f.name for f in fields(answer) if trail or f.name != "trail"]
    return {name: getattr(answer, name) for name in names}


def show_answer(screen: Console, answer: Answer, *, explain: bool = False) -> None:
    """Print an answer with its sources, and the trail if asked."""
    from rag.cli.render import answer_lines, printed

    marks = screen.color_system is None
    printed(screen, answer_lines(answer, screen.width, marks=marks))
    if explain:
        from rag.cli.trail import timings_line, trail_table

        screen.print()
        screen.print(trail_table(answer))
        screen.print(timings_line(answer), style="dim")


def show_passages(screen: Console, result: SearchResult) -> None:
    """Print the passages of a search."""
    from rag.cli.render import printed, search_lines

    if not result.passages:
        say("No passage matches.")
    printed(screen, search_lines(result, screen.width))
