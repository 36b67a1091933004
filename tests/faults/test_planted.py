"""Faults that are planted in the engines are noticed: by random protocols, or by a room's tests."""

from itertools import groupby
from random import Random

import pytest

from tests.support.planted import FAULTS, Fault, Layers, NotSound, notice, planted

EVERY = planted()
DRAWN = [
    Random(len(EVERY)).choice(list(faults))
    for _, faults in groupby(EVERY, key=lambda fault: fault.place.rpartition("/")[0])
]
"""One fault of each room."""


@pytest.mark.parametrize("fault", EVERY, ids=str)
def test_a_fault_can_be_planted(fault: Fault) -> None:
    assert fault.fits()
    compile(fault.planted(), fault.place, "exec")


def test_every_fault_was_noticed() -> None:
    rows = (FAULTS / "matrix.md").read_text().splitlines()
    for fault in EVERY:
        [row] = [row for row in rows if row.startswith(fault.cells)]
        assert "**nothing**" not in row


@pytest.mark.full
@pytest.mark.parametrize("fault", DRAWN, ids=str)
def test_a_fault_is_noticed(fault: Fault) -> None:
    assert notice(fault).layer


def none(*tests: str) -> Fault:
    return Fault("checkers/results/page.py", "Mark = ", "Mark = ", "none", Layers([], tests))


def test_what_is_no_fault_is_not_noticed() -> None:
    assert notice(none("tests/quality/test_tests.py")).layer == ""


def test_a_test_that_cannot_be_run_notices_nothing() -> None:
    with pytest.raises(NotSound, match="nowhere"):
        notice(none("tests/nowhere.py"))
