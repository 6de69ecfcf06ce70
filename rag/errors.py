"""Every error that leaves this package, as one tree.

    RagError
     ├─ InputError            what was asked for cannot be done as given      (the caller's fault)
     │   ├─ MalformedError    it could not even be read as a request
     │   └─ TooLargeError     it is over a limit that the message names
     ├─ ProfileError          a profile, key or value that does not exist     (the operator's fault)
     ├─ NotFoundError         no such document, collection, file or citation
     ├─ ExistsError           a name is already taken
     ├─ BusyError             another process holds the index, or all places are taken (retry)
     ├─ EmbedderMismatchError the index was built by another embedder
     ├─ StoreError            the stored data is damaged or the disk refuses
     ├─ ModelError            a model that a profile names failed           (the model's fault)
     │   ├─ ModelUnreachableError  nobody answers at its address (retry)
     │   ├─ ModelTimeoutError      it took longer than its deadline (retry)
     │   ├─ ModelAuthError         it does not accept the key
     │   ├─ ModelMissingError      its server does not have a model of that name
     │   ├─ ModelRejectedError     it does not take what was sent, such as too long a prompt
     │   ├─ ModelBusyError         it is over its limits, or rests after failures (retry later)
     │   └─ ModelBrokenError       what it replied is not a whole reply (retry)
     └─ CancelledError        nobody waits for the answer any more

A message says what is wrong and what to do next, in one or two sentences, and is safe to show.
`retryable` says whether the same call may succeed later without a change. It does not know how
an error is shown: exit codes belong to the terminal, status codes to the service. Foreign
exceptions are turned into these in the room where the foreign library is called.
"""

from __future__ import annotations


class RagError(Exception):
    """The root. `type` is the stable name that programs may test."""

    type = "error"
    retryable = False

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class InputError(RagError):
    type = "invalid_input"


class MalformedError(InputError):
    type = "malformed"


class TooLargeError(InputError):
    type = "too_large"


class ProfileError(RagError):
    type = "invalid_profile"


class NotFoundError(RagError):
    type = "not_found"


class ExistsError(RagError):
    type = "already_exists"


class BusyError(RagError):
    type = "busy"
    retryable = True


class EmbedderMismatchError(RagError):
    type = "embedder_mismatch"


class StoreError(RagError):
    type = "store_failed"


class ModelError(RagError):
    """`retry_after` is in seconds, where it is known."""

    type = "model_failed"

    def __init__(
        self, message: str, *, param: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, param=param)
        self.retry_after = retry_after


class ModelUnreachableError(ModelError):
    type = "model_unreachable"
    retryable = True


class ModelTimeoutError(ModelError):
    type = "model_timeout"
    retryable = True


class ModelAuthError(ModelError):
    type = "model_auth"


class ModelMissingError(ModelError):
    type = "model_missing"


class ModelRejectedError(ModelError):
    type = "model_rejected"


class ModelBusyError(ModelError):
    type = "model_busy"
    retryable = True


class ModelBrokenError(ModelError):
    type = "model_broken"
    retryable = True


class CancelledError(RagError):
    type = "cancelled"
