"""Sixty documents that give orders, and what a model that obeys them writes.

Each is an honest text, with a question, and an order behind it. In `injections.tsv` a line `text`
holds a text and its question, a line `order` an order and the reply of the model that obeys it;
`{tag}` stands where the model cites the document's own passage.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

_FILE = Path(__file__).parent / "injections.tsv"


@dataclass(frozen=True)
class Injection:
    document: str
    question: str
    host: str
    order: str
    reply: str


def injections() -> list[Injection]:
    """All of them: every order behind every text of its language."""
    rows = [line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines()]
    rows = [[field.replace("\\n", "\n") for field in row] for row in rows]
    out = []
    for language in ("ko", "en"):
        texts, orders = (
            [(one, other) for kind, lang, one, other in rows if (kind, lang) == (wanted, language)]
            for wanted in ("text", "order")
        )
        for (host, question), (order, reply) in product(texts, orders):
            out.append(Injection(f"{host}\n\n{order}\n", question, host, order, reply))
    return out
