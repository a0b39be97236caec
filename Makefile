# `make help` lists what there is. Everything runs from .venv, which is set up from hashed locks when needed.
PYTHON ?= python3
WORKERS ?= 4
BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
CODE := services shared deploy tests
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock" $(UPGRADE)

# Where the caller's shell forbids compiled modules, each of the hundred processes would compile the code anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run stop sample reset check test bench fmt lint types docs lock

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: $(RUN) ## start everything on this machine (DEMO=0: without demo traffic); Ctrl-C stops it
	@$(BIN)/python -m deploy.local run

stop: $(RUN) ## stop what `make run` started
	@$(BIN)/python -m deploy.local stop

sample: $(RUN) ## load the sample agency into what runs, or go on where that stopped
	@$(BIN)/python -m deploy.local.demo load

reset: $(RUN) ## delete the local state (.local/ or ZI_LOCAL_DIR) after asking
	@$(BIN)/python -m deploy.local reset

check: lint types $(DEV) ## format, lint, types, import contracts, unit tests: before every commit
	$(BIN)/python -m pytest -q tests/unit

test: lint types $(DEV) ## everything, on real Kafka and PostgreSQL, pages in Chromium (ZI_PICTURES=1: photographed)
	$(INSTALL) chromium
	$(INSTALL) libreoffice
	@$(BIN)/python -m deploy.local.kafka_training
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder

bench: $(DEV) ## benchmarks (FULL=1: all; IDS="B1 B8": these; AGAINST=<revision> IDS=CO; PLOT=1)
	$(BIN)/python -m tests.bench

fmt: $(DEV) ## format the code and mend what ruff can
	$(BIN)/ruff check --quiet --fix $(CODE)
	$(BIN)/ruff format $(CODE)

lint: $(DEV) ## format and lint rules, directions of imports
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/lint-imports

types: $(DEV) ## mypy --strict
	$(BIN)/mypy --strict $(CODE)

docs: $(DEV) ## write the documents and stored contracts that are made from code
	@$(BIN)/python -m tests.contracts

lock: $(DEV) ## write the locks anew from pyproject.toml (UPGRADE=--upgrade: with newer versions)
	$(COMPILE) --extra dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.lock
	printf "python-docx\ntypst\n" | $(COMPILE) -c requirements-dev.lock - -o deploy/reports.lock
	$(COMPILE) -c requirements-dev.lock --extra local pyproject.toml -o deploy/local/requirements.lock
	printf "uv\nhatchling\n" | $(COMPILE) -c requirements-dev.lock - -o deploy/local/bootstrap.lock
	$(BIN)/python -m deploy.local.jars

define INSTALL
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON); install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) deploy/local/install.py
endef

$(RUN): deploy/local/requirements.lock pyproject.toml
	$(INSTALL) run

$(DEV): requirements-dev.lock pyproject.toml
	$(INSTALL) dev
