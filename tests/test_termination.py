"""Rankings and lassos: two ways to decide whether fair runs come to their end, which agree."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from checkers.lasso import find_lasso
from checkers.prove import prove
from checkers.termination import ENDS
from spec.notation import (
    Action,
    Ending,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Sort,
    action,
    ite,
    not_,
    require,
    state,
    total,
)
from spec.textbook.die_hard import die_hard
from spec.textbook.peterson import peterson
from spec.textbook.two_phase import two_phase

ENDING: dict[str, Machine[Any]] = {"peterson": peterson, "two_phase": two_phase}
LESS_FAIR = [
    (name, act) for name, machine in ENDING.items() if machine.ending for act in machine.ending.fair
]


@pytest.mark.parametrize("name", ENDING)
def test_fair_runs_end_at_every_size(name: str) -> None:
    machine = ENDING[name]
    assert find_lasso(machine, machine.scope()).lasso is None
    proof = prove(machine, confirmed=True)
    assert proof.status(ENDS) == "proved"
    asked = [o.action for o in proof.obligations[ENDS]]
    assert all(proof.answers[act, ENDS] == "unsat" for act in asked)


@pytest.mark.parametrize(
    ("name", "act"), LESS_FAIR, ids=lambda value: getattr(value, "name", value)
)
def test_every_fair_action_is_needed(name: str, act: Action[Any]) -> None:
    machine = ENDING[name]
    assert machine.ending is not None
    fair = [other for other in machine.ending.fair if other is not act]
    weaker = attrs.evolve(machine, ending=attrs.evolve(machine.ending, fair=fair))
    lasso = find_lasso(weaker, weaker.scope()).lasso
    assert lasso is not None
    assert lasso.lines()
    assert prove(weaker).status(ENDS) != "proved"


# A lamp that can be switched for ever, and a clock that runs out


class Lamp(Sort):
    pass


class Time(Ordinal):
    pass


@state
class Lamps:
    on: Map[Lamp, bool]
    left: Map[Lamp, Time]


def init(s: Lamps) -> None:
    s.on.fill(False)


@action
def switch(s: Lamps, lamp: Lamp) -> None:
    s.on[lamp] = not_(s.on[lamp])


@action
def tick(s: Lamps, lamp: Lamp) -> None:
    require(s.left[lamp] > 0, "time is left")
    s.left[lamp] -= 1


@action
def tick_in_the_dark(s: Lamps, lamp: Lamp) -> None:
    require(not_(s.on[lamp]), "lamp is off")
    require(s.left[lamp] > 0, "time is left")
    s.left[lamp] -= 1


@action
def wind(s: Lamps, lamp: Lamp) -> None:
    s.left[lamp] += 1


def is_over(s: Lamps, lamp: Lamp) -> bool:
    return s.left[lamp] == 0


def time_left(s: Lamps, lamp: Lamp) -> int:
    return s.left[lamp]


def lamps(
    *actions: Action[Lamps], fair: Sequence[Action[Lamps]], ranking: Any = (time_left,)
) -> Machine[Lamps]:
    return Machine(
        "lamps",
        Lamps,
        init,
        actions,
        sizes={Lamp: 2, Time: 3},
        ending=Ending(is_over, fair, ranking),
    )


def test_time_runs_out_whatever_else_happens() -> None:
    machine = lamps(switch, tick, fair=(tick,))
    assert find_lasso(machine, machine.scope()).lasso is None
    assert prove(machine).status(ENDS) == "proved"


def test_a_fair_action_that_is_switched_off_again_and_again_need_not_happen() -> None:
    machine = lamps(switch, tick_in_the_dark, fair=(tick_in_the_dark,))
    lasso = find_lasso(machine, machine.scope()).lasso
    assert lasso is not None
    assert lasso.goal == "is_over(lamp0)"
    assert "switch(lamp0)" in lasso.around
    proof = prove(machine)
    assert proof.status(ENDS) != "proved"
    broken = {o.action for o in proof.obligations[ENDS] if o.status != "proved"}
    assert "switch leaves helpful what helps" in broken


def test_a_ranking_that_is_raised_is_refused() -> None:
    machine = lamps(tick, wind, fair=(tick,))
    assert find_lasso(machine, machine.scope()).lasso is not None
    proof = prove(machine)
    assert "wind raises no rank" in {
        o.action for o in proof.obligations[ENDS] if o.status != "proved"
    }


def test_a_ranking_below_zero_is_refused() -> None:
    def debt(s: Lamps, lamp: Lamp) -> int:
        return s.left[lamp] - 1 - ite(s.on[lamp], 1, 0)

    machine = lamps(tick, fair=(tick,), ranking=(debt,))
    proof = prove(machine)
    assert proof.status(ENDS) != "proved"


def test_a_sum_over_all_may_be_a_rank() -> None:
    def over(s: Lamps) -> bool:
        return total(s.left) == 0

    def all_time_left(s: Lamps) -> int:
        return total(s.left)

    @action
    def tick_any(s: Lamps, lamp: Lamp) -> None:
        require(total(s.left) > 0, "time is left")
        require(s.left[lamp] > 0, "time is left here")
        s.left[lamp] -= 1

    machine = Machine(
        "lamps",
        Lamps,
        init,
        (tick_any,),
        sizes={Lamp: 2, Time: 3},
        ending=Ending(over, (tick_any,), (all_time_left,)),
    )
    assert find_lasso(machine, machine.scope()).lasso is None


def test_a_machine_without_an_ending_is_refused() -> None:
    with pytest.raises(MachineError, match=r"die_hard declares no ending; say Machine\(ending="):
        find_lasso(die_hard, die_hard.scope())
