"""Profiles: every setting, frozen, on one screen.

A profile is a YAML file that holds only its differences to the one it `extends`; the default,
`configs/embedded.yaml`, holds and explains every key. Values are taken from, weakest first:
the profile it extends, the profile, environment variables, flags. Each value remembers where
it came from (`rag config show`). Unknown keys are refused with the nearest right name.

It does not know what the settings do, and holds no live object.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from rag.errors import ProfileError
from rag.resources import bundled

# Short variables for what people set most; every key also has RAG__SECTION__KEY.
_SHORT_VARIABLES = {
    "RAG_DATA_DIR": "data_dir",
    "RAG_HOST": "server.host",
    "RAG_PORT": "server.port",
}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ingest(_Section):
    chunk_tokens: int = Field(ge=16, le=4096)
    tokenizer: Literal["o200k_base", "cl100k_base"]
    max_megabytes: float = Field(gt=0, le=1024)

    @property
    def max_bytes(self) -> int:
        return int(self.max_megabytes * 1_000_000)


class Remote(_Section):
    """A model by name, and where it answers. `api_key_env` names a variable, never holds a key."""

    provider: str
    model: str
    base_url: str
    api_key_env: str

    @property
    def api_key(self) -> str:
        """The key out of the environment; empty where none is named. Raises ProfileError."""
        key = os.environ.get(self.api_key_env, "") if self.api_key_env else ""
        if self.api_key_env and not key:
            raise ProfileError(
                f"The model {self.model!r} needs a key: set the environment variable "
                f"{self.api_key_env} to it and start again.",
                param=self.api_key_env,
            )
        return key


class Embedder(Remote):
    provider: Literal["embedded", "openai", "huggingface"]
    query_prefix: str
    text_prefix: str


class Reranker(Remote):
    provider: Literal["none", "http", "huggingface"]


class Retrieval(_Section):
    top_k: int = Field(ge=1, le=50)
    candidates: int = Field(ge=1, le=500)
    rrf_k: float = Field(gt=0)
    dense_weight: float = Field(ge=0)
    lexical_weight: float = Field(ge=0)


class Answerer(Remote):
    provider: Literal["embedded", "openai", "huggingface"]
    max_sentences: int = Field(ge=1, le=20)
    context_tokens: int = Field(ge=512)
    max_tokens: int = Field(ge=16)
    fallback: Literal["embedded", "none"]
    unsupported: Literal["mark", "remove", "abstain"]


class Deadlines(_Section):
    connect_seconds: float = Field(gt=0)
    first_token_seconds: float = Field(gt=0)
    total_seconds: float = Field(gt=0)


class Gate(_Section):
    partial: float = Field(ge=0, le=1)
    answered: float = Field(ge=0, le=1)


def _listed(value: object) -> object:
    """A list as a variable of the environment can hold it: separated by commas."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


Origin = Annotated[str, Field(pattern=r"^https?://[^\s/*,]+$")]


class Server(_Section):
    host: str
    port: int = Field(ge=0, le=65535)
    max_body_megabytes: float = Field(gt=0)
    answers_at_once: int = Field(ge=1, le=256)
    wait_seconds: float = Field(gt=0)
    rate_per_minute: int = Field(ge=0)
    cors_origins: Annotated[tuple[Origin, ...], BeforeValidator(_listed)]
    log_texts: bool


class Profile(_Section):
    """All settings of one installation. `origins` maps each dotted key to its file or variable."""

    name: str
    data_dir: Path
    ingest: Ingest
    embedder: Embedder
    retrieval: Retrieval
    reranker: Reranker
    answerer: Answerer
    gate: Gate
    deadlines: Deadlines
    server: Server
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def origins(self) -> Mapping[str, str]:
        return self._origins

    def flat(self) -> dict[str, Any]:
        """Every value by its dotted key, in the order of the default profile."""
        return dict(_flatten(self.model_dump(mode="json", exclude={"name"})))

    @property
    def fingerprint(self) -> str:
        """Changes when a setting does that can change an answer (not where it is served)."""
        aside = ("server.", "deadlines.", "data_dir")
        kept = {k: v for k, v in self.flat().items() if not k.startswith(aside)}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]


def load_profile(
    name: str | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Profile:
    """Read a profile by name (`embedded`, or a file `configs/NAME.yaml` of the current folder)
    or by the path of a .yaml file. `overrides` are flags by dotted key; None values are skipped.

    Raises ProfileError: no such profile, not YAML, unknown key, unacceptable value.
    """
    environ = os.environ if environ is None else environ
    name = name or environ.get("RAG_PROFILE") or "embedded"
    values, origins = _read_chain(name, ())
    known = set(_read_chain("embedded", ())[0])
    for key, value, origin in _from_environment(environ):
        _set(values, origins, known, key, value, origin)
    for key, flag in (overrides or {}).items():
        if flag is not None:
            option = f"--{key.rsplit('.', 1)[-1].replace('_', '-')}"
            _set(values, origins, known, key, flag, option)
    return _validated(Path(name).stem, values, origins)


def profile_names() -> list[str]:
    """The names that `--profile` takes here: bundled profiles and those in ./configs."""
    folders = (Path("configs"), bundled("configs"))
    return sorted({p.stem for folder in folders if folder.is_dir() for p in folder.glob("*.yaml")})


def _read_chain(name: str, seen: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    path, label = _find(name)
    if label in seen:
        raise ProfileError(f"Profiles extend each other in a circle: {' -> '.join((*seen, label))}")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProfileError(f"{label} cannot be read as a profile: {error}") from error
    if not isinstance(raw, dict):
        raise ProfileError(f"{label} is not a profile: it must hold `key: value` lines.")
    parent = raw.pop("extends", None)
    root = label == "configs/embedded.yaml" and parent is None
    values, origins = ({}, {}) if root else _read_chain(str(parent or "embedded"), (*seen, label))
    known = set(values)
    for key, value in _flatten(raw):
        if known:
            _set(values, origins, known, key, value, label)
        else:
            values[key], origins[key] = value, label
    return values, origins


def _find(name: str) -> tuple[Path, str]:
    if name.endswith((".yaml", ".yml")):
        if Path(name).is_file():
            return Path(name), name
        raise ProfileError(f"There is no profile file {name}. Check the path.")
    for folder in (Path("configs"), bundled("configs")):
        path = folder / f"{name}.yaml"
        if "/" not in name and path.is_file():
            return path, f"configs/{name}.yaml"
    hint = _nearest(name, profile_names())
    raise ProfileError(
        f"There is no profile {name!r}{hint}. Known here: {', '.join(profile_names())}; "
        "or give the path of a .yaml file."
    )


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, object, str]]:
    for variable, key in _SHORT_VARIABLES.items():
        if environ.get(variable):
            yield key, environ[variable], variable
    for variable, text in environ.items():
        if variable.startswith("RAG__"):
            key = variable.removeprefix("RAG__").replace("__", ".").lower()
            yield key, text, variable


def _set(
    values: dict[str, Any],
    origins: dict[str, str],
    known: set[str],
    key: str,
    value: object,
    origin: str,
) -> None:
    if key not in known:
        hint = _nearest(key, sorted(known))
        raise ProfileError(
            f"{origin}: there is no setting {key!r}{hint}. `rag config show` lists them all.",
            param=key,
        )
    values[key], origins[key] = value, origin


def _nearest(name: str, choices: list[str]) -> str:
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    if not close:
        tail = name.rsplit(".", 1)[-1]
        tails = {choice.rsplit(".", 1)[-1]: choice for choice in choices}
        close = [tails[t] for t in difflib.get_close_matches(tail, list(tails), n=1, cutoff=0.6)]
    return f" (did you mean {close[0]!r}?)" if close else ""


def _validated(name: str, values: Mapping[str, Any], origins: dict[str, str]) -> Profile:
    tree: dict[str, Any] = {"name": name}
    for key, value in values.items():
        node = tree
        *sections, leaf = key.split(".")
        for section in sections:
            node = node.setdefault(section, {})
        node[leaf] = value
    try:
        profile = Profile.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ProfileError(
            f"{origins.get(key, 'the profile')}: {key} = {first['input']!r} cannot be used: "
            f"{first['msg'].lower()}.",
            param=key,
        ) from error
    _require_sense(profile)
    profile._origins.update({key: origins[key] for key in profile.flat()})
    return profile


def _require_sense(profile: Profile) -> None:
    """Refuse values that are right one by one and wrong together."""
    if profile.gate.partial > profile.gate.answered:
        raise ProfileError(
            "gate.partial must not be above gate.answered: lower the first or raise the second."
        )
    if profile.answerer.max_tokens * 2 > profile.answerer.context_tokens:
        raise ProfileError(
            "answerer.max_tokens must leave at least half of answerer.context_tokens to the "
            "sources: lower the first or raise the second."
        )
    for name in ("embedder", "answerer", "reranker"):
        section = getattr(profile, name)
        wanted = {"openai": ("model", "base_url"), "http": ("model", "base_url")}
        for key in wanted.get(section.provider, ("model",)):
            if section.provider not in ("embedded", "none") and not getattr(section, key):
                raise ProfileError(
                    f"{name}.provider is {section.provider!r}, which needs {name}.{key}.",
                    param=f"{name}.{key}",
                )
