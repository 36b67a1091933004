"""The explorer visits what a plain search visits, and is seen to fail where it is broken."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checkers.explore import search as search_module
from checkers.explore.columns import Columns, Successors
from checkers.explore.engine import Engine
from checkers.explore.exploration import Exploration
from checkers.explore.explorer import explore, prepare
from checkers.explore.keys import Keys, to_words
from checkers.explore.seen import Seen
from checkers.market.subjects import find_machine
from checkers.prove.bounded import bound
from checkers.traces.trace import Trace, replay
from spec.notation import (
    Action,
    Fun,
    Machine,
    MachineError,
    action,
    forall,
    ite,
    require,
    size,
)
from spec.notation.batch import Words
from spec.notation.grammar import vouch
from spec.textbook.die_hard import die_hard
from spec.textbook.transaction_commit import transaction_commit
from spec.textbook.two_phase import two_phase
from tests.support.cells import Cell, Cells, Level, drain, init, is_odd, pour, stays_low
from tests.support.oracle import identity, search

PUBLISHED = [
    ("transaction_commit", {}, 34, 94),
    ("two_phase", {}, 288, 1_146),
    ("two_phase", {"Manager": 7}, 296_448, 2_744_706),
    ("dining_philosophers", {}, 67, 336),
    ("peterson", {}, 42, 77),
    ("die_hard", {}, 16, 97),
    ("token_ring", {}, 46_656, 248_832),
]


@pytest.mark.parametrize(("name", "sizes", "distinct", "generated"), PUBLISHED)
def test_counts_are_the_published_ones(
    name: str, sizes: dict[str, int], distinct: int, generated: int
) -> None:
    """The figures of the manifest of the tlaplus/Examples collection."""
    found = explore(find_machine(name), find_machine(name).scope(**sizes))
    assert (found.distinct_states, found.generated_states) == (distinct, generated)
    assert found.complete
    assert {v.property for v in found.violations} == {t.__name__ for t in found.machine.refuted}
    assert not found.unreached


# Random machines, against a plain search


@attrs.frozen
class Rule:
    """An action on cells that lie some way from a given one; levels are multiples of a stride."""

    look: int
    least: int
    write: int
    times: int
    plus: int
    modulus: int
    flips: bool

    def action(self, name: str, stride: int) -> Action[Cells]:
        look, least, write, times, plus, modulus, flips = attrs.astuple(self)

        def text(s: Cells, c: Cell) -> None:
            seen = s.level[(c + look) % size(Cell)]
            require(seen >= least * stride, "the cell looked at is high enough")
            require(ite(s.odd, seen >= 0, c == 0), "the parity allows this cell")
            level = s.level[c] // stride * times + plus
            s.level[(c + write) % size(Cell)] = level % modulus * stride
            s.odd = s.odd ^ flips

        vouch(text)  # under a name that its file does not give it
        text.__name__ = name
        return action(text)


rules = st.lists(
    st.builds(
        Rule,
        look=st.integers(0, 2),
        least=st.integers(0, 1),
        write=st.integers(0, 2),
        times=st.integers(0, 2),
        plus=st.integers(0, 3),
        modulus=st.integers(2, 4),
        flips=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
WIDE = 1 << 20  # levels of a cell: four cells and the parity need two words


def machine_of(rules: Sequence[Rule], top: int, stride: int = 1) -> Machine[Cells]:
    def never_at_top(s: Cells) -> bool:
        return forall(Cell, lambda c: s.level[c] < top * stride)

    actions = [rule.action(f"rule_{i}", stride) for i, rule in enumerate(rules)]
    return Machine("cells", Cells, init, actions, refuted=(never_at_top,))


def assert_agrees_with_search(
    machine: Machine[Any],
    sizes: dict[str, int],
    free: Sequence[str] = (),
    engine: Engine = "numpy",
) -> Exploration[Any]:
    """Equal states at equal depths, equal counts, and shortest traces."""
    scope = machine.scope(**sizes)
    expected = search(machine, scope, free)
    explorer = prepare(machine, scope, engine=engine, workers=2)
    found = explorer.run()
    states = {
        identity(machine, explorer.batch.state(words, column), scope): depth
        for depth, keys in enumerate(explorer.levels)
        for words in [to_words(keys, explorer.batch.layout.words)]
        for column in range(words.shape[1])
    }
    assert states == {identity(machine, s, scope): depth for s, depth in expected.states}
    assert found.distinct_states == len(expected.states)
    assert found.generated_states == expected.generated
    assert found.depth == max(states.values())
    shown = {v.property: v.trace for v in (*found.violations, *found.witnesses)}
    texts = [(t, False) for t in (*machine.always, *machine.refuted)]
    for text, wanted in [*texts, *((t, True) for t in machine.sometimes)]:
        depths = [d for s, d in expected.states if machine.holds(text, s, scope) == wanted]
        assert (text.__name__ in shown) == bool(depths)
        if depths:
            trace = shown[text.__name__]
            assert trace.length == min(depths)
            assert machine.holds(text, trace.states[-1], scope) == wanted
            assert states[identity(machine, trace.states[0], scope)] == 0
            assert_replays(trace)
    return found


def assert_replays(trace: Trace[Any]) -> None:
    again = replay(trace.machine, trace.scope, trace.states[0], trace.steps)
    assert again.lines() == trace.lines()
    assert len(trace.states) == trace.length + 1


@given(rules, st.integers(1, 4), st.integers(1, 3), st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_random_machines_agree_with_a_plain_search(
    rules: Sequence[Rule], top: int, cells: int, levels: int
) -> None:
    """Levels that pass the size are cut: the modulus may be greater than the size."""
    sizes = {"Cell": cells, "Level": levels}
    assert_agrees_with_search(machine_of(rules, top), sizes, free=["odd"])


@given(rules, st.integers(1, 4))
@settings(max_examples=25, deadline=None)
@pytest.mark.full
def test_states_of_several_words_agree_with_a_plain_search(rules: Sequence[Rule], top: int) -> None:
    assume(max(rule.modulus for rule in rules) < 4)
    machine = machine_of(rules, top, stride=WIDE >> 2)
    assert prepare(machine, machine.scope(Cell=4, Level=WIDE)).batch.layout.words == 2
    assert_agrees_with_search(machine, {"Cell": 4, "Level": WIDE}, free=["odd"])


@pytest.mark.full
@given(rules, st.integers(1, 4), st.integers(1, 3), st.booleans())
@settings(max_examples=6, deadline=None)
def test_random_machines_agree_with_numba_too(
    rules: Sequence[Rule], top: int, cells: int, wide: bool
) -> None:
    assume(not wide or max(rule.modulus for rule in rules) < 4)
    machine = machine_of(rules, top, stride=WIDE >> 2 if wide else 1)
    sizes = {"Cell": 4, "Level": WIDE} if wide else {"Cell": cells, "Level": 3}
    assert_agrees_with_search(machine, sizes, free=["odd"], engine="numba")


ONE = {"Provider": 1, "Vendor": 1, "Consumer": 1, "Api": 1, "Model": 1, "Component": 1}
ONE |= {"Digest": 1, "Data": 1, "Step": 1, "Request": 1, "Record": 1}


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        pytest.param("ledger", {"Position": 2, "Nonce": 2}, marks=pytest.mark.full),
        ("ledger", {"Party": 1, "Chain": 1}),
        ("basic", ONE),
        ("basic", {**ONE, "Request": 2}),
        ("basic", {**ONE, "Record": 2}),
        ("basic", {**ONE, "Data": 2}),
        ("basic", {**ONE, "Digest": 2, "Component": 2}),
    ],
)
@pytest.mark.full
def test_the_marketplace_agrees_with_a_plain_search(name: str, sizes: dict[str, int]) -> None:
    machine = find_machine(name)
    free = [n for n, field in machine.fields.items() if field.kind is Fun or n == "name"]
    assert_agrees_with_search(machine, sizes, free)


@pytest.mark.parametrize("textbook", ["two_phase", "peterson", "dining_philosophers", "die_hard"])
def test_the_textbook_agrees_with_a_plain_search(textbook: str) -> None:
    assert_agrees_with_search(find_machine(textbook), {})


# Traces


def test_four_gallons_take_six_steps() -> None:
    [violation] = explore(die_hard, die_hard.scope()).violations
    assert violation.property == "never_four_gallons"
    assert violation.trace.length == 6
    assert_replays(violation.trace)


# What stops an exploration


def test_a_number_below_zero_is_reported() -> None:
    machine = Machine("cells", Cells, init, (pour, drain), sizes={Cell: 2, Level: 4})
    found = explore(machine, machine.scope())
    [violation] = found.violations
    assert violation.property == "drain takes no number below zero"
    assert violation.trace.length == 2  # one cell poured full, the other empty
    assert_replays(violation.trace)
    *_, step, number = str(found).splitlines()
    assert step.startswith("3. drain(")
    assert number.endswith(" is no Level")
    assert "\n3. drain(" in str(bound(machine, machine.scope(), 3))


def starts_low(s: Cells) -> None:
    init(s)
    s.level[Cell(0)] = Level(0) - 1


def test_a_start_below_zero_is_no_start() -> None:
    """A constant outside its sort is seen wherever it is written, `init` included."""
    machine = Machine("cells", Cells, starts_low, (pour,), sizes={Cell: 2, Level: 4})
    with pytest.raises(MachineError, match=r"cells.starts_low takes a number below zero"):
        explore(machine, machine.scope())


def is_counted(s: Cells) -> bool:
    return forall(Cell, lambda c: s.level[c] <= size(Level))


def test_until_ends_when_all_of_it_is_refuted() -> None:
    claims = (stays_low, is_odd, is_counted)
    machine = Machine("cells", Cells, init, (pour,), refuted=claims, sizes={Cell: 2, Level: 9})
    whole = explore(machine, machine.scope())
    ended = explore(machine, machine.scope(), until=["stays_low"])
    assert whole.complete
    assert not ended.complete
    assert ended.distinct_states < whole.distinct_states
    assert {v.property: v.trace.length for v in ended.violations} == {"is_odd": 0, "stays_low": 2}
    assert explore(machine, machine.scope(), until=["stays_low", "is_counted"]).complete


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkers.explore.explorer.available_memory", lambda: 1_000)
    with pytest.raises(MachineError, match=r"two_phase: .* states at depth .* do not fit .* MiB"):
        explore(two_phase, two_phase.scope())


def test_progress_is_told_at_each_level() -> None:
    told: list[str] = []
    found = explore(two_phase, two_phase.scope(), told.append)
    begun = re.compile(r"level (\d+): ([\d,]+) states, .* 0 of ([\d,]+) expanded")
    levels = [match.groups() for match in map(begun.match, told) if match]
    assert [int(level) for level, *_ in levels] == list(range(1, found.depth + 2))
    assert sum(int(frontier) for *_, frontier in levels) == found.distinct_states
    assert int(levels[-1][1]) == found.distinct_states


# Planted errors


def forgets(self: Seen, keys: Keys) -> Keys:
    return keys


def unsorted(keys: Keys) -> Keys:
    new = np.ones(len(keys), np.bool_)
    new[1:] = keys[1:] != keys[:-1]
    return keys[new]


def drops_a_step(self: Columns[Any], words: Words) -> Successors:
    found = _expand(self, words)
    return attrs.evolve(found, words=found.words[:, :-1])


_expand = Columns.expand
PLANTED: dict[str, tuple[object, str, Callable[..., object]]] = {
    "states seen are forgotten": (Seen, "new", forgets),
    "duplicates are looked for without sorting": (search_module, "distinct", unsorted),
    "a step is left out": (Columns, "expand", drops_a_step),
}


@pytest.mark.parametrize("error", PLANTED)
def test_planted_error_changes_the_counts(error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*PLANTED[error])
    # No step of this machine leads back, so an explorer without memory ends too.
    found = explore(transaction_commit, transaction_commit.scope())
    assert (found.distinct_states, found.generated_states) != (34, 94)
