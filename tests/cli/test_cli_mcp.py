"""`rag mcp` as an assistant starts it: a process that speaks the protocol over standard streams."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

from .running import QUESTION, environment


def test_the_official_client_talks_to_it(data_dir: Path, tmp_path: Path) -> None:
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag", "mcp", "--data-dir", str(data_dir)],
        env=environment(),
        cwd=tmp_path,
    )

    async def talk() -> tuple[Any, ...]:
        async with Client(started, read_timeout_seconds=120) as mcp:
            tools = await mcp.list_tools()
            answered = await mcp.call_tool("ask", {"question": QUESTION})
            (citation, *_) = answered.structured_content["citations"]
            read = await mcp.call_tool("read_document", {"document_id": citation["document_id"]})
            wrong = await mcp.call_tool("ask", {"question": QUESTION, "collection": "none"})
            return tools, answered, citation, read, wrong

    tools, answered, citation, read, wrong = anyio.run(talk)
    assert {tool.name for tool in tools.tools} == {"ask", "search", "read_document"}
    assert "2013년 메타에 합류" in answered.content[0].text
    span = citation["source_span"]
    assert read.structured_content["text"][span["start"] : span["end"]] == citation["cited_text"]
    assert wrong.is_error
