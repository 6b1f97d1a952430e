# Couponry: every task of a checkout. `make help` lists them.
# Stamps in .venv carry checksums of what was installed, so nothing is installed twice.

PYTHON ?= python3
# Plain assignments: the command line of make wins over them, the environment does not (conda exports a HOST).
HOST = $(or $(COUPONRY_HOST),127.0.0.1)
PORT = $(or $(COUPONRY_PORT),8080)
DATA = $(or $(COUPONRY_DATA),./data)
PYTEST_ARGS ?=
BENCH_ARGS ?=
LOCK_ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check
UV := build/lock-venv/bin/uv
COMPILE := $(UV) --no-config pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url $(LOCK_ARGS)

checksum = $(shell $(1) | cksum | tr -d ' \t')
# The folder is part of the key: the scripts of a moved .venv point to where it was.
VENV_KEY := $(call checksum,pwd)
VENV_STAMP := .venv/.made-$(VENV_KEY)
SERVE_STAMP := .venv/.serve-$(VENV_KEY)-$(call checksum,cat requirements/serve.txt)
TEST_STAMP := .venv/.test-$(VENV_KEY)-$(call checksum,cat requirements/test.txt)
PROJECT_STAMP := .venv/.project-$(VENV_KEY)-$(call checksum,cat pyproject.toml)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help serve test check bench lock format clean
# A .venv whose python was removed or upgraded away is made again.
ifneq ($(shell test -x $(BIN)/python && echo usable),usable)
.PHONY: $(VENV_STAMP) $(SERVE_STAMP) $(TEST_STAMP) $(PROJECT_STAMP)
endif

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

serve: $(SERVE_STAMP) $(PROJECT_STAMP) ## Install what the server needs and start it (HOST=, PORT=, DATA=)
	@exec env COUPONRY_HOST='$(HOST)' COUPONRY_PORT='$(PORT)' COUPONRY_DATA='$(DATA)' $(BIN)/couponry serve

test: $(TEST_STAMP) $(PROJECT_STAMP) ## Install what the tests need and run them all (PYTEST_ARGS=)
	@$(BIN)/pytest -q $(PYTEST_ARGS)

check: $(TEST_STAMP) $(PROJECT_STAMP) ## Lint, format, types, import contracts, rules of the repository
	@echo "ruff check" && $(BIN)/ruff check --quiet --output-format concise
	@echo "ruff format" && $(BIN)/ruff format --check
	@echo "mypy" && $(BIN)/mypy
	@echo "import contracts" && $(BIN)/lint-imports --no-logo
	@echo "rules of the repository" && $(BIN)/pytest -q tests/house/test_repository.py

bench: $(TEST_STAMP) $(PROJECT_STAMP) ## Measure speed and memory, JSON lines (BENCH_ARGS=--quick for a short run)
	@$(BIN)/couponry bench --json $(BENCH_ARGS)

format: $(TEST_STAMP) ## Format the code and repair what ruff can repair
	@$(BIN)/ruff check --quiet --fix --exit-zero
	@$(BIN)/ruff format --quiet

lock: build/lock-venv/.made ## Write requirements/*.txt again from pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	@echo "locking requirements/test.txt"
	@$(COMPILE) --extra build --extra test --extra check --output-file requirements/test.txt >/dev/null
	@echo "locking requirements/serve.txt"
	@$(COMPILE) --extra build --constraint requirements/test.txt --output-file requirements/serve.txt >/dev/null

clean: ## Remove .venv, caches and build output; data stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -rf src/*.egg-info

$(VENV_STAMP):
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "Couponry needs Python 3.11 or newer, and there is no '$(PYTHON)'. Name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Couponry needs Python 3.11 or newer; '$(PYTHON)' is" \
	    "$$($(PYTHON) -c 'import platform; print(platform.python_version())')." \
	    "Name a newer one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' lacks the venv module. On Debian and Ubuntu install the package python3-venv." >&2; exit 1; }
	@echo "making .venv with $$($(PYTHON) --version 2>&1)"
	@rm -rf .venv && $(PYTHON) -m venv .venv && touch $@

$(SERVE_STAMP): | $(VENV_STAMP)
	@echo "installing requirements/serve.txt (once; a minute or so)"
	@rm -f .venv/.serve-* .venv/.test-*
	@$(PIP) --require-hashes -r requirements/serve.txt && touch $@

$(TEST_STAMP): | $(VENV_STAMP)
	@echo "installing requirements/test.txt (once; a minute or so)"
	@rm -f .venv/.serve-* .venv/.test-*
	@$(PIP) --require-hashes -r requirements/test.txt && touch $(SERVE_STAMP) $@

$(PROJECT_STAMP): | $(VENV_STAMP)
	@echo "installing couponry itself"
	@rm -f .venv/.project-*
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src && touch $@ # also where PYTHONDONTWRITEBYTECODE would make every start slower

build/lock-venv/.made:
	@echo "installing uv"
	@rm -rf build/lock-venv && $(PYTHON) -m venv build/lock-venv
	@build/lock-venv/bin/python -m pip install -qq --no-input --disable-pip-version-check uv && touch $@
