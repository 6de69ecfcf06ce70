"""What the `openai` package raises, and the network below it, as errors of our own.

The status table is that of OpenAI's protocol as servers really use it. Messages say what to do
next and carry the server's own words, shortened and without the key. It does not know what was
asked.
"""

from __future__ import annotations

import datetime
import email.utils
import time
from collections.abc import Mapping

from rag.errors import (
    ModelAuthError,
    ModelBrokenError,
    ModelBusyError,
    ModelError,
    ModelMissingError,
    ModelRejectedError,
    ModelTimeoutError,
    ModelUnreachableError,
)

_LONGEST_WORDS = 200
_AUTH, _MISSING, _BUSY, _SERVER = (401, 403), 404, (429, 503, 529), 500


class Faults:
    """Turns foreign errors of one back-end into ours. `model`, `base_url` and `key` are those of
    the profile; the key is only held to be left out."""

    def __init__(self, model: str, base_url: str, key: str) -> None:
        self.model, self.base_url, self._key = model, base_url, key

    @property
    def name(self) -> str:
        return f"The model {self.model!r} at {self.base_url}"

    def of(self, error: BaseException) -> ModelError:
        """Our error for a foreign one. A ModelError stays as it is."""
        import openai

        match error:
            case ModelError():
                return error
            case openai.APIStatusError():
                return self._status(error.status_code, error)
            case openai.APITimeoutError():
                return self._timeout(error)
            case openai.APIConnectionError():
                return self._connection(error)
            case openai.APIError():
                return self.broken(f"reported an error instead of going on: {self._words(error)}")
        kind = type(error).__name__
        if "Timeout" in kind:
            return self._timeout(error)
        if isinstance(error, ValueError | KeyError | TypeError | AttributeError):
            return self.broken(f"sent something that is not a reply ({kind})")
        if "Connect" in kind:
            return self._connection(error)
        return self.broken(f"broke the connection off ({kind})")

    def broken(self, what: str) -> ModelBrokenError:
        """A reply that is not whole or none at all."""
        return ModelBrokenError(f"{self.name} {what}. Try again; see the log of its server.")

    def late(self, what: str, seconds: float, key: str) -> ModelTimeoutError:
        """Over the deadline that the profile's key sets."""
        return ModelTimeoutError(
            f"{self.name} {what} within {seconds:g} s. Try again, or raise deadlines.{key}.",
            param=f"deadlines.{key}",
        )

    def _status(self, status: int, error: BaseException) -> ModelError:
        words = self._words(error)
        if status in _AUTH:
            return ModelAuthError(
                f"{self.name} does not accept the key ({status}: {words}). Check the environment "
                "variable that the profile's api_key_env names."
            )
        if status == _MISSING:
            return ModelMissingError(
                f"{self.name} is not there ({words}). Check the model's name and base_url, which "
                "mostly ends in /v1; `rag doctor` lists what the server has."
            )
        if status in _BUSY:
            return ModelBusyError(
                f"{self.name} has no place now ({status}: {words}). Try again later.",
                retry_after=_retry_after(getattr(error, "response", None)),
            )
        if status >= _SERVER:
            return self.broken(f"failed inside ({status}: {words})")
        return ModelRejectedError(
            f"{self.name} does not take what it was sent ({status}: {words}). If the prompt was "
            "too long, lower answerer.context_tokens."
        )

    def _timeout(self, error: BaseException) -> ModelError:
        if "Connect" in type(error).__name__ or "Connect" in type(error.__cause__).__name__:
            return self._connection(error)
        return ModelTimeoutError(f"{self.name} did not answer in time. Try again.")

    def _connection(self, error: BaseException) -> ModelError:
        cause = error.__cause__ or error
        kind = type(cause).__name__
        if any(word in kind for word in ("Protocol", "ReadError", "WriteError", "Decoding")):
            return self.broken(f"broke the connection off ({kind})")
        why = str(cause) or kind
        return ModelUnreachableError(
            f"{self.name} cannot be reached ({why[:_LONGEST_WORDS]}). Start its server, or correct "
            "base_url."
        )

    def _words(self, error: BaseException) -> str:
        body = getattr(error, "body", None)
        words = body.get("message") if isinstance(body, Mapping) else None
        text = words if isinstance(words, str) else str(getattr(error, "message", "") or error)
        if self._key:
            text = text.replace(self._key, "…")
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 1] + "…"


def _retry_after(response: object) -> float | None:
    """Seconds from a Retry-After header, given as a number or as a date."""
    value = getattr(response, "headers", {}).get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = email.utils.parsedate_to_datetime(value)
        except ValueError:
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        seconds = when.timestamp() - time.time()
    return max(0.0, seconds) if seconds == seconds else None
