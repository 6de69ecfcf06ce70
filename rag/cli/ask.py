"""`rag ask` and `rag search`: one question, one answer or list of passages.

It does not know how either is found or laid out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import (
    CollectionOption,
    DataDirOption,
    JsonOption,
    ProfileOption,
    TopKOption,
    UrlOption,
    asked,
    told,
)
from rag.cli.terminal import out, print_json, say, watching
from rag.events import DeltaEvent, Event, FinalEvent
from rag.types import DEFAULT_COLLECTION, Answer, SearchResult

if TYPE_CHECKING:
    from rich.console import Console

QuestionArgument = Annotated[
    str,
    typer.Argument(
        metavar="QUESTION",
        help="The question, in quotes; - reads standard input.",
        show_default=False,
    ),
]


def ask(
    question: QuestionArgument,
    as_json: JsonOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each passage's way through the stages.")
    ] = False,
    top_k: TopKOption = None,
    collection: CollectionOption = DEFAULT_COLLECTION,
    url: UrlOption = None,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Answer a question from the documents, with quotes."""
    question = told(question)
    with asked(url, profile, data_dir) as engine:
        screen = None if as_json else out()
        if screen and screen.is_terminal:
            with watching("Answering"):
                events = engine.stream(
                    question, top_k=top_k, collection=collection, explain=explain
                )
                begun = list(_until_text(events))
            show_events(screen, chain(begun, events), explain=explain)
            return
        with watching("Answering"):
            answer = engine.ask(question, top_k=top_k, collection=collection, explain=explain)
        if screen:
            show_answer(screen, answer, explain=explain)
        else:
            print_json(answer_object(answer, trail=explain))


def search(
    question: QuestionArgument,
    as_json: JsonOption = False,
    top_k: TopKOption = None,
    collection: CollectionOption = DEFAULT_COLLECTION,
    url: UrlOption = None,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Find the passages nearest to a question, without an answer."""
    question = told(question)
    with asked(url, profile, data_dir) as engine:
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

    printed(screen, answer_lines(answer, screen.width, marks=screen.color_system is None))
    if explain:
        _show_trail(screen, answer)


def show_events(screen: Console, events: Iterator[Event], *, explain: bool = False) -> None:
    """As `show_answer`, while the answer comes."""
    from rag.cli.render import printed, under_lines
    from rag.cli.stream import show_stream

    if answer := show_stream(screen, events).answer:
        printed(screen, under_lines(answer, screen.width, marks=screen.color_system is None))
        if explain:
            _show_trail(screen, answer)


def _until_text(events: Iterator[Event]) -> Iterator[Event]:
    """The events until there is something to show."""
    for event in events:
        yield event
        if isinstance(event, DeltaEvent | FinalEvent):
            return


def _show_trail(screen: Console, answer: Answer) -> None:
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
