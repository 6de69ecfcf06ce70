"""`python -m rag` is the command `rag`."""

from __future__ import annotations

from rag.cli.main import main

if __name__ == "__main__":
    main()
