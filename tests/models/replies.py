"""What a server of the OpenAI protocol replies, as the bytes or JSON that go over the wire.

It knows no socket: when something is sent, and what breaks on the way, is `fake_server`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Fault = Literal["drop", "reset", "hang", "error", "malformed", "no_choices", "repeat"]
"""What happens after `Reply.after` pieces: the connection is closed half-way or reset; nothing
more comes; an in-band error object, a line that is not JSON or an empty list of choices comes;
the last piece comes again and again."""


@dataclass(frozen=True)
class Reply:
    """What the model does. A `text` given as a string is cut into words, a list is sent piece by
    piece as it is. Delays are in seconds."""

    text: str | Sequence[str] = "Hello."
    finish: str | None = "stop"  # None: the stream ends without a reason
    fault: Fault | None = None
    after: int = 0
    status: int = 200
    retry_after: str | None = None
    message: str = "scripted"  # of the error body that goes with a status, or in-band
    delay_first: float = 0.0  # before the status line and whatever follows
    delay: float = 0.0  # before each further piece
    cut_every: int = 0  # the bytes of the stream leave in parts of this size; 0: line by line
    cuts: Sequence[int] = ()  # ... or cut at these offsets
    done: bool = True  # whether `[DONE]` ends the stream
    usage: bool = True
    raw: bytes | None = None  # sent as the body instead of all of the above
    dimension: int | None = None  # of embeddings: another one than the server's

    @property
    def pieces(self) -> list[str]:
        if isinstance(self.text, str):
            return re.findall(r"\s*\S+\s*$|\s*\S+|\s+", self.text)
        return list(self.text)


def lines(body: dict[str, Any], reply: Reply) -> Iterator[bytes]:
    """The events of a stream, each as the bytes of its line and the empty line behind it."""
    pieces = reply.pieces
    if reply.fault:
        pieces = pieces[: reply.after]
    yield _event(_delta(body, {"role": "assistant", "content": ""}, None))
    for piece in pieces:
        yield _event(_delta(body, {"content": piece}, None))
    match reply.fault:
        case "drop" | "reset" | "hang":
            return
        case "error":
            yield _event(error(reply.message))
        case "malformed":
            yield b'data: {"choices": [{"delta": {"content": \n\n'
        case "no_choices":
            yield _event({**_delta(body, {}, None), "choices": []})
        case "repeat":
            while True:
                yield _event(_delta(body, {"content": (reply.pieces or ["la "])[-1]}, None))
    if reply.fault is None and reply.finish:
        yield _event(_delta(body, {}, reply.finish))
    if reply.fault is None and reply.usage:
        yield _event({**_delta(body, {}, None), "choices": [], "usage": _usage(reply)})
    if reply.done:
        yield b"data: [DONE]\n\n"


def _event(value: Any) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _delta(body: dict[str, Any], delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": body.get("model"),
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def whole(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if reply.fault == "error":
        return error(reply.message)
    message = {"role": "assistant", "content": "".join(reply.pieces)}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model"),
        "choices": [] if reply.fault == "no_choices" else [choice],
        "usage": _usage(reply),
    }


def _usage(reply: Reply) -> dict[str, int]:
    count = len(reply.pieces)
    return {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": 10 + count}


def rerank(body: dict[str, Any]) -> dict[str, Any]:
    words = set(re.findall(r"\w+", body["query"].lower()))
    scores = [
        len(words & set(re.findall(r"\w+", text.lower()))) / max(1, len(words))
        for text in body["documents"]
    ]
    rows = [{"index": i, "relevance_score": score} for i, score in enumerate(scores)]
    return {"results": sorted(rows, key=lambda row: -float(row["relevance_score"]))}


def error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "scripted", "code": None, "param": None}}
