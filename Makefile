# The lab's commands. Each makes the virtual environment first if it is missing or out of date.
#
#   make app      start the lab in the browser; a class on the same network: make app ADDRESS=0.0.0.0
#   make test     style, types and every test, also those in a real browser
#   make check    style and types alone
#   make format   rewrite the code in the project's style
#   make bench    measure; docs/benchmarks.md says what the figures mean
#   make bench-collapse   the published remedies for mode collapse beside ours; hours: ARGS="--seeds 1 --steps 500"

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
VENV_READY := $(VENV)/.made
APP_READY := $(VENV)/.app-ready
TESTS_READY := $(VENV)/.tests-ready

.PHONY: app test check style format bench bench-collapse clean
.DEFAULT_GOAL := app

app: $(APP_READY)
	$(BIN)/streamlit run app.py $(if $(ADDRESS),--server.address $(ADDRESS)) $(if $(PORT),--server.port $(PORT))

test: style
	$(BIN)/python scripts/ensure_browser.py
ifdef ARGS
	$(BIN)/mypy
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python scripts/run_tests.py
endif

check: style
	$(BIN)/mypy

style: $(TESTS_READY)
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet

format: $(TESTS_READY)
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format

bench: $(TESTS_READY)
	$(BIN)/python scripts/ensure_browser.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/probes.py
	$(BIN)/python benchmarks/app.py
	$(BIN)/python benchmarks/lab2d.py

bench-collapse: $(TESTS_READY)
	$(BIN)/python benchmarks/collapse.py --data ring8 $(ARGS)
	$(BIN)/python benchmarks/collapse.py --data grid25 $(ARGS)
	$(BIN)/python benchmarks/collapse.py --data stacked-mnist $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV_READY): scripts/make_venv.py
	@test -n "$(PYTHON)" || \
		{ echo "The lab needs Python 3.11 or newer: install it, or name it, make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) scripts/make_venv.py $(VENV)
	@touch $@

$(APP_READY): requirements.txt $(VENV_READY)
	@echo "Installing the lab into $(VENV): once, a few minutes."
	$(PIP) -r requirements.txt
	@touch $@

$(TESTS_READY): requirements-dev.txt $(APP_READY)
	$(PIP) -r requirements-dev.txt
	@touch $@
