# Two commands set everything up: `make demo` and `make test`. Works with GNU make 3.81 (macOS).

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then command -v $$python; break; fi; done)

NO_PYTHON := acuback needs Python 3.11 or newer with its venv and ensurepip modules (on Debian: apt install python3-venv); \
name one with: make PYTHON=/path/to/python3

BIN     := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV     := .venv/.dev-installed
PIP     := $(BIN)/python -m pip --disable-pip-version-check install -qq
UV      := uv==0.13.9
CODE     = $(wildcard bot storage tests benchmarks)

.PHONY: help demo test lint prove benchmarks lock clean .venv

help:
	@echo "make demo        try the bot on a local Telegram: no token, no network"
	@echo "make test        ruff, mypy, import contracts and every test"
	@echo "make prove       the slow proofs (PROVE=short: their short form)"
	@echo "make benchmarks  the figures of docs/benchmarks.md"
	@echo "make lock        write requirements*.lock anew from pyproject.toml"
	@echo "make clean       remove .venv and every cache"

demo: $(RUNTIME)
	$(BIN)/acuback demo

test: lint
	$(BIN)/python -m pytest

lint: $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo

prove: $(DEV)
	PROVE=$(PROVE) $(BIN)/python -m pytest -m prove

benchmarks: $(DEV)
	$(BIN)/python -m benchmarks

.venv: $(DEV)

$(RUNTIME): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "$(NO_PYTHON)" >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@echo "Installing requirements.lock into .venv (about a minute, once)"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-index --no-build-isolation -e .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	@echo "Installing requirements-dev.lock into .venv"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

lock:
	"$(PYTHON)" -m venv .venv-lock
	.venv-lock/bin/python -m pip --disable-pip-version-check install --quiet $(UV)
	.venv-lock/bin/uv pip compile pyproject.toml --group pyproject.toml:build -o requirements.lock $(LOCKING)
	.venv-lock/bin/uv pip compile --group pyproject.toml:dev -c requirements.lock -o requirements-dev.lock $(LOCKING)
	rm -rf .venv-lock

LOCKING := --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-header --no-annotate --upgrade

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +
