"""Rankings and lassos: two ways to decide whether fair runs come to their end, which agree."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from checkers.cli import FAILED, OK, UNKNOWN
from checkers.explore.ending import ENDS
from checkers.explore.lasso import terminate
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
from tests.support.command import result, run
from tests.support.proofs import prove

ENDING: dict[str, Machine[Any]] = {"peterson": peterson, "two_phase": two_phase}
LESS_FAIR = [
    (name, act) for name, machine in ENDING.items() if machine.ending for act in machine.ending.fair
]


@pytest.mark.parametrize("name", ENDING)
def test_fair_runs_end_at_every_size(name: str) -> None:
    machine = ENDING[name]
    assert terminate(machine, machine.scope()).lasso is None
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
    lasso = terminate(weaker, weaker.scope()).lasso
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
    assert terminate(machine, machine.scope()).lasso is None
    assert prove(machine).status(ENDS) == "proved"


def test_a_fair_action_that_is_switched_off_again_and_again_need_not_happen() -> None:
    machine = lamps(switch, tick_in_the_dark, fair=(tick_in_the_dark,))
    lasso = terminate(machine, machine.scope()).lasso
    assert lasso is not None
    assert lasso.goal == "is_over(lamp0)"
    assert "switch(lamp0)" in lasso.around
    proof = prove(machine)
    assert proof.status(ENDS) != "proved"
    broken = {o.action for o in proof.obligations[ENDS] if o.status != "proved"}
    assert "switch leaves helpful what helps" in broken


def over_at_first(s: Lamps) -> None:
    s.on.fill(False)
    s.left.fill(Time(0))


@action
def break_(s: Lamps, lamp: Lamp) -> None:
    require(s.on[lamp] & not_(s.on[lamp]), "is on and off")
    s.left[lamp] = Time(0)


def test_a_run_that_leads_past_the_size_is_not_taken_to_end_there() -> None:
    """It may go on for ever, or come to its end: nobody looked."""
    machine = lamps(wind, fair=(wind,))
    found = terminate(machine, machine.scope())
    assert (found.lasso, found.cut) == (None, 2 * 3)  # for each lamp, whatever the other has left
    assert found.outgrown == ["Time"]
    assert not found.hold
    assert terminate(lamps(tick, fair=(tick,)), machine.scope()).hold


def test_a_run_that_passes_the_goal_comes_to_it() -> None:
    machine = attrs.evolve(lamps(wind, fair=()), init=over_at_first)
    lasso = terminate(machine, machine.scope()).lasso
    assert lasso
    assert lasso.said == "comes to is_over(lamp0), and never again from there on"
    found = terminate(lamps(wind, fair=()), machine.scope())
    assert found.lasso
    assert found.lasso.said == "never comes to is_over(lamp0)"


def test_an_ending_in_which_everything_starts_is_vacuous() -> None:
    machine = attrs.evolve(lamps(switch, tick, fair=(tick,)), init=over_at_first)
    found = terminate(machine, machine.scope())
    assert found.lasso is None
    assert found.vacuous == "there is no state in which is_over does not hold"
    assert not found.hold


def test_fair_actions_that_are_never_possible_are_named() -> None:
    machine = lamps(tick, break_, fair=(tick, break_))
    assert terminate(machine, machine.scope()).impossible == ["break_"]
    alone = lamps(tick, break_, fair=(break_,))
    found = terminate(alone, alone.scope())
    assert (found.impossible, found.hold) == (["break_"], False)


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("club(come, go)", FAILED, "comes to nobody_is_inside(), and never again"),
        ("club(come, go, fair=(go,))", OK, "every run comes to its end  exhaustive at Visit=2"),
        ("club(go, fair=(go,))", FAILED, "vacuous: there is no state in which"),
        (
            "club(come_again, go, fair=(go,))",
            UNKNOWN,
            "1 step past these sizes cut: runs that may never come to their end were not followed; "
            "give a larger Visit\n",
        ),
    ],
)
def test_terminate_says_what_it_found(
    text: str, status: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "club.py"
    file.write_text(CLUB.replace("MACHINE", text))
    assert run("terminate", f"{file}:machine", "--json", tmp_path / "found.json") == status
    assert says in capsys.readouterr().out
    assert result(tmp_path / "found.json")["holds"] == (status == OK)


CLUB = """
from spec.notation import Ending, Machine, Ordinal, action, not_, require, state

class Visit(Ordinal): ...

@state
class Club:
    inside: bool
    visits: Visit

def init(s: Club) -> None:
    s.inside = False
    s.visits = Visit(0)

@action
def come(s: Club) -> None:
    require(s.visits == 0, "first visit")
    s.inside = True
    s.visits = Visit(1)

@action
def come_again(s: Club) -> None:
    require(not_(s.inside), "is outside")
    s.inside = True
    s.visits += 1

@action
def go(s: Club) -> None:
    require(s.inside, "is inside")
    s.inside = False

def nobody_is_inside(s: Club) -> bool:
    return not_(s.inside)

def club(*actions, fair=()):
    ending = Ending(nobody_is_inside, fair)
    return Machine("club", Club, init, actions, ending=ending, sizes={Visit: 2})

machine = MACHINE
"""


def test_a_ranking_that_is_raised_is_refused() -> None:
    machine = lamps(tick, wind, fair=(tick,))
    assert terminate(machine, machine.scope()).lasso is not None
    proof = prove(machine)
    assert "wind raises no rank" in {
        o.action for o in proof.obligations[ENDS] if o.status != "proved"
    }


def debt(s: Lamps, lamp: Lamp) -> int:
    return s.left[lamp] - 1 - ite(s.on[lamp], 1, 0)


def test_a_ranking_below_zero_is_refused() -> None:
    machine = lamps(tick, fair=(tick,), ranking=(debt,))
    proof = prove(machine)
    assert proof.status(ENDS) != "proved"


@action
def tick_in_the_light(s: Lamps, lamp: Lamp) -> None:
    require(s.on[lamp], "lamp is on")
    require(s.left[lamp] > 0, "time is left")
    s.left[lamp] -= 1


@pytest.mark.parametrize(
    ("actions", "fair", "rank", "says"),
    [
        ((tick,), (tick,), debt, r"\ndebt is -1\n"),
        (
            (switch, tick_in_the_dark),
            (tick_in_the_dark,),
            time_left,
            r"on\[(lamp.)\] = true\n(.*\n)*no fair action that is possible lowers time_left = 1\n",
        ),
        (
            (wind, tick),
            (tick,),
            time_left,
            r"\nwind\((lamp.)\)\n     left\[\1\]: 1 -> 2\n"
            r"which raises time_left = 1 to time_left = 2\n",
        ),
        (
            (switch, tick_in_the_dark, tick_in_the_light),
            (tick_in_the_dark, tick_in_the_light),
            time_left,
            r"\nswitch\((lamp.)\)\n     on\[\1\]: .*\n"
            r"after which tick_in_the_\w+\(\1\) lowers time_left = 1 no more\n",
        ),
    ],
)
def test_a_state_is_shown_in_which_a_ranking_fails(
    actions: Sequence[Action[Lamps]], fair: Sequence[Action[Lamps]], rank: Any, says: str
) -> None:
    found = prove(lamps(*actions, fair=fair, ranking=(rank,)), searched=True)
    assert found.undecided
    assert not found.failed
    assert re.search(says, str(found))


def test_it_is_said_whether_a_run_leads_to_where_a_ranking_fails() -> None:
    machine = lamps(switch, tick_in_the_dark, fair=(tick_in_the_dark,))
    assert "leads there: the ranking is not enough" in str(prove(machine, searched=True))
    still = attrs.evolve(machine, actions=(tick_in_the_dark,))
    told = str(prove(still, searched=True))
    assert "a lemma that excludes it is missing" in told
    assert "strengthen" not in told  # which does not look at endings


def test_a_fair_action_that_leads_past_the_size_may_lower_a_ranking() -> None:
    """Nobody winds past the last time of a size, where a larger size lets them."""

    def is_wound(s: Lamps, lamp: Lamp) -> bool:
        return s.left[lamp] == 2

    def unwound(s: Lamps, lamp: Lamp) -> int:
        return ite(s.left[lamp] < 2, 2 - s.left[lamp], s.left[lamp])

    machine = attrs.evolve(
        lamps(wind, tick, fair=(wind,)), ending=Ending(is_wound, (wind,), (unwound,))
    )
    found = prove(machine, searched=True)
    assert found.unranked
    assert found.unranked.why.startswith("which raises unwound = ")


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
    assert terminate(machine, machine.scope()).lasso is None


def test_a_machine_without_an_ending_is_refused() -> None:
    with pytest.raises(MachineError, match=r"die_hard declares no ending; say Machine\(ending="):
        terminate(die_hard, die_hard.scope())
