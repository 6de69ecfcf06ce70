"""Reads server-sent events, strictly: what is neither an event nor a comment is a failure."""

from __future__ import annotations

from typing import Any

import httpx
import orjson


def events_of(response: httpx.Response) -> list[tuple[str, Any]]:
    """(name, data) of each event, data as JSON where it is; comments are passed over."""
    events = []
    text = b"".join(response.iter_bytes()).decode()
    assert text.endswith("\n\n")
    for block in text.removesuffix("\n\n").split("\n\n"):
        if block.startswith(":"):
            continue
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        assert set(fields) <= {"event", "data"}, block
        data = fields["data"]
        events.append((fields.get("event", ""), data if data == "[DONE]" else orjson.loads(data)))
    return events
