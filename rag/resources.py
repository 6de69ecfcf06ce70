"""Where the files that travel with the package are: profiles, seed articles, learned weights.

In a checkout they stand at the top level; a wheel carries them inside `rag/_bundled`. It knows
no file by name.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(folder: str) -> Path:
    """The folder `configs` or `seeds`, wherever this installation keeps it."""
    inside = _PACKAGE / "_bundled" / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


def weights(name: str) -> Path:
    """A file of learned weights in `rag/weights`."""
    return _PACKAGE / "weights" / name
