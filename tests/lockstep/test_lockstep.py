"""The reference implementation is in lockstep with the specification, and setups fit machines."""

from collections.abc import Sequence

import pytest

from checkers.lockstep import fuzz as fuzzing
from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.market.subjects import SUBJECTS, find_machine, reference
from spec.notation import MachineError
from spec.notation.sorts import Value
from spec.textbook.die_hard import die_hard
from spec.textbook.peterson import peterson
from tests.support.selection import some_full
from tests.support.twin import Twin

DRIVEN = [name for name, subject in SUBJECTS.items() if subject.setup]


@pytest.mark.parametrize(
    "name", some_full(DRIVEN, ["orchestrated", "hardened", "hardened_at_work"])
)
def test_reference_is_in_lockstep(name: str) -> None:
    sample = fuzz(find_machine(name), reference(name), examples=30, steps=40, seed=0)
    assert sample.divergence is None
    assert sample.passed


def test_setup_and_machine_must_fit() -> None:
    with pytest.raises(MachineError, match="no action fill"):
        fuzz(die_hard, Setup(open=lambda: Twin(die_hard), left_out=["fill"]))
    everything = [act.name for act in die_hard.actions]
    with pytest.raises(MachineError, match="leaves out all"):
        fuzz(die_hard, Setup(open=lambda: Twin(die_hard), left_out=everything))


class Closed(Twin):
    """Refuses everything."""

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        return "closed"


def test_crosshair_makes_the_choices() -> None:
    pytest.importorskip("hypothesis_crosshair_provider")
    closed = Setup(open=lambda: Closed(peterson))
    found = fuzz(peterson, closed, examples=10, steps=5, seed=0, backend="crosshair").divergence
    assert found is not None
    assert len(found.steps) == 1


def test_missing_crosshair_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "find_spec", lambda name: None)
    with pytest.raises(MachineError, match=r"pip install -e '\.\[crosshair\]'"):
        fuzz(die_hard, Setup(open=lambda: Twin(die_hard)), backend="crosshair")
