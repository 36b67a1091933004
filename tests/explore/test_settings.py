"""Every way to explore visits the same states: engines, threads, disk, symmetry, after a kill."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import attrs
import numpy as np
import pytest

from checkers.explore import search
from checkers.explore import table as hash_table
from checkers.explore.certificate import certificate, text_digest
from checkers.explore.engine import Engine
from checkers.explore.exploration import DEADLOCK_FREE
from checkers.explore.explorer import Explorer, explore, prepare
from checkers.explore.seen import Seen, merge
from checkers.explore.symmetry import Symmetry, arbitrary
from checkers.market.subjects import find_machine
from spec.notation import (
    Ending,
    Machine,
    MachineError,
    Map,
    Sort,
    action,
    forall,
    not_,
    require,
    state,
)
from spec.notation.batch import Batch, Words
from spec.textbook.die_hard import die_hard
from spec.textbook.transaction_commit import Manager, Resource, transaction_commit
from spec.textbook.two_phase import Coordinator, two_phase
from tests.support.selection import some_full

PUBLISHED = {
    "transaction_commit": (34, 94),
    "two_phase": (288, 1_146),
    "dining_philosophers": (67, 336),
    "peterson": (42, 77),
    "die_hard": (16, 97),
    "token_ring": (46_656, 248_832),
}
SETTINGS: list[tuple[Engine, int, bool]] = [
    ("numpy", 1, False),
    ("numpy", 2, False),
    ("numpy", 2, True),
    ("numba", 1, False),
    ("numba", 2, False),
    ("numba", 2, True),
]


def certified(explorer: Explorer[Any]) -> dict[str, object]:
    """The certificate of an exploration that has come to its end."""
    return certificate(explorer.visited, explorer.search.counts.generated)


@pytest.mark.parametrize(("engine", "workers", "on_disk"), SETTINGS)
@pytest.mark.parametrize("name", some_full(PUBLISHED, set(PUBLISHED) - {"two_phase", "die_hard"}))
def test_every_setting_counts_what_is_published(
    name: str, engine: Engine, workers: int, on_disk: bool, tmp_path: Path
) -> None:
    machine = find_machine(name)
    explorer = prepare(
        machine,
        machine.scope(),
        engine=engine,
        workers=workers,
        folder=tmp_path if on_disk else None,
    )
    found = explorer.run()
    assert (found.distinct_states, found.generated_states) == PUBLISHED[name]
    plain = prepare(machine, machine.scope(), workers=1)
    expected = plain.run()
    assert certified(explorer) == certified(plain)
    shown = [(w.property, w.trace.length) for w in (*found.violations, *found.witnesses)]
    assert shown == [
        (w.property, w.trace.length) for w in (*expected.violations, *expected.witnesses)
    ]


@pytest.mark.parametrize("engine", some_full(get_args(Engine), ["numba"]))
def test_a_step_past_a_size_and_one_below_zero_are_told_by_both(engine: Engine) -> None:
    basic = find_machine("basic")
    scope = basic.scope(Request=1)
    found, expected = (explore(basic, scope, engine=e) for e in (engine, "numpy"))
    assert found.cut == expected.cut > 0
    assert [v.property for v in found.violations] == [v.property for v in expected.violations]


# Killed, and resumed

_KILLED = """
import os, signal, sys
from pathlib import Path
from checkers.explore.explorer import prepare
from checkers.market.subjects import find_machine
machine = find_machine("two_phase")
def killed(line):
    if line.startswith("level 9:") and ", 0 of " not in line:
        os.kill(os.getpid(), signal.SIGKILL)
folder, engine = Path(sys.argv[1]), sys.argv[2]
prepare(machine, machine.scope(Manager=7), killed, engine=engine, folder=folder).run()
"""


@pytest.mark.parametrize("engine", some_full(get_args(Engine), ["numba"]))
def test_a_killed_exploration_goes_on(engine: Engine, tmp_path: Path) -> None:
    root = Path(__file__).parent.parent.parent
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path), engine], cwd=root, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    told: list[str] = []
    explorer = prepare(
        two_phase,
        two_phase.scope(Manager=7),
        told.append,
        engine=engine,
        folder=tmp_path,
    )
    found = explorer.run()
    assert next(line for line in told if line.startswith("level")).startswith("level 9:")
    assert (found.distinct_states, found.generated_states) == (296_448, 2_744_706)
    assert [w.trace.length for w in found.witnesses] == [7, 22]
    again = prepare(two_phase, two_phase.scope(Manager=7), folder=tmp_path)
    assert again.run().distinct_states == 296_448
    assert certified(again) == certified(explorer)


def test_a_folder_with_another_exploration_is_refused(tmp_path: Path) -> None:
    explore(two_phase, two_phase.scope(), folder=tmp_path)
    with pytest.raises(MachineError, match="other sizes"):
        explore(two_phase, two_phase.scope(Manager=2), folder=tmp_path)
    with pytest.raises(MachineError, match="other text, sizes"):
        explore(die_hard, die_hard.scope(), folder=tmp_path)


def test_a_folder_with_another_symmetry_is_refused(tmp_path: Path) -> None:
    explore(table, table.scope(), symmetry=True, folder=tmp_path)
    less = attrs.evolve(table, symmetric=(Guest,))
    for machine, symmetry in ((less, True), (table, False)):
        with pytest.raises(MachineError, match="other symmetry"):
            explore(machine, machine.scope(), symmetry=symmetry, folder=tmp_path)


@pytest.mark.parametrize("damage", ["journal", "level", "missing"])
def test_a_damaged_folder_is_refused(damage: str, tmp_path: Path) -> None:
    explore(two_phase, two_phase.scope(), folder=tmp_path)
    if damage == "journal":
        (tmp_path / "exploration.json").write_text("{")
    elif damage == "level":
        with (tmp_path / "level-3").open("ab") as file:
            file.write(b"x")
    else:
        (tmp_path / "level-3").unlink()
    with pytest.raises(MachineError, match="is damaged; remove the folder"):
        explore(two_phase, two_phase.scope(), folder=tmp_path)


def test_runs_on_disk_hold_what_runs_in_memory_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkers.explore.seen._IN_FILES", 100)
    monkeypatch.setattr("checkers.explore.seen._BLOCK", 64)
    random = np.random.default_rng(0)
    on_disk, in_memory = Seen(tmp_path), Seen()
    for size in (300, 10, 900, 40, 40, 2_000):
        keys = np.unique(random.integers(5_000, size=size, dtype=np.uint64))
        new = in_memory.new(keys)
        assert np.array_equal(on_disk.new(keys), new)
        on_disk.add(new)
        in_memory.add(new)
    assert any(isinstance(run, np.memmap) for run in on_disk.runs)
    blocks = list(merge(on_disk.runs))
    assert len(blocks) > 2
    assert np.array_equal(np.concatenate(blocks), np.sort(np.concatenate(in_memory.runs)))


# Limits


def test_a_limit_of_states_is_bounded_and_no_pass() -> None:
    whole = explore(two_phase, two_phase.scope(Manager=5))
    found = explore(two_phase, two_phase.scope(Manager=5), limit_states=500)
    assert found.ended == "bounded"
    assert not found.complete
    assert 500 <= found.distinct_states < whole.distinct_states
    assert found.depth < whole.depth
    assert "commits" in found.unreached


def test_a_limit_of_seconds_is_bounded() -> None:
    found = explore(two_phase, two_phase.scope(Manager=7), limit_seconds=1e-9)
    assert found.ended == "bounded"
    assert found.depth == 0


def test_a_bounded_exploration_can_go_on(tmp_path: Path) -> None:
    explore(two_phase, two_phase.scope(), folder=tmp_path, limit_states=50)
    found = explore(two_phase, two_phase.scope(), folder=tmp_path)
    assert (found.distinct_states, found.generated_states) == (288, 1_146)


# Certificates


def test_a_certificate_changes_with_the_text_and_the_states() -> None:
    def certificate_of(machine: Machine[Any], **sizes: int) -> dict[str, object]:
        explorer = prepare(machine, machine.scope(**sizes))
        explorer.run()
        return certified(explorer)

    plain = certificate_of(two_phase)
    assert certificate_of(two_phase) == plain
    assert json.loads(json.dumps(plain)) == plain
    without = attrs.evolve(two_phase, actions=two_phase.actions[1:])
    assert certificate_of(without)["text"] != plain["text"]
    assert certificate_of(without)["states"] != plain["states"]
    larger = certificate_of(two_phase, Manager=4)
    assert larger["text"] == plain["text"]
    assert larger["states"] != plain["states"]


@action
def abort(s: Any) -> None:
    require(s.coordinator == Coordinator.INIT, "undecided")
    s.coordinator = Coordinator.ABORTED
    s.abort_sent = True


def test_a_certificate_sees_another_reason_for_a_guard() -> None:
    scope = two_phase.scope()
    changed = two_phase.with_action(abort)
    assert text_digest(changed, scope) != text_digest(two_phase, scope)


@state
class Shelf:
    full: Map[bool, bool]


def shelf(full: bool) -> Machine[Shelf]:
    def init(s: Shelf) -> None:
        s.full.fill(full)

    return Machine("shelf", Shelf, init, ())


def test_a_certificate_sees_what_fills_a_map() -> None:
    one, other = (text_digest(machine, machine.scope()) for machine in map(shelf, (True, False)))
    assert one != other


# Symmetry

ORBITS = {2: 34, 3: 80, 4: 166, 5: 314, 6: 553}


@pytest.mark.parametrize(("managers", "orbits"), ORBITS.items())
def test_orbits_are_the_published_ones_and_add_up(managers: int, orbits: int) -> None:
    scope = two_phase.scope(Manager=managers)
    found = explore(two_phase, scope, symmetry=True)
    whole = explore(two_phase, scope)
    assert found.distinct_states == orbits
    assert found.symmetric_states == whole.distinct_states
    # Permutations are kept: the traces run, and are as short.
    assert [(w.property, w.trace.length) for w in found.witnesses] == [
        (w.property, w.trace.length) for w in whole.witnesses
    ]


@pytest.mark.full
@pytest.mark.parametrize("engine", get_args(Engine))
def test_states_of_two_words_reduce_too(engine: Engine) -> None:
    """Before anyone commits each of n managers is in one of three states, and after in one of two;
    so there are 3^n + 2^n - 1 states, and as many classes as ways to count managers by state."""
    n = 33
    scope = transaction_commit.scope(Manager=n)
    assert Batch(transaction_commit, scope).layout.words == 2
    found = explore(transaction_commit, scope, symmetry=True, engine=engine)
    assert found.symmetric_states == 3**n + 2**n - 1
    assert found.distinct_states == (n + 1) * (n + 2) // 2 + n
    assert [w.trace.length for w in found.witnesses] == [n, 2 * n]


class Guest(Sort):
    pass


class Seat(Sort):
    pass


@state
class Table:
    seat: Map[Guest, Seat]
    next_to: Map[Seat, Guest]
    served: Map[tuple[Guest, Seat], bool]


def init(s: Table) -> None:
    s.served.fill(False)


@action
def move(s: Table, a: Guest, b: Guest) -> None:
    s.seat[a] = s.seat[b]


@action
def serve(s: Table, g: Guest) -> None:
    require(s.next_to[s.seat[g]] == g, "sits beside itself")
    s.served[g, s.seat[g]] = True


def nobody_is_served_twice(s: Table) -> bool:
    return forall(
        Guest, Seat, Seat, lambda g, a, b: (a == b) | not_(s.served[g, a] & s.served[g, b])
    )


table = Machine(
    "table",
    Table,
    init,
    (move, serve),
    sizes={Guest: 2, Seat: 3},
    symmetric=(Guest, Seat),
)


@pytest.mark.parametrize("engine", get_args(Engine))
def test_values_of_symmetric_sorts_are_renamed_too(engine: Engine) -> None:
    found = explore(table, table.scope(), symmetry=True, engine=engine)
    whole = explore(table, table.scope())
    assert found.symmetric_states == whole.distinct_states
    assert found.distinct_states < whole.distinct_states / 6


def test_a_representative_is_the_same_for_a_whole_class() -> None:
    for machine in (two_phase, table):
        batch: Batch[Any] = Batch(machine, machine.scope())
        symmetric = Symmetry(batch)
        words = arbitrary(batch)
        least = symmetric.canonical(words)
        for permutation in symmetric.group():
            assert np.array_equal(
                symmetric.canonical(symmetric.permuted(words, permutation)), least
            )
        for column in range(5):
            one = words[:, [column]]
            there = symmetric.permuted(one, symmetric.to_canonical(one))
            assert np.array_equal(there, symmetric.canonical(one))


@action
def sit_down(s: Table, g: Guest) -> None:
    s.seat.reset()


def test_a_sort_whose_elements_are_told_apart_is_refused() -> None:
    machine = attrs.evolve(table, actions=(sit_down,))
    with pytest.raises(MachineError, match=r"table.sit_down names the first Seat"):
        explore(machine, machine.scope(), symmetry=True)
    with pytest.raises(MachineError, match="declares no symmetric sort"):
        explore(die_hard, die_hard.scope(), symmetry=True)


def test_the_audit_of_the_steps_sees_a_step_that_names_an_element() -> None:
    batch = Batch(two_phase, two_phase.scope())
    skewed = [s for s in batch.steps if s.action.name != "prepare" or s.args != (1,)]
    odd = next(s for s in batch.steps if s.action.name == "choose_abort" and s.args == (1,))
    prepare = next(s for s in batch.steps if s.action.name == "prepare" and s.args == (1,))
    batch.steps = [*skewed, attrs.evolve(prepare, effect=odd.effect)]
    with pytest.raises(
        MachineError, match=r"two_phase.prepare tells apart the elements of Manager"
    ):
        Symmetry(batch)


def test_too_large_a_group_is_refused() -> None:
    with pytest.raises(MachineError, match=r"permutations of Guest=6 and Seat=6 are too many"):
        explore(table, table.scope(Guest=6, Seat=6), symmetry=True)


# Deadlock


def test_a_deadlock_is_found_by_a_shortest_trace() -> None:
    def never(s: Any) -> bool:
        return False

    whole = attrs.evolve(transaction_commit, ending=Ending(never))
    found = explore(whole, whole.scope())
    assert [(v.property, v.trace.length) for v in found.violations] == [(DEADLOCK_FREE, 3)]
    until = attrs.evolve(transaction_commit, ending=Ending(decided), sometimes=())
    assert not explore(until, until.scope()).violations


def decided(s: Any) -> bool:
    return forall(
        Manager,
        lambda m: (s.resource[m] == Resource.COMMITTED) | (s.resource[m] == Resource.ABORTED),
    )


# Planted errors in the engines


def test_planted_errors_in_the_engines_change_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def loses(self: hash_table.Table, part: int, words: Words) -> Words:
        return insert(self, part, words)[:, :-1]

    insert = hash_table.Table.insert
    monkeypatch.setattr(hash_table.Table, "insert", loses)
    found = explore(two_phase, two_phase.scope(), engine="numba", workers=1)
    assert found.distinct_states < 288


def test_a_wrong_representative_is_seen_by_the_orbit_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Symmetry, "canonical", lambda self, words: words)
    found = explore(two_phase, two_phase.scope(), symmetry=True)
    assert found.symmetric_states != 288


@pytest.mark.parametrize("workers", [1, 3])
def test_nothing_is_lost_between_the_parts_of_a_level(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """The published count, where levels are taken in many parts, and what is found is not kept."""
    monkeypatch.setattr(search, "_CHUNK", 256)
    monkeypatch.setattr(search, "_PENDING", 1)
    found = explore(two_phase, two_phase.scope(Manager=5), workers=workers)
    assert found.distinct_states == 8_832
