"""Measuring an engine: files of questions and claims in, figures with their uncertainty out.

`formats` reads files into suites of rows, `run` asks the engine, `judge` compares each answer with
what its row expects, `measures` and `bootstrap` make figures of it, `html` shows them. It knows
the engine by its methods alone, so a profile that answers with another model is measured the same.
"""

from __future__ import annotations

from rag.evaluate.formats import read_plan
from rag.evaluate.report import Report
from rag.evaluate.run import evaluate, run

__all__ = ["Report", "evaluate", "read_plan", "run"]
