"""The three domains agree on every text of every machine, and the test sees where they do not."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkers.market.subjects import SUBJECTS, find_machine
from spec.ledger import ledger
from spec.notation import (
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Sort,
    action,
    batch,
    concrete,
    exists,
    forall,
    implies,
    ite,
    not_,
    reader,
    require,
    state,
    symbolic,
    term,
    total,
    undefined,
)
from spec.notation.machine import Action
from spec.notation.sorts import Value
from spec.textbook.die_hard import die_hard
from spec.textbook.token_ring import token_ring
from spec.textbook.two_phase import two_phase
from tests.support.agreement import Agreement, Contents, Disagreement, contents
from tests.support.selection import some_full

AnyMachine = Machine[Any]  # machines of every state type
AnyAction = Action[Any]

NAMES = [name for name in SUBJECTS if name != "hardened_at_work"]  # all of it is in `hardened`
ACTIONS = [(name, act.name) for name in NAMES for act in find_machine(name).actions]
SIZES = {
    "hardened": {"Party": 2, "Step": 2, "Money": 4, "Percent": 3},
    "orchestrated": {"Party": 2, "Record": 2},
}
"""Where a machine's own sizes leave too little to chance."""
SLOW = [case for number, case in enumerate(ACTIONS) if number % (10 if case[0] in SIZES else 2)]
"""Every second is enough for a start, and every tenth of the machines with many actions."""
arbitrary = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
FEW = {"hardened": settings(arbitrary, max_examples=2)}
"""Where a state is so large that each takes a while."""


@pytest.fixture(scope="session")
def agreement_on() -> Callable[[str], Agreement[Any]]:
    known: dict[str, Agreement[Any]] = {}

    def on(name: str) -> Agreement[Any]:
        if name not in known:
            machine = find_machine(name)
            known[name] = Agreement(machine, machine.scope(**SIZES.get(name, {})))
        return known[name]

    return on


@pytest.mark.parametrize(("name", "action"), some_full(ACTIONS, SLOW))
def test_actions_agree(
    name: str, action: str, agreement_on: Callable[[str], Agreement[Any]]
) -> None:
    agreement = agreement_on(name)
    act = agreement.machine.action(action)

    some = FEW.get(name, arbitrary)

    @some
    @given(contents(agreement.machine, agreement.scope), st.data())
    def on_any_state(before: Contents, data: st.DataObject) -> None:
        args = data.draw(st.sampled_from(act.instances(agreement.scope)))
        agreement.check(before, act, args)

    @some
    @given(st.integers(0, 2**32))
    def on_every_outcome(seed: int) -> None:
        for before, args in agreement.varied(act, seed):
            agreement.check(before, act, args)

    on_any_state()
    on_every_outcome()


@pytest.mark.parametrize(
    "name", some_full(NAMES, ["basic", "orchestrated", "hardened", "bisection"])
)
def test_properties_agree(name: str, agreement_on: Callable[[str], Agreement[Any]]) -> None:
    agreement = agreement_on(name)

    @FEW.get(name, arbitrary)
    @given(contents(agreement.machine, agreement.scope))
    def agrees(before: Contents) -> None:
        for text in agreement.machine.predicates:
            agreement.check_predicate(before, text)

    agrees()


class Place(Sort):
    """A place."""


class Amount(Ordinal):
    """A number."""


@state
class Tangle:
    """Maps that an action reads and writes at keys that may be one or two."""

    here: Map[Place, Amount]
    there: Map[Place, Amount]
    pair: Map[tuple[Place, Amount], Amount]
    place: Place
    towards: Fun[[Place], Place]


def empty(s: Tangle) -> None:
    s.here.fill(Amount(0))
    s.there.reset()
    s.pair.fill(Amount(1))


@action
def tangle(s: Tangle, place: Place, n: Amount) -> None:
    """Every read is of what was written before it, every fill of what its text said then."""
    require(s.here[s.towards(place)] == n, "amount is the one there")

    s.here.fill_by(lambda p: s.there[p])
    s.there[place] = s.here[s.place] + 1
    s.here[s.place] = s.there[place] % 2
    s.there.fill_by(lambda p: ite(p == place, s.here[p], s.there[p]))
    s.pair.fill_by(lambda key: ite(key[0] == place, s.here[key[0]], key[1]))
    s.pair[place, n] = s.pair[s.towards(s.place), s.here[place]] - 1
    s.place = ite(s.here[place] == n, place, s.place)
    s.here[s.place] += s.pair[place, n] % 2


@action
def transfer(s: Tangle, place: Place, n: Amount) -> None:
    """A total is carried through writes whose keys may be one or two."""
    require(total(s.here) + total(s.there) > n, "there is enough")

    s.here[place] -= n
    s.here[s.place] += n
    s.here[s.towards(place)] = s.here[place]
    s.there[place] = total(s.here) // 2


def small(s: Tangle) -> bool:
    return total(s.here) + total(s.there) <= 3


TANGLE = Machine(
    "tangle", Tangle, empty, (tangle, transfer), always=(small,), sizes={Place: 2, Amount: 3}
)


@pytest.mark.parametrize("seeds", some_full([5, 40], [40]))
@pytest.mark.full
def test_a_tangle_of_writes_is_read_alike(seeds: int) -> None:
    assert not any(disagreements([TANGLE], seeds))


class Slot(Ordinal):
    """A place in a queue."""


class Length(Ordinal):
    """How many places are taken."""


@state
class Queue:
    """A queue whose texts read beside it on both sides."""

    taken: Length
    held: Map[Slot, Slot]
    open: Map[tuple[Slot, Length], bool]
    next: Fun[[Slot], Slot]


def empty_queue(s: Queue) -> None:
    s.taken = Length(0)
    s.held.fill_by(lambda i: i)
    s.open.fill(False)


@action
def shift(s: Queue) -> None:
    """What a branch that is not selected would read does not matter."""
    s.held.fill_by(lambda i: ite(i + 1 < s.taken, s.held[i + 1], Slot(0)))
    s.taken -= 1


@action
def chase(s: Queue, i: Slot) -> None:
    """A key is read that is computed from what was read at such a key."""
    require(s.held[s.held[i] + 1] >= s.taken, "beyond what is taken")

    s.held[i] = s.held[s.next(i) - 1] + 1
    s.open[i + 1, s.taken] = s.open[s.held[i - 1], s.taken + 1]


@action
def decide(s: Queue, i: Slot, n: Length) -> None:
    """One side of a connective decides alone, in either order."""
    require((s.held[i + 1] == 0) | s.open[i, n], "one or the other")
    require(not_(s.open[i, s.taken] & (s.held[i - 1] == 0)), "not both")
    require(ite(s.held[i - 1] < 2, True, s.held[i + 1] == 1), "either way")

    s.open[s.held[i], n] = s.open[i, n] | (s.next(i + 1) == s.held[s.held[i] - 1])


@action
def spread(s: Queue, i: Slot) -> None:
    """A quantifier is decided by any instance."""
    require(exists(Slot, lambda j: (j != i) & (s.held[j + 1] == s.held[j - 1])), "some are alike")
    require(forall(Slot, lambda j: implies(j > i, s.held[j - 1] <= s.held[j])), "they rise")

    s.held.fill_by(lambda j: ite(j == i, s.held[j], s.held[j - 1]))
    s.held[s.held[i]] = s.held[i - 1 + s.taken]


@action
def cross(s: Queue, i: Slot) -> None:
    """What is past the size on one side is below zero on the other, which is the worse."""
    s.held[i] = s.held[i + 3] + s.held[i - 1]


def rises(s: Queue) -> bool:
    return forall(Slot, lambda i: implies(i > 0, s.held[i - 1] <= s.held[i]))


def runs_off(s: Queue) -> bool:
    return exists(Slot, lambda i: s.held[i + 1] == s.held[s.held[i] - 1])


def is_past(s: Queue) -> bool:
    return s.open[s.held[s.next(Slot(0)) + 1], s.taken - 1] | s.open[Slot(0), s.taken]


QUEUE = Machine(
    "queue",
    Queue,
    empty_queue,
    (shift, chase, decide, spread, cross),
    always=(rises, runs_off, is_past),
    sizes={Slot: 3, Length: 2},
)


@pytest.mark.parametrize("seeds", some_full([5, 60], [60]))
def test_what_is_undefined_is_read_alike(seeds: int) -> None:
    assert not any(disagreements([QUEUE], seeds))


@pytest.mark.full
def test_properties_are_undefined_alike_and_actions_in_each_way() -> None:
    agreement = Agreement(QUEUE, QUEUE.scope())
    seen = set()

    @settings(arbitrary, max_examples=60)
    @given(contents(QUEUE, agreement.scope))
    def agrees(before: Contents) -> None:
        for text in QUEUE.predicates:
            agreement.check_predicate(before, text)

    agrees()
    for act in QUEUE.actions:
        for seed in range(20):
            for before, args in agreement.varied(act, seed):
                stopped = agreement._concrete(before, act, args).stopped
                seen.add((act.name, stopped and stopped[0], stopped and stopped[1]))
    for name in ("chase", "decide", "spread"):  # each comes out in each way
        assert {(name, "range", "low"), (name, "range", "high"), (name, None, None)} <= seen


def disagreements(machines: Sequence[AnyMachine], seeds: int = 10) -> Iterator[str]:
    """What the agreement test says of some machines."""
    for machine in machines:
        agreement = Agreement(machine, machine.scope())
        for act in machine.actions:
            try:
                for seed in range(seeds):
                    for before, args in agreement.varied(act, seed):
                        agreement.check(before, act, args)
            except (Disagreement, MachineError) as seen:
                yield str(seen)


@pytest.mark.full
def test_no_disagreement_without_a_planted_error() -> None:
    assert not any(disagreements([two_phase, ledger, token_ring, die_hard]))


def swapped_ite(_: object, condition: Value, then: Value, otherwise: Value) -> Value:
    return term.choose(condition, otherwise, then)


def lost_write(self: concrete.ConcreteMap, key: Value, value: Value) -> None:
    """A concrete write that reaches nothing."""


def unchecked_write(self: concrete.ConcreteMap, key: Value, value: Value) -> None:
    dict.__setitem__(self, key, value)


def shared_write(self: reader.TermMap, key: Value, value: Value) -> None:
    """A write that hits every key."""
    self.fill_by(lambda _: value)


def last_failing(
    self: batch.Batch[Any], read: reader.Reader, checks: Sequence[reader.Check]
) -> Callable[[batch.Words], Any]:
    """The last guard that does not hold, instead of the first."""
    from_last = _failing(self, read, checks[::-1])

    def failing(words: batch.Words) -> Any:
        found = from_last(words)
        return np.where(found < 0, found, len(checks) - 1 - found)

    return failing


_failing = batch.Batch._failing
_held = batch.Code.held


def _without(op: str) -> dict[str, Any]:
    """The rules of what is undefined without that of one operator."""
    return {name: rule for name, rule in undefined._OF.items() if name != op}


PLANTED = {
    "concrete: ite takes the other branch": (
        concrete.Concrete,
        "ite",
        lambda self, condition, then, otherwise: otherwise if condition else then,
    ),
    "concrete: a write is lost": (concrete.ConcreteMap, "__setitem__", lost_write),
    "concrete: a write is not range-checked": (
        concrete.ConcreteMap,
        "__setitem__",
        unchecked_write,
    ),
    "batch: < is <=": (batch, "_INFIX", {**batch._INFIX, "lt": "<="}),
    "batch: the last refusing guard is named": (batch.Batch, "_failing", last_failing),
    "batch: a cell is read one bit too low": (
        batch.Code,
        "held",
        lambda self, cell: _held(self, attrs.evolve(cell, shift=max(cell.shift - 1, 0))),
    ),
    "symbolic: a store forgets the last key": (
        symbolic,
        "_store",
        lambda array, key, value: array if key else value,
    ),
    "symbolic: + is -": (
        symbolic,
        "_OPERATORS",
        {**symbolic._OPERATORS, "add": lambda a, b: a - b},
    ),
    "symbolic: not is forgotten": (
        symbolic,
        "_OPERATORS",
        {**symbolic._OPERATORS, "not": lambda a: a},
    ),
    "terms: ite takes the other branch": (reader.Reader, "ite", swapped_ite),
    "terms: a write hits every key": (reader.TermMap, "__setitem__", shared_write),
    "terms: a choice is undefined if a branch is": (undefined, "_OF", _without("ite")),
    "terms: a conjunction is undefined if a part is": (undefined, "_OF", _without("and")),
    "terms: a quantifier is undefined if an instance is": (undefined, "_OF", _without("exists")),
    "terms: nothing is undefined": (reader, "undefinedness", lambda value: undefined.NEVER),
    "terms: a read is never outside": (undefined, "_OF", _without("within")),
    "concrete: nothing decides beside what is undefined": (
        concrete,
        "_connected",
        lambda conditions, deciding: (
            concrete.joined(conditions)
            if any(isinstance(c, concrete.Undefined) for c in conditions)
            else (any if deciding else all)(conditions)
        ),
    ),
    "concrete: the first cause counts, not the lower": (
        concrete,
        "joined",
        lambda parts: next(part for part in parts if isinstance(part, concrete.Undefined)),
    ),
}


@pytest.mark.parametrize("error", some_full(PLANTED, set(PLANTED) - {*list(PLANTED)[::3]}))
def test_planted_error_is_seen(error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*PLANTED[error])
    machines: list[AnyMachine] = [QUEUE, TANGLE, die_hard, two_phase, ledger, token_ring]
    assert any(disagreements(machines, seeds=4))
