"""Has pytest run with a fault of the past put back.

.venv/bin/python -m pytest -p tests.support.relapsed --relapse NAME tests/...
"""

from contextlib import ExitStack

import pytest

from tests.support.changes import changed
from tests.support.relapses import FAULTS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which fault is put back."""
    parser.addoption("--relapse", required=True, help="the fault, by its name")


def pytest_configure(config: pytest.Config) -> None:
    """Put it back, until all tests are over."""
    [fault] = [each for each in FAULTS if each.name == config.getoption("relapse")]
    relapsed = ExitStack()
    relapsed.enter_context(changed(fault.changes))
    config.add_cleanup(relapsed.close)
