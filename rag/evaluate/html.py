"""A run as one page: figures with their intervals, plots, and what failed, opened to its trail.

The page asks for nothing: no script, no image, no font; its content policy names the hash of its
one style sheet and forbids the rest. All texts of documents are escaped. It does not know how
anything was judged.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files

import numpy as np

from rag.evaluate.cases import case, why_wrong
from rag.evaluate.judge import Outcome
from rag.evaluate.measures import TITLES, column
from rag.evaluate.plots import calibration, interval_bar, precision_curve
from rag.evaluate.report import Difference, Report, Run, SuiteResult, compare

_MOST_CASES = 200  # of a suite: a browser should still open the page


def page(report: Report, other: Run | None = None) -> str:
    """The whole HTML document. With `other`, differences to that run stand beside the figures."""
    style = (files("rag.evaluate") / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rows = sum(len(result.outcomes) for result in report.suites)
    links = "".join(
        f'<li><a href="#{_anchor(i)}">{escape(result.name)}</a> '
        f'<span class="dim">{len(result.outcomes)} rows, {len(result.wrong)} not right</span></li>'
        for i, result in enumerate(report.suites)
    )
    sections = "".join(_section(i, result, other) for i, result in enumerate(report.suites))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Geungeo: {rows} rows measured</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<h1>Geungeo, measured</h1>\n<p>Profile {escape(report.profile)}, {rows} rows. Intervals "
        "are 95%, by bootstrap over the rows.</p>\n"
        f"<ul>{links}</ul>\n{sections}\n</body>\n</html>\n"
    )


def _anchor(number: int) -> str:
    return f"suite-{number + 1}"


def _section(number: int, result: SuiteResult, other: Run | None) -> str:
    differences = {d.key: d for d in compare(result, other)} if other is not None else {}
    seconds = f"{len(result.outcomes)} rows in {result.seconds:.1f} s"
    return (
        f'<h2 id="{_anchor(number)}">{escape(result.name)}</h2>\n<p class="dim">{seconds}</p>\n'
        f"{_table(result, differences)}\n{_plots(result)}\n{_cases(result)}\n"
    )


def _table(result: SuiteResult, differences: dict[str, Difference]) -> str:
    head = ["measure", "", "", "interval", "rows"] + (["there", "difference"] * bool(differences))
    lines = []
    for f in result.figures:
        d = differences.get(f.key)
        cells = [
            f"<td>{escape(TITLES[f.key])}</td>",
            f'<td class="number">{f.value:.3f}</td>',
            f"<td>{interval_bar(f.value, f.low, f.high, d.there if d else None)}</td>",
            f'<td class="number dim">{f.low:.3f} to {f.high:.3f}</td>',
            f'<td class="number dim">{f.rows}</td>',
        ]
        if d:
            strong = ("<strong>", "</strong>") if d.certain else ("", "")
            cells.append(f'<td class="number dim">{d.there:.3f}</td>')
            cells.append(
                f'<td class="number">{strong[0]}{d.change:+.3f}{strong[1]} '
                f'<span class="dim">{d.low:+.3f} to {d.high:+.3f}</span></td>'
            )
        lines.append(f"<tr>{''.join(cells)}</tr>")
    numbers = {"interval", "rows", "there", "difference"}
    names = "".join(
        f'<th class="number">{n}</th>' if n in numbers else f"<th>{n}</th>" for n in head
    )
    return f'<div class="wide"><table><tr>{names}</tr>{"".join(lines)}</table></div>'


def _plots(result: SuiteResult) -> str:
    values = result.values
    if result.suite.task == "search":
        return ""
    if result.suite.task == "verify":
        scores, right = column(values, "support"), column(values, "supported")
        accepted = column(values, "grounded") == 1
        found = (
            (calibration(scores, right, "support", "share supported"), "Is the support a chance?"),
            (
                precision_curve(
                    scores[accepted], right[accepted], len(values), "share accepted", "precision"
                ),
                "Of the claims found grounded, surest first: how many are supported?",
            ),
        )
    else:
        answered = column(values, "answered") == 1
        scores, right = column(values, "confidence")[answered], column(values, "correct")[answered]
        found = (
            (
                calibration(scores, right, "confidence", "share right"),
                "Is the confidence of what was answered a chance?",
            ),
            (
                precision_curve(scores, right, len(values), "share answered", "precision"),
                "Of the answers, surest first: how many are right?",
            ),
        )
    if not len(scores) or np.isnan(scores).any():
        return ""
    plots = "".join(f"<figure>{svg}<figcaption>{what}</figcaption></figure>" for svg, what in found)
    return f'<div class="plots">{plots}</div>'


def _cases(result: SuiteResult) -> str:
    wrong = result.wrong
    if not wrong:
        return "<h3>Nothing failed</h3>"
    shown = wrong[:_MOST_CASES]
    more = f", the first {len(shown)}" if len(shown) < len(wrong) else ""
    return f"<h3>Not right: {len(wrong)}{more}</h3>\n{''.join(map(_case, shown))}"


def _case(outcome: Outcome) -> str:
    kind = f' <span class="dim">{escape(outcome.row.kind)}</span>'
    return (
        f"<details><summary>{escape(outcome.row.text)}"
        f"{kind if outcome.row.kind != 'all' else ''}"
        f'<span class="why">{escape(why_wrong(outcome))}</span></summary>'
        f"{case(outcome)}</details>\n"
    )
