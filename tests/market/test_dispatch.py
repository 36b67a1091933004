"""A driver that cannot take what its machine does is refused when it is made."""

import pytest

from checkers.market.dispatch import methods
from spec.bisection import bisection
from spec.notation import MachineError


class Referee:
    """Takes every action of `bisection`, and no other."""

    def _claim(self, v: int) -> str:
        return f"claim {v}"

    def _agree(self) -> None: ...

    _doubt = _judge = _tick = _run_out = _agree


class Impatient:
    def _claim(self, v: int) -> None: ...


class Confused(Referee):
    def _claim(self, w: int) -> str:
        return f"claim {w}"


def test_each_action_has_its_method() -> None:
    found = methods(Referee(), bisection)
    assert list(found) == [act.name for act in bisection.actions]
    assert found["claim"](1) == "claim 1"


def test_an_action_without_its_method_is_named() -> None:
    with pytest.raises(MachineError, match=r"bisection: its driver Impatient has .* _agree\(\)"):
        methods(Impatient(), bisection)


def test_a_method_has_the_parameters_of_its_action() -> None:
    with pytest.raises(MachineError, match=r"Confused has no method _claim\(v\)"):
        methods(Confused(), bisection)
