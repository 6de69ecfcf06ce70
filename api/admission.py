"""Who may call: the Host header, the page that a browser calls from, the key, its scope and rate.

Only what reads or changes documents asks for a key; health, the page and the description are the
same for everyone. A new call of /v1 that is not a GET needs the scope `write` until it is named
here. It does not know what a call does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from api.errors import (
    ForbiddenError,
    ForeignOriginError,
    RateLimitError,
    UnauthorizedError,
    WrongHostError,
)
from rag import keys
from rag.keys import Key, KeyFile

_GUARDED = frozenset({"v1", "mcp", "metrics"})
"""First segments of the paths that need a key."""

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})

_READING = frozenset(
    {"/v1/ask", "/v1/search", "/v1/verify", "/v1/chat/completions", "/v1/responses"}
)
"""Calls by POST that change nothing. All others that are not harmless need the scope `write`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`hosts`: the names that the Host header may have, None for any. `origins`: other sites
    whose pages may call. `key_needed`: even when there are no keys. `rate_per_minute`: 0 for no
    limit."""

    hosts: frozenset[str] | None
    origins: Collection[str] = ()
    key_needed: bool = False
    rate_per_minute: int = 0


class Admission:
    """Lets a request in, or raises what is wrong with it."""

    def __init__(self, rules: Rules, keys: KeyFile) -> None:
        self._rules = rules
        self._keys = keys
        self._rate = Rate(rules.rate_per_minute) if rules.rate_per_minute else None

    def admit(self, scope: Scope) -> str | None:
        """The name of the caller's key, None where none is asked for. Raises WrongHostError,
        ForeignOriginError, UnauthorizedError, ForbiddenError, RateLimitError, StoreError."""
        headers = Headers(scope=scope)
        check_host(headers, self._rules.hosts)
        check_origin(scope["method"], headers, self._rules.origins)
        if first_segment(scope["path"]) not in _GUARDED:
            return None
        key = self._key(headers, scope_needed(scope["method"], scope["path"]))
        wait = self._rate.take(key.sha256 if key else "") if self._rate else 0.0
        if wait:
            raise RateLimitError(
                f"Over {self._rules.rate_per_minute} requests a minute. Wait {math.ceil(wait)} s.",
                math.ceil(wait),
            )
        return key.name if key else None

    def _key(self, headers: Headers, needed: keys.Scope) -> Key | None:
        if not self._rules.key_needed and not self._keys.known():
            return None
        secret = secret_of(headers)
        if not secret:
            raise UnauthorizedError(
                "This service asks for a key. Send it as `Authorization: Bearer KEY`; "
                "`rag keys add NAME` on the service's machine makes one."
            )
        key = self._keys.find(secret)
        if key is None:
            raise UnauthorizedError("This key is not known here, or no longer. Ask for another.")
        if needed not in key.scopes:
            raise ForbiddenError(
                f"This key may not {needed}. Use one that was made with `--scope {needed}`."
            )
        return key


def scope_needed(method: str, path: str) -> keys.Scope:
    """What a key must allow for this call."""
    if method in _HARMLESS or path in _READING or first_segment(path) == "mcp":
        return "read"
    return "write"


def first_segment(path: str) -> str:
    """`/v1/ask` -> `v1`."""
    return path.removeprefix("/").partition("/")[0]


def secret_of(headers: Headers) -> str:
    """The key that a request carries, empty when it carries none."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "").strip()


def check_host(headers: Headers, hosts: Collection[str] | None) -> None:
    """A service on a loopback address checks the Host header because a hostile page can make its
    own name resolve to 127.0.0.1 (DNS rebinding) and would then be same-origin with us."""
    if hosts is not None and host_name(headers.get("host", "")) not in hosts:
        raise WrongHostError(
            "The Host header does not name this service. Call it by the address that it "
            "listens on, or set server.host if it is meant to be reached from elsewhere."
        )


def check_origin(method: str, headers: Headers, origins: Collection[str]) -> None:
    """Browsers send some kinds of POST to any address without asking it first; a page from
    elsewhere could add documents so. Programs send neither of the two headers."""
    origin = headers.get("origin")
    if method in _HARMLESS or origin is None or origin in origins:
        return
    site = headers.get("sec-fetch-site")
    own = origin.partition("://")[2].lower() == headers.get("host", "").lower()
    if not (own if site is None else site in ("same-origin", "none")):
        raise ForeignOriginError(
            "A page of another site may not call this service, unless server.cors_origins names it."
        )


def host_name(header: str) -> str:
    """A Host header without its port, in lower case: `[::1]:80` -> `[::1]`."""
    end = header.find("]") + 1 if header.startswith("[") else header.find(":")
    return (header[:end] if end > 0 else header).lower()


class Rate:
    """A token bucket for each caller: `per_minute` calls at once, then one for each that time
    gives back. `clock` is in seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._each_second = per_minute / 60
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> float:
        """0 when the call may be made, otherwise the seconds until one may."""
        now = self._clock()
        left, since = self._left.get(who, (self._most, now))
        left = min(self._most, left + (now - since) * self._each_second)
        if left < 1:
            return (1 - left) / self._each_second
        self._left[who] = (left - 1, now)
        return 0.0
