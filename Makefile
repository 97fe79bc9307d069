# Everything runs in .venv, which is made from requirements-dev.lock. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help install system test lint demo demo-check bench bench-peers coverage format fix lock clean

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: .venv/installed ## make .venv with all that development needs; nothing when it is up to date

.venv/installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	@test -x $(BIN)/python || { echo "making .venv, one or two minutes"; $(PYTHON) -m venv .venv; }
	@$(PIP) install -qq --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@$(PIP) -qq check
	@touch $@

system: ## the Debian packages of the tests: installed where root, named where not
	@.ci/system-packages

# One thread for linear algebra: the workers of pytest would otherwise wait for each other's.
test: export OPENBLAS_NUM_THREADS = 1
test: install system lint ## all tests, on SQLite, PostgreSQL and in Chromium, after lint
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: install ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: install ## a city to try on http://127.0.0.1:8000 (PORT=… for another port), until Ctrl-C
	@$(BIN)/minyi demo --port $(PORT)

demo-check: install ## start the demo, answer its questionnaire once, start it again, stop it
	@$(BIN)/python .ci/demo_check.py

# As modules: as a script, benchmarks/analysis.py would hide the package of the same name.
PART ?= intake page load analysis stuffing
bench: install ## speeds, against a floor measured in the same run; PART=analysis for one part
	@set -e; for part in $(PART); do $(BIN)/python -m benchmarks.$$part; done

bench-peers: ## the packages that bench compares with: into .peers; R survey where root, named where not
	@set -e; for peer in svy balance; do \
	  test -x .peers/$$peer/bin/python || $(PYTHON) -m venv .peers/$$peer; \
	  echo "installing .peers/$$peer"; \
	  .peers/$$peer/bin/python -m pip --disable-pip-version-check install -qq \
	    --requirement benchmarks/peers/requirements-$$peer.txt; done
	@Rscript -e 'library(survey)' >/dev/null 2>&1 || test "$$(id -u)" != 0 || \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends r-cran-survey
	@Rscript -e 'library(survey)' >/dev/null 2>&1 || echo "R survey is missing: apt-get install r-cran-survey"

coverage: install ## how often limits hold in simulated samples; WRITE=1 puts it into docs/coverage.md
	@PYTHONPATH=. $(BIN)/python benchmarks/coverage/run.py $(if $(WRITE),--write)

format: install ## lay the code out
	$(BIN)/ruff format .

fix: install ## mend what ruff can mend, then lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The locks are made with the oldest Python that is supported; UPGRADE=--upgrade takes newer versions.
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
  --strip-extras --no-annotate --no-emit-options --no-emit-index-url --no-emit-find-links \
  --no-emit-trusted-host --build-deps-for editable $(UPGRADE)
lock: install ## write requirements.lock and requirements-dev.lock anew from pyproject.toml
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## remove .venv and caches; the demo's data stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
