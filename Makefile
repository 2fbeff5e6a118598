# What a developer and CI run. Everything sets up .venv by itself; nothing outside the checkout is needed but make and
# Python 3.11 or newer with venv (Debian 12: apt-get install make python3.11 python3.11-venv).

BIN := .venv/bin
INSTALLED := .venv/.installed
UV_VERSION := 0.13.9

# `make demo DEMO_ARGS=` stays up, so that one can write to it; `make test PYTEST_ARGS="-k policy"`; `make bench BENCH_ARGS=…`
DEMO_ARGS ?= --once
PYTEST_ARGS ?=
BENCH_ARGS ?=
SCORE_ARGS ?= --mistakes
FUZZ_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test servers check format format-check lint types bench score learn redos fuzz lock wheel clean

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## .venv with the locked packages and mailbot in it

$(INSTALLED): requirements.lock requirements-build.lock pyproject.toml tools/setup_venv.sh
	@tools/setup_venv.sh

demo: $(INSTALLED) ## the whole system on an embedded mailbox: no account, no server, no configuration
	@$(BIN)/mailbot demo $(DEMO_ARGS)

test: $(INSTALLED) servers ## all tests (as root on Debian, installs Dovecot first)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

servers: # the servers that tests run against
	@tools/install_servers.sh

check: format-check lint types test ## everything CI asks: format, lint, mypy --strict, tests

format: $(INSTALLED) ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

format-check: $(INSTALLED) ## is the code in its form?
	$(BIN)/ruff format --check .

lint: $(INSTALLED) ## ruff
	$(BIN)/ruff check .

types: $(INSTALLED) ## mypy --strict
	$(BIN)/mypy --strict

bench: $(INSTALLED) servers ## mails a second, CPU and memory, against a real Dovecot
	$(BIN)/python -m bench $(BENCH_ARGS)

score: $(INSTALLED) ## how well mails are understood, with the mistakes (SCORE_ARGS=--quick: a minute in place of half an hour)
	$(BIN)/python -m learning.score $(SCORE_ARGS)

learn: $(INSTALLED) ## what the readers learned, anew from learning/ (after a change there or in a vocabulary)
	$(BIN)/python -m learning.learn

redos: $(INSTALLED) ## every regular expression on texts made to keep it busy
	$(BIN)/python -m hostile.redos

fuzz: $(INSTALLED) ## 200,000 mutated mails through parsing and reading (FUZZ_ARGS="--mails 10000" for a look)
	$(BIN)/python -m hostile.fuzz $(FUZZ_ARGS)

lock: ## resolve pyproject.toml anew into the two lock files
	@test -x build/uv/bin/uv || { python3 -m venv build/uv && build/uv/bin/python -m pip install --quiet uv==$(UV_VERSION); }
	build/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --extra dev pyproject.toml --output-file requirements.lock
	build/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --group pyproject.toml:build --output-file requirements-build.lock

wheel: $(INSTALLED) ## dist/mailbot-….whl, with the templates in it
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls -l dist

clean: ## away with all that was made, .venv too
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
