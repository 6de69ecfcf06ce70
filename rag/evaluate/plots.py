"""Plots as inline SVG: shapes with classes, so that the page's style decides their colours.

No script, no style attribute and no foreign file, so the strictest content policy allows them. It
does not know what is plotted beyond numbers from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rag.evaluate.bootstrap import Array

_BAR, _BAR_HEIGHT, _EDGE = 220, 16, 4
_SIDE, _LEFT, _TOP, _BOTTOM = 220, 42, 12, 40
_BINS = 10
_LEAST_PER_BIN = 8
_Z = 1.96  # a 95% interval


def interval_bar(value: float, low: float, high: float, other: float | None = None) -> str:
    """A line from 0 to 1 with the interval, a dot for the value, and a tick for another run's."""

    def x(number: float) -> str:
        return f"{_EDGE + (_BAR - 2 * _EDGE) * min(1.0, max(0.0, number)):.1f}"

    y = _BAR_HEIGHT / 2
    parts = [f'<line class="axis" x1="{x(0)}" x2="{x(1)}" y1="{y}" y2="{y}"/>']
    if not math.isnan(low):
        parts.append(f'<line class="interval" x1="{x(low)}" x2="{x(high)}" y1="{y}" y2="{y}"/>')
    if other is not None and not math.isnan(other):
        parts.append(f'<line class="other" x1="{x(other)}" x2="{x(other)}" y1="2" y2="14"/>')
    if not math.isnan(value):
        parts.append(f'<circle class="dot" cx="{x(value)}" cy="{y}" r="3.5"/>')
    label = f"{value:.3f}, from {low:.3f} to {high:.3f}"
    return _svg(_BAR, _BAR_HEIGHT, label, parts)


def calibration(scores: Array, right: Array, x_title: str, y_title: str) -> str:
    """Share right over the mean score, in bins of equally many rows, each with Wilson's interval
    (1927). On the diagonal the score is the chance to be right."""
    parts = [*_frame(x_title, y_title), _polyline([(0.0, 0.0), (1.0, 1.0)], "guide")]
    order = np.argsort(scores, kind="stable")
    bins = max(1, min(_BINS, len(order) // _LEAST_PER_BIN))
    for group in np.array_split(order, bins) if len(order) else ():
        score, share = float(scores[group].mean()), float(right[group].mean())
        low, high = _wilson(share, len(group))
        parts.append(_polyline([(score, low), (score, high)], "interval"))
        cx, cy = _at(score, share)
        parts.append(
            f'<circle class="dot" cx="{cx}" cy="{cy}" r="3.5"><title>{len(group)} rows: score '
            f"{score:.2f}, {share:.2f} right</title></circle>"
        )
    return _plot(f"{y_title} over {x_title}", parts)


def precision_curve(scores: Array, right: Array, rows: int, x_title: str, y_title: str) -> str:
    """The share right among the k surest answers, over k / `rows` (El-Yaniv and Wiener 2010). It
    ends at the share that is answered."""
    order = np.argsort(-scores, kind="stable")
    counts = np.arange(1, len(order) + 1)
    precision = np.cumsum(right[order]) / counts
    # Rows of one score come together: between them there is no order.
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True)) if len(order) else order
    points = [(float(counts[i] / rows), float(precision[i])) for i in last]
    curve = [_polyline(points, "curve")] if points else []
    return _plot(f"{y_title} over {x_title}", [*_frame(x_title, y_title), *curve])


def _wilson(share: float, rows: int) -> tuple[float, float]:
    square = _Z * _Z
    centre = (share + square / (2 * rows)) / (1 + square / rows)
    spread = _Z * math.sqrt(share * (1 - share) / rows + square / (4 * rows * rows))
    half = spread / (1 + square / rows)
    return max(0.0, centre - half), min(1.0, centre + half)


def _frame(x_title: str, y_title: str) -> list[str]:
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_polyline([(tick, 0.0), (tick, 1.0)], "grid"))
        parts.append(_polyline([(0.0, tick), (1.0, tick)], "grid"))
        x, bottom = _at(tick, 0.0)
        left, y = _at(0.0, tick)
        parts.append(f'<text x="{x}" y="{bottom + 14:g}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{left - 5:g}" y="{y + 4:g}" text-anchor="end">{tick:g}</text>')
    middle = _LEFT + _SIDE / 2
    parts.append(
        f'<text x="{middle}" y="{_TOP + _SIDE + 32}" text-anchor="middle">{x_title}</text>'
    )
    across = f"translate(11 {_TOP + _SIDE / 2:g}) rotate(-90)"
    parts.append(f'<text transform="{across}" text-anchor="middle">{y_title}</text>')
    return parts


def _at(x: float, y: float) -> tuple[float, float]:
    return round(_LEFT + _SIDE * x, 1), round(_TOP + _SIDE * (1 - y), 1)


def _polyline(points: Sequence[tuple[float, float]], kind: str) -> str:
    path = " ".join("{},{}".format(*_at(x, y)) for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def _plot(label: str, parts: Sequence[str]) -> str:
    return _svg(_LEFT + _SIDE + 14, _TOP + _SIDE + _BOTTOM, label, parts)


def _svg(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )
