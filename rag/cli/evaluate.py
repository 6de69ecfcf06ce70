"""`rag eval`: measure the engine on files of questions and claims, print and write the figures.

It does not know how answers are judged or figures made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import CollectionOption, DataDirOption, ProfileOption, opened, settings
from rag.cli.terminal import clean, out, say, watching
from rag.types import DEFAULT_COLLECTION

if TYPE_CHECKING:
    from rich.console import Console

    from rag.evaluate.report import Missed, Report, Run, SuiteResult
    from rag.evaluate.suite import Plan

_SHOWN = 10  # failed rows printed for each file; --json and --html have them all
_TEXT = 160  # characters of an answer that are printed


def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Questions or claims (.jsonl, .yaml), or folders."),
    ],
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="Write every figure and answer to this file."),
    ] = None,
    html_file: Annotated[
        Path | None,
        typer.Option("--html", metavar="OUT", help="Write a page with plots and what failed."),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", metavar="RUN", help="Compare with what --json wrote before."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="NAME", help="Compare with this other profile."),
    ] = None,
    thresholds: Annotated[
        Path | None,
        typer.Option(
            "--thresholds", metavar="YAML", help="`measure: minimum`; exit code 1 when missed."
        ),
    ] = None,
    collection: CollectionOption = DEFAULT_COLLECTION,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> int:
    """Measure answers, citations, refusals, retrieval and verification."""
    from rag.errors import InputError
    from rag.evaluate import read_plan
    from rag.evaluate.report import missed, read_run, read_thresholds, values_of

    if compare and against:
        raise InputError("Compare with a run (--compare) or a profile (--against), not with both.")
    plan = read_plan(files)
    wanted = read_thresholds(thresholds) if thresholds else {}
    other = read_run(compare) if compare else None
    if against:
        other = values_of(_measured(plan, against, data_dir, collection))
    report = _measured(plan, profile, data_dir, collection)
    failures = missed(report, wanted)
    _print(out(), report, other)
    _write(report, other, json_file, html_file)
    _print_missed(failures)
    return 1 if failures else 0


def _measured(plan: Plan, profile: str | None, data_dir: Path | None, collection: str) -> Report:
    from rag.evaluate import run

    if not plan.needs_store:
        with watching("Measuring") as progress:
            return run(plan, settings(profile, data_dir), progress=progress)
    with opened(profile, data_dir) as engine, watching("Measuring") as progress:
        return run(plan, engine.profile, stored=engine, collection=collection, progress=progress)


def _write(
    report: Report, other: Run | None, json_file: Path | None, html_file: Path | None
) -> None:
    if json_file is not None:
        import orjson

        from rag.evaluate.report import as_json

        json_file.write_bytes(orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2))
    if html_file is not None:
        from rag.evaluate.html import page

        html_file.write_text(page(report, other), encoding="utf-8")


def _print(screen: Console, report: Report, other: Run | None) -> None:
    for result in report.suites:
        rows, seconds = len(result.outcomes), result.seconds
        screen.print(f"{clean(result.name)}: {rows} rows in {seconds:.1f} s", style="bold")
        _print_figures(screen, result)
        if other is not None:
            _print_differences(screen, result, other)
        _print_kinds(screen, result)
        _print_wrong(screen, result)
        screen.print()


def _print_figures(screen: Console, result: SuiteResult) -> None:
    from rag.evaluate.measures import TITLES

    _print_table(
        screen,
        ("", "", "95% interval", "rows"),
        [
            (TITLES[f.key], f"{f.value:.3f}", f"{f.low:.3f} to {f.high:.3f}", str(f.rows))
            for f in result.figures
        ],
    )


def _print_differences(screen: Console, result: SuiteResult, other: Run) -> None:
    from rag.evaluate.measures import TITLES
    from rag.evaluate.report import compare

    found = compare(result, other)
    if not found:
        screen.print("  The other run does not have these rows.", style="dim")
        return
    _print_table(
        screen,
        ("compared", "here", "there", "difference", "95% interval", ""),
        [
            (
                TITLES[d.key],
                f"{d.here:.3f}",
                f"{d.there:.3f}",
                f"{d.change:+.3f}",
                f"{d.low:+.3f} to {d.high:+.3f}",
                "certain" if d.certain else "",
            )
            for d in found
        ],
    )


def _print_kinds(screen: Console, result: SuiteResult) -> None:
    kinds = result.correct_by_kind()
    if len(kinds) > 1:
        cells = [(clean(kind), f"{right} of {rows}") for kind, (right, rows) in kinds.items()]
        _print_table(screen, ("kind", "correct"), cells)


def _print_table(screen: Console, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def _print_wrong(screen: Console, result: SuiteResult) -> None:
    from rag.evaluate.cases import why_wrong

    if result.suite.task == "search":  # hundreds of rows, and nothing to read in them
        return
    for outcome in result.wrong[:_SHOWN]:
        screen.print(f"  {clean(outcome.row.id)}  {clean(outcome.row.text[:_TEXT])}")
        told = outcome.answer.answer if outcome.answer else ""
        why = why_wrong(outcome) + (f": {' '.join(told.split())}" if told else "")
        screen.print(f"    {clean(why[:_TEXT])}", style="dim")
    if len(result.wrong) > _SHOWN:
        screen.print(f"  … and {len(result.wrong) - _SHOWN} more", style="dim")


def _print_missed(failures: Sequence[Missed]) -> None:
    from rag.evaluate.measures import LOWER_IS_BETTER, TITLES

    for m in failures:
        bound = "above" if m.key in LOWER_IS_BETTER else "below"
        say(
            f"{m.suite}: {TITLES[m.key]} is {m.value:.3f}, {bound} the threshold "
            f"{m.threshold:g} ({m.key})"
        )
