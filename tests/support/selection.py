"""What `make test` leaves to `make test-full`."""

from collections.abc import Container, Iterable

import pytest


def some_full(cases: Iterable[object], slow: Container[object]) -> list[object]:
    """The cases of a parametrised test, with the slow ones marked for the full run alone."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.full)
        if case in slow
        else case
        for case in cases
    ]
