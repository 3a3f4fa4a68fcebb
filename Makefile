# One command from an empty machine to a report. `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# A Python that prints "3.11" here is the one that the locks were made for.
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help reproduce image-check review-image-check test lint bench lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# The machine decides where and what (docker/decide); PROFILE and RUNTIME force, YES=1 takes the price as confirmed. Make hands on
# by itself what stands in its command line or environment.
reproduce: export VENV := $(VENV)
reproduce: ## run a study and write its report (PROFILE=embedded|smoke|paper|FILE RUNTIME=docker|venv OUT=folder PINS=file YES=1)
	@docker/reproduce

image-check: ## build the image with torch on a plain Debian and run the smoke study and tests in it (root, 20 GB, buildah)
	@docker/check measure

review-image-check: ## build the image without torch and replay, judge and report in it (root, buildah)
	@VENV='$(VENV)' docker/check review

test: $(VENV)/dev ## run every test, with coverage
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --cov --cov-report=term:skip-covered --cov-fail-under=90

lint: $(VENV)/dev ## layers, types, style, spelling, the Dockerfile
	@$(BIN)/ruff check kit tests
	@$(BIN)/ruff format --check kit tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint --failure-threshold info docker/Dockerfile
	@$(BIN)/codespell kit tests docs docker templates README.md CHANGELOG.md CONTRIBUTING.md Makefile --skip '*.woff2,*.min.js,*.gz,*.csv,*/vendor/*,*fr.yaml'

bench: $(VENV)/dev ## print the timings and accuracies that docs/benchmarks.md states
	@$(BIN)/python -m tests.bench

lock: $(VENV)/dev ## resolve the requirements anew, by hash
	@for extras in core: measure:--extra=measure dev:--extra=measure\ --extra=dev; do \
	  name=$${extras%%:*}; file=requirements-$$name.lock; \
	  $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
	    --no-emit-trusted-host --no-emit-options --allow-unsafe --no-annotate --no-header \
	    $${extras#*:} --output-file $$file pyproject.toml || exit 1; done

clean: ## remove the virtual environment and what tools left behind (runs in outputs/ stay)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

# The measuring environment, and on top of it the one for development: one folder, two stamps. The locks are complete, so pip
# is told to resolve nothing (an old pip meets a newer release of an "extra" and refuses it for its missing hash); `pip check` looks after.
$(VENV)/python-ready:
	@case "$(PYTHON_VERSION)" in 3.11) ;; *) \
	  echo "error: $(PYTHON) is Python '$(PYTHON_VERSION)'; the locked packages are for 3.11" >&2; \
	  echo "advice: install Python 3.11 and run: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 5;; esac
	@echo "making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "advice: sudo apt-get install -y python3-venv" >&2; exit 5; }
	@touch $@

$(VENV)/measure: $(VENV)/python-ready requirements-measure.lock
	@if [ ! -e $(VENV)/dev ] || [ requirements-measure.lock -nt $(VENV)/dev ]; then \
	  echo "installing the locked packages (about 6 GB, two to five minutes)"; \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-measure.lock && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . && \
	  $(BIN)/pip check --disable-pip-version-check; fi
	@touch $@

$(VENV)/dev: $(VENV)/python-ready requirements-dev.lock
	@echo "installing the locked packages for development (about 6 GB, two to five minutes)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/pip check --disable-pip-version-check
	@touch $@
