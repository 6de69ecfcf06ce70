"""`rag ingest` and `rag reindex`: put documents in, and build the indexes anew.

It does not know how a file is read or cut.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.options import CollectionOption, DataDirOption, ProfileOption, opened
from rag.cli.terminal import complain, out, say, watching
from rag.read import passed_over
from rag.types import DEFAULT_COLLECTION, IngestReport

_NAMED = 3


def ingest(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH…", help="Files and folders to read.", show_default=False),
    ],
    collection: CollectionOption = DEFAULT_COLLECTION,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Read files and folders into a collection."""
    with opened(profile, data_dir, write=True) as engine:
        if collection not in {known.name for known in engine.collections()}:
            engine.create_collection(collection)
        with watching("Reading") as progress:
            report = engine.ingest_paths(paths, collection=collection, progress=progress)
    if left := passed_over(paths):
        names = ", ".join(file.name for file in left[:_NAMED]) + ", …" * (len(left) > _NAMED)
        say(f"{_counted(len(left), 'file')} of other formats left out: {names}")
    raise typer.Exit(show_report(report))


def reindex(profile: ProfileOption = None, data_dir: DataDirOption = None) -> None:
    """Build the indexes anew from the stored documents."""
    with opened(profile, data_dir, write=True) as engine:
        with watching("Indexing") as progress:
            engine.reindex(progress)
        total = sum(known.documents for known in engine.collections())
    out().print(f"Indexed {_counted(total, 'document')}.")


def show_report(report: IngestReport) -> int:
    """Print the counts and each failure; the exit code: 1 if a file failed, 2 if all did."""
    *failures, counts = report_lines(report)
    for failure in failures:
        complain(failure)
    if not report.items:
        complain(counts)
        return 2
    out().print(counts, soft_wrap=True)
    failed = report.counts["failed"]
    return 0 if not failed else 2 if failed == len(report.items) else 1


def report_lines(report: IngestReport) -> list[str]:
    """A line for each failure, and last the counts."""
    lines = []
    for item in report.items:
        if item.status == "failed":
            error = item.error or "failed"
            lines.append(error if item.source in error else f"{item.source}: {error}")
    if not report.items:
        return ["There was nothing to read in there."]
    kept = [f"{count} {status}" for status, count in report.counts.items() if count]
    chunks = sum(item.chunks for item in report.items)
    return [*lines, f"{', '.join(kept)} ({_counted(chunks, 'chunk')})"]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
