"""Speed as ratios to the bare parts, measured in the same run: `make bench`.

    python -m tests.bench.speed [--chunks 10000] [--documents 2000]

Seconds differ between machines and from one minute to the next; a ratio of two things measured
side by side differs much less. Every figure is a median.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rag.cancel import Cancel
from rag.engine import Engine, open_engine
from rag.events import DeltaEvent
from rag.models.port import Message
from rag.profile import Profile, load_profile
from rag.text.morphemes import kiwi
from rag.types import NewDocument
from tests.models.fake_server import FakeModel, Reply
from tests.support.articles import article, write_articles

QUESTIONS = (
    "한빛전자는 몇 년에 부산에 공장을 세우나?",
    "새벽항공의 생산 능력은 얼마나 늘어나나?",
    "How many people will Northwind hire in Oslo?",
    "Who said that sales would reach 500 million?",
    "누리화학의 주가는 발표 뒤 어떻게 되었나?",
    "Which firm opens a plant in Denver in 2021?",
)
ROUNDS = 40


def medians(actions: dict[str, Callable[[str], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each action over the questions, after one unmeasured turn. The
    actions take turns, so that a slow moment of the machine meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(rounds + 1):
        for text in QUESTIONS:
            for name, action in actions.items():
                began = time.perf_counter()
                action(text)
                if turn:
                    times[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(values) for name, values in times.items()}


def warm_ask(profile: Profile, chunks: int) -> None:
    """The whole ask against one bare query of each part."""
    with open_engine(profile, write=True) as engine:
        fill(engine, chunks)
        stores = engine.parts.stores()
        total = sum(info.chunks for info in engine.collections())
        collection = stores.vectors._store("default").client
        index = stores.lexical._index("default")
        vectors = {q: engine.parts.embedder().get_query_embedding(q) for q in QUESTIONS}

        def bare_chroma(text: str) -> object:
            return collection.query(
                query_embeddings=np.asarray([vectors[text]], dtype=np.float32), n_results=10
            )

        def bare_tantivy(text: str) -> object:
            query = index.parse_query_lenient(text, ["morpheme"])[0]
            return index.searcher().search(query, 10)

        took = medians(
            {
                "bare Chroma": bare_chroma,
                "bare Tantivy": bare_tantivy,
                "bare Kiwi": kiwi().tokenize,
                "ask": engine.ask,
            },
            ROUNDS,
        )
    print(f"\nwarm ask on {total} chunks")
    for name, value in took.items():
        print(f"  {name:12} {value:7.2f} ms")
    ratio = took["ask"] / sum(value for name, value in took.items() if name != "ask")
    print(f"  {ratio:.2f} times the bare parts (at most 6)")


def first_token(profile: Profile, chunks: int) -> None:
    """The time to the first text of an answer that a model writes, against the time to the first
    token of the model alone, for the same prompt: a local server that replies at once."""
    reply = "According to the report this is what happened."
    with FakeModel(Reply(reply)) as server:
        keys = {"provider": "openai", "model": "fake-model", "base_url": server.base_url}
        answerer = profile.answerer.model_copy(update=keys)
        with open_engine(profile.model_copy(update={"answerer": answerer}), write=True) as engine:
            fill(engine, chunks)
            chat = engine.parts.chat_model()
            assert chat is not None
            prompts: dict[str, list[Message]] = {}

            def service(text: str) -> object:
                events = engine.stream(text)
                first = next(event for event in events if isinstance(event, DeltaEvent))
                body = server.requests[-1].body
                prompts[text] = [Message(m["role"], m["content"]) for m in body["messages"]]
                return first

            def model(text: str) -> object:
                pieces = chat.stream(prompts[text], max_tokens=100, cancel=Cancel())
                return next(piece for piece in pieces if piece.text)

            took = medians({"first text of an answer": service, "model alone": model}, ROUNDS)
            total = sum(info.chunks for info in engine.collections())
    print(f"\nfirst token on {total} chunks")
    for name, value in took.items():
        print(f"  {name:24} {value:7.2f} ms")
    over = took["first text of an answer"] - took["model alone"]
    print(f"  {over:.1f} ms over the model (at most 60)")


def fill(engine: Engine, chunks: int) -> None:
    """Add made-up articles until there are as many chunks."""
    number = 0
    while sum(info.chunks for info in engine.collections()) < chunks:
        batch = [
            NewDocument(article(n, sentences=60), source=str(n))
            for n in range(number, number + 200)
        ]
        engine.add(batch)
        number += 200
        print(f"\r  {engine.collections()[0].chunks} chunks", end="", file=sys.stderr, flush=True)


def cold_ask(data: Path, rounds: int = 5) -> None:
    """`rag ask` in a new process against loading its three largest parts one after another."""
    ask = [sys.executable, "-m", "rag", "ask", "--data-dir", str(data), QUESTIONS[0]]
    load = [
        sys.executable,
        "-c",
        "import llama_index.core, chromadb\n"
        "from kiwipiepy import Kiwi\nKiwi(load_multi_dict=False).tokenize('가')",
    ]
    times: dict[str, list[float]] = {"ask": [], "load": []}
    for _ in range(rounds + 1):
        for name, command in (("load", load), ("ask", ask)):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times[name].append(time.perf_counter() - began)
    asked, loaded = (statistics.median(times[name][1:]) for name in ("ask", "load"))
    print("\ncold ask")
    print(f"  import llama_index.core and chromadb, load Kiwi  {loaded:.2f} s")
    print(f"  rag ask  {asked:.2f} s   {asked / loaded:.2f} times (at most 1.3)")


def ingest(folder: Path, documents: int) -> None:
    """The same ingest five times, each in a new process."""
    write_articles(folder / "articles", documents)
    command = [sys.executable, "-m", "rag", "ingest", str(folder / "articles")]
    times, told = [], []
    for _ in range(5):
        began = time.perf_counter()
        done = subprocess.run(
            [*command, "--data-dir", str(folder / "five")],
            check=True,
            capture_output=True,
            text=True,
        )
        times.append(time.perf_counter() - began)
        told.append(done.stdout.strip())
    print(f"\ningest of {documents} documents, five times")
    for seconds, text in zip(times, told, strict=True):
        print(f"  {seconds:7.2f} s  {text}")
    print(f"  the second is {times[0] / times[1]:.0f} times as fast (at least 20)")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=2000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingest(folder, wanted.documents)
        warm_ask(load_profile(overrides={"data_dir": str(folder / "warm")}), wanted.chunks)
        first_token(load_profile(overrides={"data_dir": str(folder / "warm")}), wanted.chunks)
        cold_ask(folder / "warm")


if __name__ == "__main__":
    main()
