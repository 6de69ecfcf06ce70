"""The trail of an answer as a table: each passage's rank and score at each stage, and the stage
that dropped it. `rag ask --explain` prints it.

It does not know what the stages are: it shows those that the trail names, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from rag.cli.render import one_line
from rag.cli.terminal import clean
from rag.types import Answer, Passage, TrailStep

_FEW = 10
_FIRST_WORDS = 60  # characters by which a reader recognises a passage


def trail_table(answer: Answer, *, brief: bool = False) -> Table:
    """One row per passage, those that came furthest first, and one column per stage with the rank
    above the score. A dropped passage shows the stage and its note below its first words. When
    `brief`, only the first ten, by their words alone where they are known."""
    steps = answer.trail or ()
    stages = list(dict.fromkeys(step.stage for step in steps))
    passages = {passage.chunk_id: passage for passage in answer.passages}
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("passage", overflow="fold")
    for stage in stages:
        table.add_column(clean(stage), justify="right", no_wrap=True)
    for chunk_id, row in islice(_rows(steps, stages).items(), _FEW if brief else None):
        cells = [_cell(row[stage]) if stage in row else Text("·", style="dim") for stage in stages]
        cell = _passage_cell(chunk_id, passages.get(chunk_id), row, with_id=not brief)
        table.add_row(cell, *cells)
    return table


def timings_line(answer: Answer) -> str:
    """How sure the answer is and how long each stage took."""
    times = [f"{stage} {ms:.1f} ms" for stage, ms in answer.timings_ms.items()]
    return " · ".join([f"confidence {answer.confidence:.2f}", *times])


def _rows(steps: Sequence[TrailStep], stages: Sequence[str]) -> dict[str, dict[str, TrailStep]]:
    """The best step of each passage at each stage (where sentences are read, a passage has
    several), those that came furthest first."""
    rows: dict[str, dict[str, TrailStep]] = {}
    for step in steps:
        row = rows.setdefault(step.chunk_id, {})
        best = row.setdefault(step.stage, step)
        row[step.stage] = min(best, step, key=lambda s: (not s.kept, s.rank))

    def standing(chunk_id: str) -> tuple[int, bool, int]:
        last = max(rows[chunk_id].values(), key=lambda step: stages.index(step.stage))
        return -stages.index(last.stage), not last.kept, last.rank

    return {chunk_id: rows[chunk_id] for chunk_id in sorted(rows, key=standing)}


def _cell(step: TrailStep) -> Text:
    style = "" if step.kept else "red"
    return Text(f"#{step.rank}{'' if step.kept else ' ✗'}\n{step.score:.3f}", style=style)


def _passage_cell(
    chunk_id: str, passage: Passage | None, row: Mapping[str, TrailStep], *, with_id: bool
) -> Group:
    lines = []
    if passage:
        start = clean(one_line(passage.text[:_FIRST_WORDS]).strip()) + "…"
        lines.append(Text(start, no_wrap=True, overflow="ellipsis"))
    if with_id:
        lines.append(Text(clean(chunk_id), style="dim"))
    elif not passage:
        lines.append(Text(clean(chunk_id), style="dim", no_wrap=True, overflow="ellipsis"))
    for step in row.values():
        if not step.kept:
            why = f": {step.note}" if step.note else ""
            told = clean(one_line(f"dropped by {step.stage}{why}"))
            lines.append(Text(told, style="red", no_wrap=True, overflow="ellipsis"))
    return Group(*lines)
