# `make hanabi` and `make test` set up a fresh machine that has Python 3.11 or later, make and a C++ compiler.
# Both work in their own environment (.venv), whatever environment is active; a second call installs nothing.

# The first of these that is Python 3.11 or later.
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; \
  sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done),python3)
VENV ?= .venv
ARGUMENTS ?=
# What the tests need; with ray, too, none is skipped.
EXTRAS ?= dev,neural,reference,dask

BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

# Settings of the surrounding shell that would leak into the environment, or have every process compile every module anew.
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PIP_PREFIX PIP_TARGET PIP_USER VIRTUAL_ENV

# hanabi-learning-environment predates CMake 4.
export CMAKE_POLICY_VERSION_MINIMUM := 3.5

.DEFAULT_GOAL := help
.PHONY: help hanabi test exhaustive lint docs parity soak bench clean distclean
.DELETE_ON_ERROR:

help: ## Show this list.
	@echo "Usage: make TARGET [PYTHON=python3.12] [ARGUMENTS='--games 20']"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

hanabi: $(VENV)/core.stamp ## Play Hanabi with and without mirror-descent search on the same decks.
	@$(BIN)/python -m agents.hanabi_search --output runs/hanabi $(ARGUMENTS)

test: $(VENV)/test.stamp lint ## Lint, then run every test.
	@$(BIN)/python -m pytest $(ARGUMENTS)

exhaustive: $(VENV)/test.stamp ## Run the tests that repeat others at more sizes and seeds, which make test leaves out.
	@$(BIN)/python -m pytest -m exhaustive $(ARGUMENTS)

lint: $(VENV)/test.stamp ## Check format, style, types and the direction of imports.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(VENV)/docs.stamp ## Build the site of docs/ in build/site; a warning is an error.
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict $(ARGUMENTS)

parity: $(VENV)/test.stamp ## Play the full set of games in lockstep with HLE and OpenSpiel.
	@$(BIN)/python -m tests.hanabi_parity $(ARGUMENTS)
	@$(BIN)/python -m tests.phantom_parity
	@NUMBA_ENABLE_CUDASIM=1 $(BIN)/python -m tests.games.hanabi.cuda.lockstep small odd seven-card 2 3 4 5

soak: $(VENV)/test.stamp ## Kill every command that resumes at random moments, and compare what it ends with (some twenty minutes).
	@$(BIN)/python -m tests.soak $(ARGUMENTS)

bench: $(VENV)/test.stamp ## Run the benchmarks that write the figures of the README and the docs.
	@$(BIN)/python -m benchmarks.hanabi_engine --update docs/hanabi.md
	@$(BIN)/python -m benchmarks.hanabi_blueprints --seed 2026 --update docs/hanabi.md
	@$(BIN)/python -m benchmarks.hanabi_decision --update docs/search.md
	@$(BIN)/python -m benchmarks.hanabi_errors --update docs/search.md
	@$(BIN)/python -m benchmarks.hanabi_values --update docs/search.md
	@$(BIN)/python -m benchmarks.hanabi_deviations --update docs/search.md
	@$(BIN)/python -m benchmarks.hanabi_search --record benchmarks/records/hanabi_search.jsonl --update docs/search.md $(ARGUMENTS)
	@$(BIN)/python -m benchmarks.preference --update docs/preference_games.md --figure docs/egpo_protocol.png
	@$(BIN)/python -m benchmarks.preference_exact --update docs/preference_games.md
	@$(BIN)/python -m benchmarks.preference_batch --update docs/preference_games.md
	@$(BIN)/python -m benchmarks.preference_asking --update docs/preference_games.md
	@$(BIN)/python -m benchmarks.extensive --update docs/extensive_games.md
	@$(BIN)/python -m benchmarks.extensive_choice --update docs/extensive_games.md
	@$(BIN)/python -m benchmarks.extensive_threads --update docs/extensive_games.md
	@$(BIN)/python -m benchmarks.extensive_race --update docs/extensive_games.md
	@$(BIN)/python -m benchmarks.phantom --update docs/phantom_evaluation.md
	@$(BIN)/python -m benchmarks.phantom_search --results runs/phantom_search.json --update docs/phantom_search.md --figure docs/phantom_search.png
	@$(BIN)/python -m benchmarks.openspiel_search --update docs/openspiel.md --figure docs/openspiel_iterated.png
	@$(BIN)/python -m benchmarks.tournament --update docs/tournaments.md
	@$(BIN)/python -m benchmarks.tournament_errors --update docs/tournaments.md
	@$(BIN)/python -m benchmarks.tournament_isolation --update docs/tournaments.md
	@$(BIN)/python -m benchmarks.neural --update docs/training.md
	@$(BIN)/python -m benchmarks.hanabi_updates --update docs/training.md

clean: ## Remove caches and build products; compiled kernels stay in the user's cache folder.
	rm -rf build dist *.egg-info .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## Remove the environment, too.
	rm -rf $(VENV)

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	  "make: $(PYTHON) is not Python 3.11 or later; name one that is: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV) || { echo \
	  "make: $(PYTHON) cannot create a virtual environment; install its venv package (Debian: python3-venv)" >&2; exit 2; }
	@touch $@

$(VENV)/core.stamp: $(VENV)/python.stamp pyproject.toml constraints.txt
	@echo "Installing the packages that are needed (once, a few minutes) ..."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/python.stamp pyproject.toml constraints.txt
	@command -v c++ >/dev/null || command -v g++ >/dev/null || { echo \
	  "make: a C++ compiler is needed to build the reference environment; install g++" >&2; exit 2; }
	@echo "Installing the packages that are needed, the reference environment and the test tools (once, a few minutes) ..."
	@$(INSTALL) --editable '.[$(EXTRAS)]'
	@touch $(VENV)/core.stamp $@

$(VENV)/docs.stamp: $(VENV)/python.stamp pyproject.toml constraints.txt
	@echo "Installing what builds the site (once) ..."
	@$(INSTALL) --editable '.[docs]'
	@touch $@
