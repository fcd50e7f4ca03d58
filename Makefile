# Every target sets up what it needs by itself; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install servers demo test check bench soak bench-growth lock clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header
PYTHON ?= python3
comma := ,
# Every fifth strikes Redis or PostgreSQL.
KILLS ?= 65

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 15

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

install: $(STAMP) ## make .venv with everything, pinned by requirements.lock

servers: ## what the tests start and check with (tests/servers.sh has the list), by apt where it is missing
	@bash tests/servers.sh

demo: install ## the whole system on embedded defaults, with a page to phone and text from
	$(BIN)/haochaping demo

# Tests start the program again and again; without its bytecode kept, each start would compile it anew.
# Many wait for servers: two more at a time than there are processors.
test: export PYTHONDONTWRITEBYTECODE =
test: install servers ## all tests, with real servers on loopback
	$(BIN)/pytest -n $$(($$(nproc) + 2))

check: install ## what CI checks: format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

SOAK_SEEDS ?= 2000
SOAK_WORLDS ?= 200
soak: install servers ## thousands of simulated worlds, some on PostgreSQL, a month of a town, KILLS kills on each database; takes hours
	$(BIN)/haochaping simulate --days 2 --citizens 8 --seeds $(SOAK_SEEDS)
	$(BIN)/haochaping simulate --days 30 --citizens 10000 --faults light
	$(BIN)/pytest tests/simulation/test_postgresql.py --worlds $(SOAK_WORLDS)
	$(BIN)/pytest tests/integration/test_crashes.py --kills $(KILLS) -s

bench: install servers ## speed, as ratios in one run (writes docs/performance.md's figures)
	$(BIN)/python -m benchmarks --write $(if $(DATABASE),--database $(DATABASE))

# The page keeps figures of the whole thing only: a smaller run prints its own.
bench-growth: install servers ## cost by stored services, by processes, memory; capacity: two hours, 40 GB (less, and only printed: SIZES=1e4,1e5 SECONDS_EACH=60)
	$(BIN)/python -m benchmarks.growth $(if $(SIZES),--sizes $(SIZES),--write --sizes 1e4$(comma)1e5$(comma)1e6$(comma)1e7)
	$(BIN)/python -m benchmarks.many_nodes --write
	$(BIN)/python -m benchmarks.long_run $(if $(SECONDS_EACH),--seconds $(SECONDS_EACH),--write --seconds 1700)
	$(BIN)/python -m benchmarks.capacity --write

lock: $(STAMP) ## renew the lock files from pyproject.toml
	$(COMPILE) pyproject.toml --group dev --upgrade -o requirements.lock
	$(COMPILE) pyproject.toml --constraints requirements.lock -o docker/requirements.lock
	grep -m1 -o 'hatchling[^"]*' pyproject.toml | $(COMPILE) - --constraints requirements.lock -o docker/build.lock

clean: ## remove what the targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
