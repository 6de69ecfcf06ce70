"""Every fault at random moments under eight clients at once: each request ends in an answer or in
a named error, within its deadline, and nothing is left over."""

from __future__ import annotations

import gc
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import AsyncGeneratorType

import pytest

from rag.cancel import Cancel
from rag.errors import CancelledError, ModelError
from rag.models.openai_chat import OpenAIChat
from rag.models.port import Message
from tests.models.conftest import ASKED, MakeChat
from tests.models.fake_server import FakeModel, Reply, Request

TEXT = "The plant was opened in 2013 [1]. It makes eighty cars a day [2]."
FIRST, TOTAL, SLACK = 3.0, 4.0, 3.0  # seconds
CLIENTS = 8

FAULTS = {
    "drop": lambda after: Reply(TEXT, fault="drop", after=after),
    "reset": lambda after: Reply(TEXT, fault="reset", after=after),
    "hang": lambda after: Reply(TEXT, fault="hang", after=after),
    "in-band error": lambda after: Reply(TEXT, fault="error", after=after),
    "malformed": lambda after: Reply(TEXT, fault="malformed", after=after),
    "no choices": lambda after: Reply(TEXT, fault="no_choices", after=after),
    "repeats": lambda after: Reply(TEXT, fault="repeat", after=after),
    "no finish": lambda after: Reply(TEXT, finish=None, done=bool(after % 2)),
    "401": lambda after: Reply(status=401),
    "404": lambda after: Reply(status=404),
    "429": lambda after: Reply(status=429, retry_after=str(after % 2)),
    "500": lambda after: Reply(status=500),
    "slow drip": lambda after: Reply(TEXT, delay=0.5, cut_every=3),
    "late": lambda after: Reply(TEXT, delay_first=TOTAL + 1),
}


def open_sockets() -> int:
    """Sockets that this process holds."""
    links = []
    for name in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue
    return sum(link.startswith("socket:") for link in links)


def settled(count: object, wanted: int) -> int:
    """The count, once it is down to what is wanted, or after five seconds."""
    until = time.monotonic() + 5
    while (now := count()) > wanted and time.monotonic() < until:  # type: ignore[operator]
        gc.collect()
        time.sleep(0.05)
    return int(now)


def one_request(chat: OpenAIChat, fault: str, seed: int) -> tuple[str, str]:
    """The fault and how the request ended; one in eight is cancelled at a random moment."""
    cancel = Cancel()
    timer = threading.Timer(random.Random(seed).uniform(0, 1), cancel.throw)
    if seed % 8 == 0:
        timer.start()
    started = time.monotonic()
    try:
        pieces = list(chat.stream([Message("user", fault)], max_tokens=100, cancel=cancel))
        assert pieces[-1].finish == "stop"
        ended = "answered"
    except CancelledError:
        ended = "cancelled"
    except ModelError as error:
        ended = error.type
    finally:
        timer.cancel()
    assert time.monotonic() - started < TOTAL + SLACK
    return fault, ended


def under_load(make_chat: MakeChat, times: int) -> Counter[tuple[str, str]]:
    """Every fault so many times in random order; counts (fault, how it ended)."""
    dice = random.Random(7)
    planned = [fault for fault in (*FAULTS, "none") for _ in range(times)]
    dice.shuffle(planned)

    def script(request: Request) -> Reply:
        make = FAULTS.get(request.prompt)
        return make(dice.randrange(8)) if make else Reply(TEXT)

    threads, sockets = threading.active_count(), open_sockets()
    with FakeModel(script) as server:
        chat = make_chat(
            server, deadlines__first_token_seconds=FIRST, deadlines__total_seconds=TOTAL
        )
        chat.backend._breaker.failed = lambda: None  # type: ignore[method-assign]
        list(chat.stream(ASKED, max_tokens=5, cancel=Cancel()))
        with ThreadPoolExecutor(CLIENTS) as pool:
            ends = Counter(
                pool.map(one_request, [chat] * len(planned), planned, range(len(planned)))
            )
        assert list(chat.stream(ASKED, max_tokens=5, cancel=Cancel()))[-1].finish == "stop"
        chat.close()
        assert settled(lambda: server.open_connections, 0) == 0
    assert settled(threading.active_count, threads) == threads
    assert settled(open_sockets, sockets) == sockets
    assert sum(ends.values()) == len(planned)
    return ends


def told(ends: Counter[tuple[str, str]]) -> dict[str, set[str]]:
    """How the requests with each fault ended, cancelled ones aside."""
    table: dict[str, set[str]] = {}
    for fault, ended in ends:
        if ended != "cancelled":
            table.setdefault(fault, set()).add(ended)
    return table


EXPECTED = {
    "none": {"answered"},
    "drop": {"model_broken"},
    "reset": {"model_broken"},
    "hang": {"model_timeout"},
    "in-band error": {"model_broken"},
    "malformed": {"model_broken"},
    "no choices": {"model_broken"},
    "repeats": {"model_broken"},
    "no finish": {"model_broken"},
    "401": {"model_auth"},
    "404": {"model_missing"},
    "429": {"model_busy", "model_timeout"},  # with the pauses that it asks for
    "500": {"model_broken"},
    "slow drip": {"model_timeout"},
    "late": {"model_timeout"},
}


def test_faults_under_eight_clients(make_chat: MakeChat) -> None:
    table = told(under_load(make_chat, 3))
    assert table.keys() == EXPECTED.keys()
    for fault, ended in table.items():
        assert ended <= EXPECTED[fault], fault


@pytest.mark.slow
def test_faults_a_hundred_times_each(make_chat: MakeChat) -> None:
    ends = under_load(make_chat, 100)
    table = told(ends)
    assert table.keys() == EXPECTED.keys()
    for fault, ended in table.items():
        assert ended <= EXPECTED[fault], fault
    assert sum(count for (_, ended), count in ends.items() if ended == "cancelled") >= 50


@pytest.mark.parametrize("fault", ["repeats", "malformed", "in-band error", "drop"])
def test_a_broken_stream_does_not_wait_for_the_garbage_collector(
    make_chat: MakeChat, fault: str
) -> None:
    """It may run in any thread, and close a generator that the loop is closing."""

    def open_generators() -> int:
        return sum(isinstance(thing, AsyncGeneratorType) for thing in gc.get_objects())

    with FakeModel(FAULTS[fault](3)) as server:
        chat = make_chat(server)
        gc.collect()
        gc.disable()
        try:
            before = open_generators()
            with pytest.raises(ModelError) as kept:
                list(chat.stream(ASKED, max_tokens=5, cancel=Cancel()))
            until = time.monotonic() + 5
            while open_generators() > before and time.monotonic() < until:
                time.sleep(0.05)
            assert open_generators() == before
            assert kept.value.type == "model_broken"
        finally:
            gc.enable()


def test_a_server_that_comes_and_goes(make_chat: MakeChat) -> None:
    with FakeModel(Reply(TEXT)) as server:
        port = int(server.base_url.split(":")[2].split("/")[0])
        chat = make_chat(server)
        assert one_request(chat, "none", 1) == ("none", "answered")
    assert one_request(chat, "none", 1) == ("none", "model_unreachable")
    with FakeModel(Reply(TEXT), port=port):
        assert one_request(chat, "none", 1) == ("none", "answered")
