"""A chat model in this process: transformers, from a folder on this machine, never online.

One reply is written at a time; the others wait for their turn within their deadlines. It does not
know what is asked, nor about citations.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from rag.cancel import Cancel
from rag.errors import ModelRejectedError
from rag.models.folder import model_folder, offline, optional, quiet
from rag.models.port import Message, Piece
from rag.models.thinking import ThoughtFilter
from rag.models.worker import PassOn, pieces
from rag.profile import Answerer, Deadlines
from rag.types import Usage


class LocalChat:
    """A `ChatModel` (see `rag.models.port`). Raises ProfileError when the folder or the packages
    are missing."""

    provider = "huggingface"

    def __init__(self, section: Answerer, deadlines: Deadlines) -> None:
        folder = model_folder(section.model)
        offline()
        transformers = optional("transformers")
        quiet()
        self.name = folder.name
        self._deadlines = deadlines
        self._turn = threading.Lock()
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, local_files_only=True
        ).eval()
        longest = getattr(self._model.config, "max_position_embeddings", None)
        self.context_tokens = min(section.context_tokens, longest or section.context_tokens)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, cancel: Cancel
    ) -> Iterator[Piece]:
        def produce(pass_on: PassOn, stopped: threading.Event) -> None:
            with self._turn:
                if not stopped.is_set():
                    self._produce(messages, max_tokens, pass_on)

        return pieces(produce, self.name, self._deadlines, cancel)

    def _produce(self, messages: Sequence[Message], max_tokens: int, pass_on: PassOn) -> None:
        from transformers import TextStreamer

        prompt = self._tokenizer(self._prompt(messages), return_tensors="pt")
        given = int(prompt["input_ids"].shape[1])
        if given + max_tokens > self.context_tokens:
            raise ModelRejectedError(
                f"The prompt has {given} tokens, and {self.name} takes {self.context_tokens} with "
                f"the reply's {max_tokens}. Lower answerer.max_tokens or retrieval.top_k."
            )
        thoughts = ThoughtFilter()

        class Streamer(TextStreamer):  # type: ignore[misc]
            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                pass_on(Piece(thoughts.feed(text) + (thoughts.end() if stream_end else "")))

        streamer = Streamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        out = self._model.generate(
            **prompt, max_new_tokens=max_tokens, do_sample=False, streamer=streamer
        )
        written = int(out.shape[1]) - given
        usage = Usage(given, written, given + written)
        pass_on(Piece("", "length" if written >= max_tokens else "stop", usage))

    def _prompt(self, messages: Sequence[Message]) -> str:
        """The messages in the model's own form, or as plain lines where it has none."""
        turns: list[dict[str, Any]] = [{"role": m.role, "content": m.content} for m in messages]
        if not self._tokenizer.chat_template:
            return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns) + (
                "\n\nassistant:"
            )
        return str(
            self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        )
