"""The API keys of a data folder: made, listed, removed, and looked up by their secret.

A file `keys.json` that only its owner may read holds their names, scopes and SHA-256 digests. A
key is 256 random bits, so a digest that takes no time to compute is as good as one that takes
long: there is nothing to guess. Nobody can read a key back. It does not know HTTP, nor which
call needs which scope.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from rag.errors import ExistsError, InputError, NotFoundError, StoreError

Scope = Literal["read", "write"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_PREFIX = "rag_"  # so that people and secret scanners see what a key is for
_SECRET_BYTES = 32
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key. `created` is in seconds since 1970."""

    name: str
    scopes: tuple[Scope, ...]
    sha256: str
    created: int


class KeyFile:
    """The keys of `folder`, which need not exist yet. Safe from any thread and process; what
    another process changes is seen by the next call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "keys.json"
        self._read: tuple[object, tuple[Key, ...]] = (None, ())

    def known(self) -> tuple[Key, ...]:
        """All keys, the oldest first. Raises StoreError when the file is damaged."""
        try:
            seen = os.stat(self._path)
        except FileNotFoundError:
            return ()
        version = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        if self._read[0] != version:
            self._read = (version, self._parsed())
        return self._read[1]

    def find(self, secret: str) -> Key | None:
        """The key whose secret this is. Takes as long for a wrong one as for a right one."""
        digest = _digest(secret)
        found = None
        for key in self.known():
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found

    def add(self, name: str, scopes: Sequence[Scope]) -> str:
        """Make a key and return its secret, which is kept nowhere. Raises ExistsError, InputError,
        StoreError."""
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InputError(
                f"A key's name has 1 to {_LONGEST_NAME} printable characters.", param="name"
            )
        secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        with self._changing():
            kept = self.known()
            if any(key.name == name for key in kept):
                raise ExistsError(
                    f"There is a key {name!r} already. Choose another name, or remove it first "
                    f"with `rag keys rm {name}`."
                )
            ordered = tuple(scope for scope in SCOPES if scope in scopes)
            self._write((*kept, Key(name, ordered, _digest(secret), int(time.time()))))
        return secret

    def remove(self, name: str) -> None:
        """Forget a key; it opens nothing from the next request on. Raises NotFoundError."""
        with self._changing():
            kept = self.known()
            left = tuple(key for key in kept if key.name != name)
            if len(left) == len(kept):
                raise NotFoundError(f"There is no key {name!r}. `rag keys ls` lists them.")
            self._write(left)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time. The lock of the index would not do: a running service holds it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            folder = os.open(self._folder, os.O_RDONLY)
        except OSError as error:
            raise StoreError(
                f"The data folder {self._folder} cannot be used: {error.strerror}. "
                "Choose another with --data-dir."
            ) from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, keys: Sequence[Key]) -> None:
        text = json.dumps({"keys": [asdict(key) for key in keys]}, ensure_ascii=False, indent=1)
        new = self._path.with_suffix(".new")
        try:
            new.unlink(missing_ok=True)
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self._path)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}.") from error

    def _parsed(self) -> tuple[Key, ...]:
        try:
            rows = json.loads(self._path.read_bytes())["keys"]
            return tuple(Key(**{**row, "scopes": tuple(row["scopes"])}) for row in rows)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(
                f"{self._path} cannot be read as a list of keys ({error}). Restore it, or remove "
                "it and add the keys anew with `rag keys add`."
            ) from error


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
