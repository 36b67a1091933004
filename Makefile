# The commands of the README. Each sets up what it needs; none assumes more than python3 >= 3.11.
PYTHON ?= python3
VENV := .venv
PYTEST := $(VENV)/bin/python -m pytest --numprocesses 2 --dist worksteal
READY := $(VENV)/ready
TYPESCRIPT := examples/typescript

.PHONY: verify test test-full check docs typescript

verify: $(READY)
	$(VENV)/bin/tallystick verify --effort quick

# Hypothesis chooses the same on every run here, and anew in `make test-full`.
test: $(READY)
	$(PYTEST) -m "not full" --hypothesis-seed=0
	$(MAKE) check

test-full: $(READY)
	$(PYTEST) -m full

check: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

docs: $(READY)
	$(VENV)/bin/python -W error -m tools.reference out/reference

# Node, as a wheel, and the packages of the lock file; its own tests, and those of conformance.
typescript: $(READY)
	$(VENV)/bin/pip install --quiet --constraint constraints.txt --editable '.[node]'
	cd $(TYPESCRIPT) && PATH="$(abspath $(VENV))/bin:$$PATH" && npm ci && npm test
	$(PYTEST) tests/conform/test_typescript.py -m "not full"

$(READY): pyproject.toml constraints.txt
	@echo "setting up $(VENV): a minute, or a few on a slow network"
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
