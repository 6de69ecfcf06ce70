"""The service under load, with its client on the same machine: `make load`.

    python -m tests.bench.load [--chunks 10000] [--seconds 20] [--minutes 10]

Answers a second and their slowest hundredth at 16 clients; what becomes of 500 clients; and
whether memory grows. Seconds depend on the machine and on what else it does, so the processor
time of an answer and how idle the machine was are printed beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from rag.engine import open_engine
from rag.profile import load_profile
from tests.bench.speed import QUESTIONS, fill

WAIT_SECONDS = 10
"""The service's default for how long a question may wait for its turn."""

Reply = tuple[int, dict[str, str]]


@dataclass
class Outcome:
    """What the clients saw: seconds by status, and shed answers that did not say when to return."""

    seconds: float = 0.0
    took: dict[int, list[float]] = field(default_factory=dict)
    rude: int = 0
    lost: int = 0

    def statuses(self) -> dict[int, int]:
        return dict(Counter({status: len(times) for status, times in self.took.items()}))


class Client:
    """One kept connection, written by hand so that the client costs little of the machine."""

    def __init__(self, port: int, number: int) -> None:
        self._port = port
        self._next = number
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> Reply:
        body = orjson.dumps({"question": QUESTIONS[self._next % len(QUESTIONS)]})
        self._next += 1
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(
            b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        await reader.readexactly(int(headers["content-length"]))
        return int(lines[0].split(" ")[1]), headers

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def press(port: int, clients: int, seconds: float) -> Outcome:
    """`clients` that ask again as soon as they have an answer, or when they were told to."""
    outcome = Outcome()
    began = time.perf_counter()

    async def one(number: int) -> None:
        client = Client(port, number)
        while time.perf_counter() - began < seconds:
            asked = time.perf_counter()
            try:
                status, headers = await client.ask()
            except (OSError, asyncio.IncompleteReadError):
                client.close()
                outcome.lost += 1
                continue
            outcome.took.setdefault(status, []).append(time.perf_counter() - asked)
            if status == 503:
                outcome.rude += "retry-after" not in headers
                await asyncio.sleep(float(headers.get("retry-after", 1)))
        client.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    outcome.seconds = time.perf_counter() - began
    return outcome


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def told(name: str, outcome: Outcome) -> None:
    good = outcome.took.get(200, [])
    print(f"\n{name}: {outcome.statuses()}, {outcome.lost} connections lost")
    if good:
        print(
            f"  {len(good) / outcome.seconds:6.1f} answers/s   median "
            f"{1000 * statistics.median(good):.0f} ms   p99 {1000 * percentile(good, 0.99):.0f} ms"
            f"   longest {1000 * max(good):.0f} ms"
        )
    if 503 in outcome.took:
        shed = outcome.took[503]
        print(
            f"  shed after p50 {1000 * statistics.median(shed):.0f} ms, at most "
            f"{1000 * max(shed):.0f} ms; {outcome.rude} without Retry-After"
        )


def busy() -> tuple[float, float]:
    """Seconds that all processors were idle, and that they had in all, since the start."""
    values = [int(value) for value in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return values[3] + values[4], sum(values)


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def spent(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    values = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


async def memory(port: int, pid: int, minutes: float) -> None:
    """Resident memory at each half minute under 16 clients, from the end of the first minute."""
    sizes = []
    print(f"\nmemory over {minutes:g} minutes at 16 clients, in MB")
    pressing = asyncio.create_task(press(port, 16, 60 * minutes))
    for half in range(int(2 * minutes)):
        await asyncio.sleep(30)
        sizes.append(resident(pid))
        print(f"  {(half + 1) / 2:4.1f} min {sizes[-1]:8.1f}", flush=True)
    outcome = await pressing
    if len(sizes) > 2:
        grown = 100 * (sizes[-1] / sizes[1] - 1)
        print(f"  grown since the first minute: {grown:+.1f} % (at most 5)")
    told("meanwhile", outcome)


async def measure(port: int, pid: int, seconds: float, minutes: float) -> None:
    await press(port, 4, 3)
    for name, clients in (("1 client", 1), ("16 clients", 16), ("500 clients", 500)):
        before, used = busy(), spent(pid)
        outcome = await press(port, clients, seconds)
        after = busy()
        told(name, outcome)
        answered = len(outcome.took.get(200, [])) or 1
        idle = (after[0] - before[0]) / (after[1] - before[1])
        print(
            f"  {1000 * (spent(pid) - used) / answered:.1f} ms of processor time an answer; "
            f"the machine was {100 * idle:.0f} % idle"
        )
        late = max((max(times) for times in outcome.took.values()), default=0.0)
        print(f"  the longest wait was {late:.1f} s (its turn must come within {WAIT_SECONDS})")
    await memory(port, pid, minutes)


async def serve_and_measure(folder: Path, seconds: float, minutes: float) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAG_")}
    command = ["-m", "rag", "serve", "--no-seeds", "--port", "0", "--data-dir", str(folder)]
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=log, env=environment
        )
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        try:
            await measure(int(line.strip().rsplit(":", 1)[1]), process.pid, seconds, minutes)
        finally:
            process.terminate()
            await process.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--keep", type=Path, help="a folder for the corpus, to use it again")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = wanted.keep or Path(name)
        profile = load_profile(overrides={"data_dir": str(folder)}, environ={})
        with open_engine(profile, write=True) as engine:
            fill(engine, wanted.chunks)
        asyncio.run(serve_and_measure(folder, wanted.seconds, wanted.minutes))


if __name__ == "__main__":
    main()
