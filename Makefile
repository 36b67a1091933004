# The two commands of the README. Each sets up what it needs; neither assumes more than python3 >= 3.11.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready

.PHONY: verify test check

verify: $(READY)
	$(VENV)/bin/tallystick verify --effort quick

test: $(READY)
	$(VENV)/bin/python -m pytest
	$(MAKE) check

check: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
