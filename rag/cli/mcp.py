"""`rag mcp`: the documents as tools for other programs, over standard input and output.

Standard output carries the protocol and nothing else. It does not know the tools.
"""

from __future__ import annotations

from rag.cli.options import DataDirOption, ProfileOption, opened


def mcp(profile: ProfileOption = None, data_dir: DataDirOption = None) -> None:
    """Serve the documents as MCP tools (ask, search, read_document) over standard streams."""
    with opened(profile, data_dir) as engine:
        from rag.mcp_server import build_server

        build_server(engine).run("stdio")
