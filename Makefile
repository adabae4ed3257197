# `make demo` shows the library on a real engine; `make test` runs everything that must pass. Both need python3, git and make only.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_VENV := .cache/demo
WORKERS ?= 2
# One more than works at once, since some tests wait most of their time.
PYTEST := $(BIN)/python -m pytest -n $$(( $(WORKERS) + 1 )) --dist worksteal

# Compiled modules are kept even if the environment forbids it: else each worker compiles each module of the tests again.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode

SIDE_BY_SIDE := $(MAKE) --jobs 2 --output-sync=target

.DEFAULT_GOAL := help
.PHONY: help setup check static lint format unit integration gate test coverage demo lab-up lab-down test-engine pythons docs docs-check dist soak bench bench-promises console picture clean

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(VENV)/.ready: pyproject.toml scripts/venv.sh
	scripts/venv.sh $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

$(DEMO_VENV)/.ready: pyproject.toml scripts/venv.sh
	scripts/venv.sh $(PYTHON) $(DEMO_VENV)
	$(DEMO_VENV)/bin/python -m pip install --quiet --editable .
	touch $@

setup: $(VENV)/.ready ## Make the virtual environment with everything for development

check: ## Everything that needs no engine
	$(SIDE_BY_SIDE) static unit

static: docs-check lint ## Linters, type checkers, layer contracts, spelling, documentation

# Two run at a time: first those that need a moment, then the longest, so that none is left over at the end.
LINTERS := format-check ruff layers spelling pyright typecoverage mypy mypy-windows unused
.PHONY: $(LINTERS)

lint: $(LINTERS) ## Linters, type checkers, layer contracts, spelling

format-check: $(VENV)/.ready
	$(BIN)/ruff format --check .

ruff: $(VENV)/.ready
	$(BIN)/ruff check .

mypy: $(VENV)/.ready
	$(BIN)/mypy

mypy-windows: $(VENV)/.ready
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32

pyright: $(VENV)/.ready
	$(BIN)/pyright

typecoverage: $(VENV)/.ready
	scripts/typecoverage.sh $(BIN)/pyright

unused: $(VENV)/.ready
	$(BIN)/python scripts/unused.py

layers: $(VENV)/.ready
	$(BIN)/lint-imports --no-cache

spelling: $(VENV)/.ready
	$(BIN)/codespell

format: $(VENV)/.ready ## Format the code, and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: $(VENV)/.ready ## Tests that need no engine
	$(PYTEST) -q tests --ignore=tests/integration

pythons: ## Tests that need no engine, on each supported Python that this machine has
	scripts/pythons.sh .cache/pythons -q -n $$(( $(WORKERS) + 1 )) --dist worksteal

integration: $(VENV)/.ready ## Tests on the engines of the lab, which is left up
	$(BIN)/python -m tests.lab up
	$(PYTEST) --dist loadgroup --rerun-show-tracebacks -q tests/integration

gate: $(VENV)/.ready ## Check which integration tests hold on the fake engine
	$(BIN)/python -m tests.testing.gate

test: ## Everything, on real engines: starts the lab, and stops it if it was not up before
	$(SIDE_BY_SIDE) lint docs
	scripts/test.sh $(BIN)/python $(WORKERS)

coverage: $(VENV)/.ready ## Run all tests once under coverage, which doubles their time; writes coverage.xml
	$(BIN)/python -m tests.lab up
	$(PYTEST) -q --cov --cov-report= tests --ignore=tests/integration
	$(PYTEST) --dist loadgroup -q --cov --cov-append --cov-report=term --cov-report=xml tests/integration

demo: $(DEMO_VENV)/.ready ## Run the quickstart on the engine found here, or on a private one
	$(DEMO_VENV)/bin/python -m tests.lab.demo

test-engine: $(VENV)/.ready ## Report which promises hold on the engine at HOST=unix:///... or tcp://...
	$(if $(HOST),,$(error give the engine: make test-engine HOST=unix:///var/run/docker.sock))
	DOCKER_HOST=$(HOST) $(BIN)/python -m aiodockerpy
	AIODOCKERPY_TEST_HOST=$(HOST) $(BIN)/python -m pytest -q -p tests.integration.promises tests -k promise

lab-up: ## Start the engines and the registry of the test lab, and print where they are
	$(PYTHON) -m tests.lab up

lab-down: ## Stop the test lab
	$(PYTHON) -m tests.lab down

SPHINX := $(BIN)/python -m sphinx --nitpicky --fail-on-warning --keep-going --quiet -d docs/_build/doctrees

docs: $(VENV)/.ready ## Build the documentation into docs/_build/html; warnings are errors
	$(SPHINX) -b html docs docs/_build/html

docs-check: $(VENV)/.ready ## Read the documentation without writing pages; warnings are errors
	$(SPHINX) -b dummy docs docs/_build/dummy

dist: $(VENV)/.ready ## Build and check sdist and wheel in dist/, install the wheel in an empty environment and run it
	scripts/dist.sh $(BIN)/python dist

soak: $(VENV)/.ready ## Run the library for long under faults, and watch its memory
	$(BIN)/python -m tests.lab up
	$(BIN)/python -m benchmarks.soak

bench: $(VENV)/.ready ## Compare with other clients on an engine of the lab; writes the tables and the chart of docs/benchmarks.md
	$(BIN)/python -m tests.lab up
	$(BIN)/python -m benchmarks --json benchmarks/run.json
	$(BIN)/python -m benchmarks.tables
	$(BIN)/python -m benchmarks.chart

bench-promises: $(VENV)/.ready ## Expose three clients to the same faults; writes the tables of docs/comparison.md and the README
	$(BIN)/python -m tests.lab up
	$(BIN)/python -m benchmarks.promises --json benchmarks/promises.json
	$(BIN)/python -m benchmarks.tables

examples/console/.cache:
	examples/console/setup.sh

console: $(VENV)/.ready examples/console/.cache ## Serve the console of examples/ on http://127.0.0.1:8080
	$(BIN)/python examples/console/server.py

picture: $(VENV)/.ready ## Take the picture of the console that the documentation shows, in its test
	AIODOCKERPY_CONSOLE_PICTURE=$(CURDIR)/docs/pictures/console.png $(BIN)/python -m pytest -q tests/integration/test_console.py -k chromium

clean: ## Remove what was built, and the virtual environments
	rm -rf $(VENV) .cache build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* coverage.xml
