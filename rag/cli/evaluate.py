"""`rag eval`: score the engine on files of questions, and print what it got right.

It does not know how answers are judged.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import DataDirOption, ProfileOption, opened
from rag.cli.terminal import out, watching

if TYPE_CHECKING:
    from rag.evaluate import EvalReport, Outcome, Score


def evaluate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Questions, one JSON object a line.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="Write every answer and score to this file."),
    ] = None,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> int:
    """Score answers, citations and refusals on questions of your own."""
    with opened(profile, data_dir) as engine, watching("Asking") as progress:
        from rag.evaluate import as_json, evaluate

        report = evaluate(engine, files, progress)
    _print(report)
    if output is not None:
        import orjson

        output.write_bytes(orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2))
    return 0


def _print(report: EvalReport) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("kind")
    for name in ("questions", "correct", "hallucinated", "refused", "quotes exact"):
        table.add_column(name, justify="right")
    for kind, score in report.by_kind().items():
        table.add_row(kind, *_cells(score))
    table.add_section()
    table.add_row("all", *_cells(report.total), style="bold")
    screen = out()
    screen.print(table)
    wrong = [outcome for outcome in report.outcomes if not outcome.correct]
    if wrong:
        screen.print()
    for outcome in wrong:
        screen.print(f"{outcome.row.id}  {outcome.row.question}", style="bold", markup=False)
        screen.print(f"    {_why(outcome)}: {outcome.answer.answer}", style="dim", markup=False)


def _cells(score: Score) -> tuple[str, ...]:
    return (
        str(score.questions),
        str(score.correct),
        str(score.hallucinated),
        str(score.refused),
        f"{score.exact} of {score.quotes}",
    )


def _why(outcome: Outcome) -> str:
    if not outcome.row.answerable:
        return "answered, but the documents do not say"
    if outcome.answer.status == "abstained":
        return "refused"
    return "without what was expected" if not outcome.included else "cited something else"
