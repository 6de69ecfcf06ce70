"""How many of our own adversarial claims get the right verdict, by kind.

    python -m tests.verify.adversarial

Prints each wrong verdict. What follows from its evidence should be `supported`, all else not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.embed import StaticEmbedding, embed_texts
from rag.support import Judge
from rag.types import NewDocument, VerifiedSentence
from rag.verify import given, verify

FILE = Path(__file__).with_suffix(".txt")


@dataclass(frozen=True, slots=True)
class Claim:
    text: str
    evidence: str
    follows: bool
    kind: str


def claims(file: Path = FILE) -> Iterator[Claim]:
    """Every claim of the file."""
    evidence = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        sign, _, rest = line.partition(" ")
        if sign == "=":
            evidence = rest
        elif sign in ("+", "-"):
            kind, _, text = rest.partition(": ")
            yield Claim(text, evidence, sign == "+", kind)


def judged(chosen: Sequence[Claim]) -> list[VerifiedSentence]:
    """What `verify` says about each."""
    embedder = StaticEmbedding()
    judge = Judge(lambda words: embed_texts(embedder, words))
    return [verify(c.text, given([NewDocument(c.evidence)]), judge).sentences[0] for c in chosen]


def right(claim: Claim, found: VerifiedSentence) -> bool:
    return (found.verdict == "supported") is claim.follows


def main() -> None:
    chosen = list(claims())
    groups: dict[str, list[bool]] = defaultdict(list)
    for claim, found in zip(chosen, judged(chosen), strict=True):
        good = right(claim, found)
        kind = claim.kind.split()[0] if claim.kind.startswith("across") else claim.kind
        groups[f"{'+' if claim.follows else '-'} {kind}"].append(good)
        groups["all"].append(good)
        if not good:
            print(f"{found.verdict} {found.support:.2f} {found.why} | {claim.kind}: {claim.text}")
    for kind, values in sorted(groups.items()):
        print(f"{kind}: {sum(values)} of {len(values)}")


if __name__ == "__main__":
    main()
