"""Random runs: repeatable, possible, and as long as they can be."""

from typing import Any, get_args

import attrs
import pytest

from checkers.explore.engine import Engine
from checkers.explore.explorer import explore
from checkers.explore.simulate import Simulator, _Walks
from checkers.explore.simulation import Simulation
from checkers.market.subjects import find_machine
from checkers.traces.trace import replay
from spec.notation import Machine, MachineError
from spec.notation.batch import Words
from spec.textbook.die_hard import die_hard
from spec.textbook.two_phase import two_phase
from tests.support.cells import Cell, Cells, Level, drain, init, is_odd, pour, stays_low
from tests.support.oracle import identity, search

NAMES = ["two_phase", "peterson", "die_hard", "dining_philosophers", "transaction_commit"]


def simulate(
    name: str, runs: int = 500, seed: int = 1, depth: int = 40, engine: Engine = "numpy"
) -> Simulation[Any]:
    return Simulator(find_machine(name), find_machine(name).scope(), runs, seed, engine).run(depth)


def told(result: Simulation[Any]) -> dict[str, object]:
    """All that a simulation says, but for how long it took."""
    fields = attrs.asdict(result, recurse=False)
    del fields["seconds"]
    return fields | {"violations": {n: t.lines() for n, t in result.violations.items()}}


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("name", NAMES)
def test_equal_seeds_give_equal_runs(name: str, engine: Engine) -> None:
    assert told(simulate(name, engine=engine)) == told(simulate(name, engine=engine))


def test_other_seeds_give_other_runs() -> None:
    assert told(simulate("two_phase", seed=1)) != told(simulate("two_phase", seed=2))


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("name", NAMES)
def test_runs_visit_reachable_states_only(
    name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited: list[Words] = []
    inspect = _Walks._inspect

    def remember(self: _Walks[Any], words: Words) -> None:
        visited.append(words)
        inspect(self, words)

    monkeypatch.setattr(_Walks, "_inspect", remember)
    machine = find_machine(name)
    simulator = Simulator(machine, machine.scope(), 20, seed=3, engine=engine)
    simulator.run(20)
    states = {
        identity(machine, simulator.batch.state(words, column), simulator.scope)
        for words in visited
        for column in range(words.shape[1])
    }
    reachable = search(machine, simulator.scope).states
    assert states <= {identity(machine, s, simulator.scope) for s, _ in reachable}
    assert len(states) > 5


def test_a_violation_is_shown_by_a_run() -> None:
    result = simulate("die_hard")
    trace = result.violations["never_four_gallons"]
    assert list(result.violations) == ["never_four_gallons"]
    assert trace.length >= 6  # no way is shorter
    again = replay(die_hard, trace.scope, trace.states[0], trace.steps)
    assert again.lines() == trace.lines()
    assert again.states[-1].big == 4


def test_what_runs_show_is_what_exploration_shows() -> None:
    for name in NAMES:
        found = explore(find_machine(name), find_machine(name).scope())
        result = simulate(name)
        assert set(result.violations) <= {violation.property for violation in found.violations}
        assert set(result.witnessed) <= {witness.property for witness in found.witnesses}


@pytest.mark.parametrize("engine", get_args(Engine))
def test_runs_say_what_they_are_too_short_for(engine: Engine) -> None:
    """Before a manager has committed, that none has aborted then says nothing."""
    [place] = simulate("two_phase", depth=3, engine=engine).vacuous["consistent"]
    assert place.startswith("two_phase.py:")
    assert simulate("two_phase", engine=engine).vacuous == {}


@pytest.mark.parametrize("engine", get_args(Engine))
def test_actions_taken_are_counted(engine: Engine) -> None:
    result = simulate("two_phase", engine=engine)
    assert list(result.taken) == [act.name for act in two_phase.actions]
    assert sum(result.taken.values()) == result.steps
    assert all(result.taken.values())


def cells(*, refuted: bool = False) -> Machine[Cells]:
    claims = (stays_low, is_odd) if refuted else ()
    return Machine("cells", Cells, init, (pour,), refuted=claims, sizes={Cell: 2, Level: 4})


def test_a_run_that_can_do_nothing_has_ended() -> None:
    """Each of the two cells is poured full in three steps; nothing empties them."""
    lines: list[str] = []
    result = Simulator(cells(), cells().scope(), 10, 0).run(50, lines.append)
    assert result.steps == 10 * 6
    assert lines == ["0 of 10 runs", "10 of 10 runs"]


def test_runs_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkers.explore.simulate._TOGETHER", 64)
    one = told(simulate("two_phase"))
    monkeypatch.setattr("checkers.explore.simulate.cores", lambda: 2)
    assert told(simulate("two_phase")) == one


def test_a_run_starts_where_the_machine_may() -> None:
    result = Simulator(cells(refuted=True), cells().scope(), 50, 0).run(5)
    assert result.violations["is_odd"].length == 0
    assert result.violations["stays_low"].length >= 2


def test_nothing_to_run_is_refused() -> None:
    with pytest.raises(MachineError, match="0 runs: there must be 1 or more"):
        Simulator(two_phase, two_phase.scope(), 0, seed=0)
    with pytest.raises(MachineError, match="depth 0: give 1 step or more"):
        Simulator(two_phase, two_phase.scope(), 1, seed=0).run(0)
    with pytest.raises(MachineError, match="seed -1: give 0 or more"):
        Simulator(two_phase, two_phase.scope(), 1, seed=-1)


def test_a_number_below_zero_is_never_written() -> None:
    machine = Machine("cells", Cells, init, (pour, drain), sizes={Cell: 2, Level: 4})
    result = Simulator(machine, machine.scope(), 100, 0).run(30)
    assert result.steps


def test_each_possible_step_is_as_likely() -> None:
    """Of the seven steps that two-phase commit can start with, each takes a seventh of the runs."""
    for engine in get_args(Engine):
        result = simulate("two_phase", runs=70_000, depth=1, engine=engine)
        taken = [result.taken[name] for name in ("abort", "prepare", "choose_abort")]
        expected = [10_000, 30_000, 30_000]
        assert all(abs(a - b) < 800 for a, b in zip(taken, expected, strict=True))


def test_a_run_that_ends_ends_with_numba_too() -> None:
    result = Simulator(cells(), cells().scope(), 10, 0, "numba").run(50)
    assert result.steps == 10 * 6
