"""What a passing verdict rests on: actions that are possible, premises that hold, and where all
stops. Each is told by name."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import attrs
import pytest

from checkers.cli import FAILED, OK
from checkers.explore.cases import cases, dormant
from checkers.explore.engine import Engine
from checkers.explore.exploration import Cases, Exploration
from checkers.explore.explorer import explore, prepare
from checkers.market.subjects import SUBJECTS, Subject
from checkers.mutate.layers import ByExploration
from checkers.mutate.mutation import mutate
from checkers.results.page import plain
from checkers.results.result import Fails
from checkers.verdict.checks import TakeActions
from checkers.verdict.decide import BUDGETS
from spec.hardened import ablated, hardened
from spec.hardened.machine import one_step
from spec.hardened.state import Assumption, Hardening
from spec.notation import (
    Action,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Sort,
    action,
    all_of,
    forall,
    implies,
    not_,
    require,
    state,
)
from spec.textbook.die_hard import die_hard
from tests.support.command import ROOT, run


class Client(Sort): ...


class Tick(Ordinal): ...


@state
class Lock:
    held: bool
    holds: Map[Client, bool]
    ticks: Tick


def init(s: Lock) -> None:
    s.held = False
    s.holds.fill(False)
    s.ticks = Tick(0)


@action
def acquire(s: Lock, c: Client) -> None:
    require(not_(s.held), "lock is free")

    s.held = True
    s.holds[c] = True


@action
def release(s: Lock, c: Client) -> None:
    require(s.holds[c], "client holds the lock")

    s.held = False
    s.holds[c] = False


@action
def seize(s: Lock, c: Client) -> None:
    require(s.holds[c] & not_(s.held), "client holds a lock that is free")

    s.holds[c] = False


@action
def tick(s: Lock) -> None:
    s.ticks = s.ticks + 1


def held_when_someone_holds(s: Lock) -> bool:
    return forall(Client, lambda c: implies(s.holds[c], s.held))


def free_when_late(s: Lock) -> bool:
    return implies(s.ticks > 0, not_(s.held))


def late_or_held(s: Lock) -> bool:
    """Of two implications, the second supposes what never is."""
    return all_of(
        forall(Client, lambda c: implies(s.holds[c], s.held)),
        forall(Client, lambda c: implies(s.holds[c] & not_(s.held), s.ticks == 0)),
    )


def unless(s: Lock, late: bool) -> bool:
    return implies(late, s.held)


def asked_twice(s: Lock) -> bool:
    """One implication, called from two places: what it supposes holds from the first only."""
    return unless(s, s.held) & unless(s, s.ticks == 7)


def one_after_another(s: Lock) -> bool:
    return forall(Client, lambda c: implies(s.holds[c], unless(s, not_(s.held))))


def one_within_another(s: Lock) -> bool:
    return forall(
        Client,
        lambda c: implies(
            s.holds[c], forall(Client, lambda d: implies(s.holds[d] & (c != d), s.held))
        ),
    )


def supposing_an_implication(s: Lock) -> bool:
    return implies(implies(s.ticks == 7, s.held), s.ticks < 2)


def supposing_by_ite(s: Lock) -> bool:
    return implies(s.ticks * 2 == 5, s.held)


def machine(
    *actions: Action[Lock],
    always: tuple[Callable[[Lock], bool], ...] = (),
    dormant: tuple[tuple[Action[Lock], str], ...] = (),
) -> Machine[Lock]:
    return Machine(
        "lock", Lock, init, actions, always=always, dormant=dormant, sizes={Client: 2, Tick: 2}
    )


def looked_at(
    machine: Machine[Lock], engine: Engine = "numpy", limit: int | None = None
) -> tuple[Exploration[Lock], Cases[Lock]]:
    explorer = prepare(machine, machine.scope(), engine=engine, limit_states=limit)
    found = explorer.run()
    return found, cases(explorer.visited, complete=found.complete)


def test_that_columns_are_left_out_is_told() -> None:
    """By them it is told which implication stands in the conclusion of which."""
    left_out = [sys.executable, "-X", "no_debug_ranges", "-c", "import spec.hardened"]
    asked = subprocess.run(left_out, capture_output=True, text=True, check=False, cwd=ROOT)
    assert asked.returncode == 1
    assert asked.stderr.splitlines()[-1].endswith("without PYTHONNODEBUGRANGES and no_debug_ranges")


@pytest.mark.parametrize("engine", get_args(Engine))
def test_actions_that_are_never_possible_are_named(engine: Engine) -> None:
    _, shown = looked_at(machine(acquire, release, seize), engine)
    assert (shown.possible, shown.never) == (["acquire", "release"], ["seize"])


def test_dormant_actions_are_not_missed() -> None:
    lock = machine(acquire, release, seize, dormant=((seize, "nobody holds a free lock"),))
    _, shown = looked_at(lock)
    assert not shown.never
    assert not shown.roused
    assert shown.dormant == {"seize": "nobody holds a free lock"}


@pytest.mark.parametrize("engine", get_args(Engine))
def test_a_dormant_action_that_is_possible_is_shown(engine: Engine) -> None:
    found, shown = looked_at(machine(acquire, release, dormant=((release, "why"),)), engine)
    [roused] = shown.roused
    assert roused.property == "release is dormant"
    assert [act.name for act, _ in roused.trace.steps] == ["acquire", "release"]
    assert found.complete


def test_a_dormant_action_is_shown_with_symmetry_too() -> None:
    lock = attrs.evolve(machine(acquire, release, dormant=((release, "why"),)), symmetric=(Client,))
    explorer = prepare(lock, lock.scope(), symmetry=True)
    [roused] = cases(explorer.visited, complete=explorer.run().complete).roused
    assert [act.name for act, _ in roused.trace.steps] == ["acquire", "release"]


def test_what_is_dormant_is_the_machines_own() -> None:
    with pytest.raises(MachineError, match="seize is said to be dormant, and is none"):
        machine(acquire, dormant=((seize, "why"),))
    with pytest.raises(MachineError, match="say why release is dormant"):
        machine(acquire, release, dormant=((release, " "),))


def test_what_is_changed_is_changed_wherever_it_is_named() -> None:
    lock = machine(acquire, release, dormant=((release, "why"),))
    changed = attrs.evolve(release, text=seize.text)
    other = lock.with_action(changed)
    assert list(other.actions) == [acquire, changed]
    assert list(other.dormant) == [(changed, "why")]


LINES = {
    line.strip(): number for number, line in enumerate(Path(__file__).read_text().split("\n"), 1)
}


def place(line: str) -> str:
    return f"{Path(__file__).name}:{LINES[line]}"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (free_when_late, "return implies(s.ticks > 0, not_(s.held))"),
        (
            late_or_held,
            "forall(Client, lambda c: implies(s.holds[c] & not_(s.held), s.ticks == 0)),",
        ),
        (asked_twice, "return implies(late, s.held)"),
        (supposing_by_ite, "return implies(s.ticks * 2 == 5, s.held)"),
        (one_after_another, "return implies(late, s.held)"),
        (
            one_within_another,
            "s.holds[c], forall(Client, lambda d: implies(s.holds[d] & (c != d), s.held))",
        ),
        (supposing_an_implication, ""),
        (held_when_someone_holds, ""),
    ],
)
def test_premises_that_never_hold_are_named(text: Callable[[Lock], bool], at: str) -> None:
    _, shown = looked_at(machine(acquire, release, always=(text,)))
    assert shown.vacuous == ({text.__name__: [place(at)]} if at else {})


def test_a_premise_may_hold_in_states_that_were_not_visited() -> None:
    lock = machine(acquire, release, always=(held_when_someone_holds,))
    found, shown = looked_at(lock, limit=1)
    assert not found.complete
    assert not shown.vacuous


@pytest.mark.parametrize("engine", get_args(Engine))
def test_states_where_nothing_is_possible_are_counted(engine: Engine, tmp_path: Path) -> None:
    lock = machine(acquire)
    found, _ = looked_at(lock, engine)
    assert found.stuck == 2  # either client holds the lock for ever
    assert found.standstill
    assert [act.name for act, _ in found.standstill.steps] == ["acquire"]
    for _ in range(2):  # the second goes on from what is kept
        kept = prepare(lock, lock.scope(), engine=engine, folder=tmp_path).run()
        assert (kept.stuck, kept.standstill and kept.standstill.length) == (2, 1)


def test_a_step_past_the_size_is_possible() -> None:
    found, _ = looked_at(machine(tick))
    assert (found.cut, found.stuck, found.standstill) == (1, 0, None)


def test_a_machine_without_actions_is_at_a_standstill() -> None:
    found, _ = looked_at(machine())
    assert found.stuck == 1
    assert found.standstill
    assert found.standstill.length == 0


def test_how_far_an_exploration_went_is_said_with_its_sizes() -> None:
    assert looked_at(machine(acquire))[0].extent == "exhaustive at Client=2, Tick=2"
    within = "exhaustive within Client=2, Tick=2; 1 step cut"
    assert looked_at(machine(tick))[0].extent == within
    assert looked_at(machine(acquire, release), limit=1)[0].extent == "bounded to depth 0"


@pytest.mark.parametrize(
    ("lock", "wrong"),
    [
        (machine(acquire, release), []),
        (machine(acquire, release, seize), ["seize is never taken"]),
        (machine(acquire, release, seize, dormant=((seize, "why"),)), []),
        (
            machine(acquire, release, dormant=((release, "why"),)),
            ["release is taken, and said to be dormant"],
        ),
    ],
)
def test_actions_that_are_not_exercised_fail_verification_and_mutation(
    lock: Machine[Lock], wrong: list[str]
) -> None:
    found = TakeActions(Subject(lock))(BUDGETS["quick"])
    assert found.passed == (not wrong)
    assert found.evidence.startswith(wrong[0] if wrong else "every action is taken")
    judged = mutate(lock, layers=[ByExploration([])], workers=1)
    assert judged.unexercised == wrong
    assert set(wrong) <= set(judged.lines())


def test_each_machine_of_the_project_names_what_is_dormant() -> None:
    """Where a hardening is left out, or an assumption fails, the attack that comes back is none."""
    asleep = set(dormant(hardened))
    assert asleep == {"leave_out", "leap", "overtake", "foresee", "orphan", "guess"}
    assert set(dormant(ablated(Hardening.FINALITY))) == asleep - {"orphan"}
    assert set(dormant(ablated(Assumption.ORDER))) == asleep - {"overtake"}
    assert set(dormant(ablated(Hardening.SALT, one_step))) == asleep - {"guess"}
    names = ("hardened", "bisection", "two_phase")
    assert all(TakeActions(SUBJECTS[name])(BUDGETS["quick"]).passed for name in names)


# On the command line

CLUB = """
from spec.notation import Machine, Map, Sort, action, forall, implies, not_, require, state

class Member(Sort): ...

@state
class Club:
    inside: Map[Member, bool]
    banned: Map[Member, bool]

def init(s: Club) -> None:
    s.banned.fill(False)

@action
def enter(s: Club, m: Member) -> None:
    require(not_(s.inside[m] | s.banned[m]), "may enter")
    s.inside[m] = True

@action
def ban(s: Club, m: Member) -> None:
    require(s.banned[m], "is banned")
    s.inside[m] = False

def banned_are_outside(s: Club) -> bool:
    return forall(Member, lambda m: implies(s.banned[m], not_(s.inside[m])))

def nobody_is_inside(s: Club) -> bool:
    return forall(Member, lambda m: not_(s.inside[m]))

club = Machine("club", Club, init, (enter, ban), sometimes=(nobody_is_inside,), sizes={Member: 2})
vacuous = Machine("club", Club, init, (enter, ban), always=(banned_are_outside,), sizes={Member: 2})
empty = Machine("club", Club, init, (enter, ban), always=(nobody_is_inside,), sizes={Member: 2})
dormant = Machine("club", Club, init, (enter, ban), dormant=((ban, "so far"),), sizes={Member: 2})
roused = Machine("club", Club, init, (enter,), dormant=((enter, "so far"),), sizes={Member: 2})
"""


@pytest.fixture
def club(tmp_path: Path) -> Path:
    file = tmp_path / "club.py"
    file.write_text(CLUB)
    return file


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("club", OK, ["ban  ", "never"]),
        ("dormant", OK, ["never, by design: so far"]),
        ("roused", FAILED, ["enter is taken, and said to be dormant"]),
    ],
)
def test_simulate_tells_what_is_never_taken(
    club: Path, name: str, status: int, says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("simulate", f"{club}:{name}", "--runs", 20, "--depth", 5) == status
    said = capsys.readouterr().out
    assert [words for words in says if words not in said] == []


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("club", 0, ["ban is never taken\n", "in 1 state nothing is possible; it can start in"]),
        ("vacuous", 1, ["banned_are_outside  vacuous", "(club.py:25)"]),
        ("empty", 1, ["refuted in 0 steps", "inside[member0] = true", "banned[member0] = false"]),
        ("dormant", 0, ["ban is never taken, by design: so far"]),
        ("roused", 1, ["enter is dormant", "refuted in 1 step", "1. enter(member0)"]),
    ],
)
def test_explore_tells_what_there_was_to_look_at(
    club: Path, name: str, status: int, says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    report = club.with_name("report.json")
    traces = club.with_name("traces")
    assert run("explore", f"{club}:{name}", "--json", report, "--itf", traces) == status
    said = capsys.readouterr().out
    assert [words for words in says if words not in said] == []
    found = json.loads(report.read_text())
    assert found["never_taken"] == (["ban"] if name in ("club", "vacuous", "empty") else [])
    assert found["stuck_states"] == 1
    assert bool(found["violations"]) == (name in ("empty", "roused"))
    assert len(list(traces.iterdir())) == len(found["violations"] + found["witnesses"])
    assert list(found["vacuous"]) == ["banned_are_outside"] * (name == "vacuous")


def test_a_trace_says_how_it_starts_where_that_can_differ(
    club: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("explore", f"{club}:roused")
    assert "where inside[member0] = false, inside[member1]" in capsys.readouterr().out


def test_where_only_numbers_can_fall_nothing_is_claimed() -> None:
    """What a page says is what a test hears, and there is no empty table."""
    found = explore(die_hard.bare)
    assert not found.verdicts
    assert "nothing is claimed of die_hard" in plain(found.page())
    with pytest.raises(Fails, match="nothing was checked"):
        found.assert_holds()
