"""Models that a test makes itself in a second: right in every form, and with nothing to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WORDS = "the plant was opened in ulsan makes cars a day 공장 은 울산 에 열렸다 . [1]".split()
_WIDTH, _HIDDEN, _CONTEXT = 64, 128, 2048


def write_gguf(path: Path, *, pooled: bool = False) -> None:
    """A Llama of one layer for llama.cpp, with random weights that only ever choose whole words;
    `pooled` makes it an embedder."""
    import gguf

    dice = np.random.default_rng(7)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256))]
    special = len(tokens)
    tokens += [f"▁{word}" for word in WORDS]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(WORDS)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // 4)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * special + [-float(n) for n in range(len(WORDS))])
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    if pooled:
        writer.add_pooling_type(gguf.PoolingType.MEAN)

    def add(name: str, *shape: int) -> None:
        scale = 1.0 if len(shape) == 2 else 0.0
        values = dice.normal(0, 0.3, shape) * scale + (1.0 - scale)
        if name == "output":
            values[:special] = 0  # greedy choice falls on a word, whose weights are not all zero
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))

    add("token_embd", len(tokens), _WIDTH)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        add(f"blk.0.{name}", _WIDTH, _WIDTH)
    for name in ("attn_norm", "ffn_norm"):
        add(f"blk.0.{name}", _WIDTH)
    add("blk.0.ffn_gate", _HIDDEN, _WIDTH)
    add("blk.0.ffn_up", _HIDDEN, _WIDTH)
    add("blk.0.ffn_down", _WIDTH, _HIDDEN)
    add("output_norm", _WIDTH)
    add("output", len(tokens), _WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_chat_model(folder: Path) -> None:
    """A Llama of one layer for transformers, with a tokenizer of bytes and a chat template."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    tokenizer = _byte_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=_CONTEXT,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def write_cross_encoder(folder: Path) -> None:
    """A BERT of one layer with one score, for sentence-transformers."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(7)
    tokenizer = _byte_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _byte_tokenizer():  # type: ignore[no-untyped-def]
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(["</s>", *letters])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="</s>", pad_token="</s>")
