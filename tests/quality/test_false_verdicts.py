"""Texts of which an engine once said what is false: each stands for a kind."""

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

from checkers.blame.accountant import Accountant
from checkers.cli import FAILED
from checkers.explore.ending import ENDS
from checkers.explore.engine import Engine
from checkers.explore.explorer import explore
from checkers.explore.lasso import terminate
from checkers.explore.simulate import Simulator
from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import BELOW_ZERO
from checkers.prove.bounded import bound
from checkers.prove.strengthen import strengthen
from checkers.traces.trace import natural
from spec.notation import (
    Accountability,
    Action,
    Ending,
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Role,
    Sort,
    action,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
    total,
)
from tests.support.command import run
from tests.support.proofs import prove


class N(Ordinal):
    """A number."""


class K(Sort):
    """Whoever takes part."""


@state
class S:
    """Some of everything."""

    n: N
    done: bool
    who: K
    held: Map[N, N]
    flag: Map[N, bool]
    mine: Map[K, N]


def start(s: S) -> None:
    s.n = N(0)
    s.done = False
    s.held.fill(N(0))
    s.flag.fill(False)
    s.mine.fill(N(0))


@action
def up(s: S) -> None:
    s.n = s.n + 1


@action
def finish(s: S) -> None:
    require(not_(s.done), "not done")
    s.done = True


def machine(*actions: Action[S], **more: Any) -> Machine[S]:  # as Machine takes them
    given: dict[str, Any] = {"sizes": {N: 3, K: 2}} | more
    return Machine("some", S, start, actions, **given)


def is_done(s: S) -> bool:
    return s.done


def work_left(s: S) -> int:
    return ite(s.done, 0, 1)


# What is undefined


@action
def copy(s: S, k: K) -> None:
    s.mine[k] = s.mine[s.who]
    s.held[N(1)] = s.held[s.held[s.n]]


@action
def refill(s: S) -> None:
    s.held.fill(N(1))
    s.n = s.held[s.n + s.n]
    s.flag.fill(True)
    s.done = s.done | not_(s.flag[s.n + s.n])


@pytest.mark.parametrize("engine", get_args(Engine))
def test_a_cell_is_copied_and_a_constant_read_where_the_state_says(engine: Engine) -> None:
    found = explore(machine(up, copy, refill), machine(up).scope(), engine=engine)
    assert found.exhaustive
    assert found.cut > 0


@action
def beside(s: S) -> None:
    s.n = s.held[s.n + 3]


@pytest.mark.parametrize("engine", get_args(Engine))
def test_a_cell_that_there_is_none_of_stops_the_step(engine: Engine) -> None:
    found = explore(machine(beside), machine(beside).scope(), engine=engine)
    # Every start of `who` is a state, and from each the step is cut.
    assert (found.distinct_states, found.cut) == (2, 2)


def test_no_ending_is_proved_whose_goal_is_undefined() -> None:
    def reached(s: S) -> bool:
        return s.flag[s.n - 1] == s.flag[s.n - 1]

    ending = Ending(reached, (finish,), (work_left,))
    assert prove(machine(finish, ending=ending)).status(ENDS) != "proved"
    assert terminate(machine(finish, ending=ending), machine(finish).scope()).lasso


def test_no_ending_is_proved_whose_rank_is_undefined() -> None:
    def rank(s: S) -> int:
        return ite(s.done, 0, 1) + s.held[s.n - 1] * 0

    proved = Ending(is_done, (finish,), (work_left,))
    undefined = Ending(is_done, (finish,), (rank,))
    assert prove(machine(finish, ending=proved)).status(ENDS) == "proved"
    assert prove(machine(finish, ending=undefined)).status(ENDS) != "proved"


@action
def finish_beside(s: S) -> None:
    require(s.held[ite(s.done, s.n, size(N))] == 0, "what lies past every size")
    s.done = True


@action
def finish_past(s: S) -> None:
    s.n = ite(s.done, s.n, size(N))
    s.done = True


@pytest.mark.parametrize("fair", [finish_beside, finish_past])
def test_no_ending_rests_on_what_is_past_its_size_at_every_size(fair: Action[S]) -> None:
    ending = Ending(is_done, (fair,), (work_left,))
    assert prove(machine(fair, ending=ending)).status(ENDS) != "proved"


@state
class Ladder:
    n: N
    top: N
    ones: Map[N, N]


def bottom(s: Ladder) -> None:
    s.n = N(0)
    s.ones.fill(N(1))


def bottom_of(s: Ladder) -> None:
    require(forall(N, lambda i: i <= s.top), "top is the greatest")
    bottom(s)


def how_many(s: Ladder) -> int:
    return total(s.ones)


def after_the_greatest(s: Ladder) -> int:
    return s.top + 1


@action
def climb(s: Ladder) -> None:
    s.n += 1


@pytest.mark.parametrize(("init", "end"), [(bottom, how_many), (bottom_of, after_the_greatest)])
def test_no_ending_rests_on_a_size_that_is_said_in_other_words(
    init: Callable[[Ladder], None], end: Callable[[Ladder], int]
) -> None:
    """The last step is past every size, and at a greater one another would be the last."""

    def past(s: Ladder) -> bool:
        return s.n >= end(s)

    def left(s: Ladder) -> int:
        return ite(s.n <= end(s), end(s) - s.n, 0)

    ending = Ending(past, (climb,), (left,))
    ladder = Machine("ladder", Ladder, init, (climb,), ending=ending)
    assert prove(ladder).status(ENDS) != "proved"


@action
def climb_on(s: Ladder) -> None:
    s.n += 1


@action
def end_at_five(s: Ladder) -> None:
    require(s.n == 5, "at five")
    s.top = N(1)


@action
def shift(s: Ladder) -> None:
    s.ones.fill_by(lambda k: ite(s.top > 0, k + 1, k))
    s.n = N(1)


def at_the_end(s: Ladder) -> bool:
    return s.top == 1


def below_the_size(s: Ladder) -> int:
    return size(N) - s.n


def shifted(s: Ladder) -> bool:
    return s.n == 1


def to_shift(s: Ladder) -> int:
    return 1 - s.n


@pytest.mark.parametrize(
    ("actions", "ending"),
    [
        ((climb_on, end_at_five), Ending(at_the_end, (climb_on,), (below_the_size,))),
        ((shift,), Ending(shifted, (shift,), (to_shift,))),
    ],
)
def test_no_ending_rests_on_a_size_of_a_ranking_or_of_what_is_filled(
    actions: Sequence[Action[Ladder]], ending: Ending[Ladder]
) -> None:
    def foot(s: Ladder) -> None:
        s.n = N(0)
        s.ones.fill(N(1))

    ladder = Machine("ladder", Ladder, foot, actions, ending=ending)
    assert prove(ladder).status(ENDS) != "proved"


def test_an_ending_that_is_everywhere_is_of_nothing() -> None:
    def some_number(s: S) -> bool:
        return s.n >= 0

    ended = machine(finish, ending=Ending(some_number, (finish,), (work_left,)))
    assert not prove(ended).complete
    [line] = prove(ended).vacuous
    assert line.startswith("what the ending supposes (its goal is not reached) never holds")
    assert terminate(ended, ended.scope()).vacuous


@state
class Blank:
    """Nothing that changes."""

    known: Fun[[N], N]


def blank(s: Blank) -> None:
    pass


@action
def look(s: Blank, n: N) -> None:
    require(s.known(n) == n, "known")


def is_known(s: Blank) -> bool:
    return forall(N, lambda n: implies(s.known(n) == n, s.known(s.known(n)) == n))


@pytest.mark.parametrize("actions", [(), (look,)])
def test_what_does_not_change_is_decided_as_well(actions: Sequence[Action[Blank]]) -> None:
    ending = Ending(is_known, actions, ())
    still = Machine("still", Blank, blank, actions, always=(is_known,), ending=ending, sizes={N: 2})
    assert bound(still, still.scope(), 3).complete
    assert prove(still, steps=3).status("is_known") == "proved"
    assert terminate(still, still.scope()).vacuous
    assert strengthen(still).proof.status("is_known") == "proved"


def test_two_names_of_one_member_are_refused() -> None:
    class Phase(Enum):
        PAID = 1
        REFUNDED = 1  # that is the mistake

    @state
    class Sale:
        phase: Phase

    def unpaid(s: Sale) -> None:
        s.phase = Phase.PAID

    with pytest.raises(MachineError, match=r"Phase.REFUNDED is another name of Phase.PAID; give"):
        Machine("sale", Sale, unpaid, ())


@pytest.mark.parametrize("what", ["deviated", "convicted", "harmed", "over"])
def test_no_account_rests_on_what_is_undefined(what: str) -> None:
    def nobody(s: S, k: K) -> bool:
        return s.flag[s.mine[k] - 1] & s.done

    def never(s: S) -> bool:
        return s.flag[s.n - 1]

    def somebody(s: S, k: K) -> bool:
        return s.done

    texts: dict[str, Callable[..., bool]] = dict.fromkeys(
        ("deviated", "convicted", "harmed"), somebody
    )
    said = Accountability[S](
        ("done",),
        ("done",),
        (Role(**{**texts, what: nobody}) if what in texts else Role(**texts),),
        never if what == "over" else is_done,
    )
    with pytest.raises(MachineError, match="is undefined in a state that is reached"):
        Accountant(found := machine(finish, accountability=said), found.scope()).run()


# Constants past the sizes, and numbers below zero


@action
def cheat(s: S) -> None:
    require(s.n == N(7), "far up")
    s.done = True


def low(s: S) -> bool:
    return not_(s.done)


def in_hundreds(s: S) -> bool:
    return s.n // 100 == 0


def past_fifty(s: S) -> bool:
    return s.n % 50 < 3


def moved_up(s: S) -> bool:
    return s.n + 3 != s.held[s.n]


def moved_down(s: S) -> bool:
    return s.held[s.n] - 7 != s.n


@pytest.mark.parametrize(
    ("claim", "constant"), [(in_hundreds, 100), (past_fifty, 50), (moved_up, 3), (moved_down, 7)]
)
def test_a_constant_is_left_out_wherever_a_size_is_too_small_for_it(
    claim: Callable[[S], bool], constant: int
) -> None:
    claimed = machine(up, always=(claim,))
    found = explore(claimed, claimed.scope(N=3))
    assert found.left_out[constant] == f"some.{claim.__name__}"
    assert not found.exhaustive


def test_constants_past_the_sizes_are_named_by_every_search() -> None:
    def somebody(s: S, k: K) -> bool:
        return s.done

    said = Accountability[S](("done",), ("done",), (Role(somebody, somebody),), is_done)
    claimed = machine(up, cheat, always=(low,), ending=Ending(low, (up,)), accountability=said)
    scope = claimed.scope()
    explored, terminated = explore(claimed, scope), terminate(claimed, scope)
    accounted, bounded = Accountant(claimed, scope).run(), bound(claimed, scope, 2)
    simulated = Simulator(claimed, scope, 10, 0).run(3)
    assert not explored.exhaustive
    assert not accounted.exhaustive
    assert not terminated.hold
    for found in (explored, terminated, accounted, bounded, simulated):
        assert found.left_out == {7: "some.cheat"}
        assert found.json()["left_out"] == {"7": "some.cheat"}
    for shown in (explored, terminated, bounded, simulated):
        assert "these sizes leave out 7 of some.cheat; --size N=8 does not" in str(shown)
    assert explore(claimed, claimed.scope(N=8)).violations
    assert not explore(claimed, claimed.scope(N=8)).left_out


def of_an_element(s: S) -> bool:
    return forall(N, lambda n: n != N(3))


def of_what_is_computed(s: S) -> bool:
    return s.n + 1 < 5


def of_all_elements(s: S) -> bool:
    return forall(N, lambda i: i * 2 < 9)


def in_a_branch(s: S) -> bool:
    return ite(s.done, N(4), N(0)) <= s.n


def of_a_difference(s: S) -> bool:
    return 5 - s.n != s.n


def of_a_rest(s: S) -> bool:
    return s.n % 9 < 7


@pytest.mark.parametrize(
    "claim",
    [
        of_an_element,
        of_what_is_computed,
        of_all_elements,
        in_a_branch,
        of_a_difference,
        of_a_rest,
    ],
)
def test_constants_past_the_sizes_are_seen_wherever_they_stand(claim: Callable[[S], bool]) -> None:
    found = explore(machine(up, always=(claim,)), machine(up).scope())
    assert not found.exhaustive
    assert found.left_out


def above_what_falls(s: S) -> bool:
    return (0 - s.n < 5) & forall(N, lambda i: 0 - i < 5)


def above_a_rest(s: S) -> bool:
    return s.n % 2 < 5


@pytest.mark.parametrize("claim", [above_what_falls, above_a_rest])
def test_what_no_size_reaches_is_not_for_want_of_size(claim: Callable[[S], bool]) -> None:
    found = explore(machine(up, always=(claim,)), machine(up).scope())
    assert not found.left_out
    assert found.exhaustive


def test_what_a_size_gives_is_no_constant_of_the_text() -> None:
    def within(s: S) -> bool:
        return (s.n + 1 <= size(N)) & forall(N, lambda i: i + 1 < size(N) + s.n + 1)

    assert explore(machine(up, always=(within,)), machine(up).scope()).exhaustive


BELOW = """
from spec.notation import Machine, Ordinal, action, state

class N(Ordinal): ...

@state
class S:
    n: N
    free: N

def init(s: S) -> None:
    s.n = 0 - s.free

@action
def up(s: S) -> None:
    s.n = s.n + 1

counter = Machine("counter", S, init, (up,), sizes={N: 3})
"""


def test_a_start_below_zero_is_refuted_by_a_proof_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "counter.py"
    file.write_text(BELOW)
    assert run("prove", f"{file}:counter") == FAILED
    said = capsys.readouterr().out
    assert "no number falls below zero  refuted in 0 steps" in said
    assert "n: -1 is no N" in said


@action
def down(s: S) -> None:
    s.n = s.n - 1


@pytest.mark.parametrize("engine", get_args(Engine))
def test_numbers_below_zero_are_seen_by_every_search(engine: Engine) -> None:
    falling = machine(up, down)
    name, scope = natural("down"), falling.scope()
    assert [v.property for v in explore(falling, scope, engine=engine).violations] == [name]
    assert name in Simulator(falling, scope, 10, 0, engine).run(5).violations
    assert name in bound(falling, scope, 1).violations
    assert not prove(falling).complete


def start_low(s: S) -> None:
    s.done = False
    s.n = N(0)
    s.held.fill(N(0))
    s.flag.fill(False)
    s.mine.fill_by(lambda k: s.n - 1)


def test_no_search_starts_below_zero() -> None:
    sunk = attrs.evolve(machine(up, always=(low,)), init=start_low)
    scope = sunk.scope()
    for search in (explore, lambda m, at: bound(m, at, 1)):
        with pytest.raises(MachineError, match="start_low takes a number below zero"):
            search(sunk, scope)
    assert not prove(sunk).complete


class Anything:
    """An implementation that goes below zero with its specification."""

    def __init__(self) -> None:
        self.n = 0

    def take(self, action: str, args: Any) -> str | None:
        if action == "up" and self.n == 2:
            return "whatever"
        self.n += 1 if action == "up" else -1
        return None

    def state(self) -> dict[str, object]:
        return {"n": self.n, "done": False, "who": 0, "held": {}, "flag": {}, "mine": {}}

    def restart(self) -> None:
        """Nothing is forgotten."""

    def close(self) -> None:
        """There is nothing to let go of."""


def test_no_implementation_agrees_with_a_specification_below_zero() -> None:
    sample = fuzz(machine(up, down), Setup(open=Anything), examples=20, steps=10, seed=0)
    assert sample.divergence
    assert sample.divergence.how == BELOW_ZERO
    climbing = fuzz(machine(up), Setup(open=Anything), examples=20, steps=10, seed=0)
    assert climbing.passed
    assert climbing.tally.cut > 0  # past the size, and told


# What a machine is made of


class Nothing(Enum):
    """An enumeration of nothing."""


def test_a_sort_has_an_element() -> None:
    def quiet(s: S) -> bool:
        return forall(Nothing, lambda n: False)

    with pytest.raises(MachineError):
        machine(up, always=(quiet,))


def test_a_fair_action_is_the_machines_own() -> None:
    with pytest.raises(MachineError, match="finish is said to be fair, and is none of its actions"):
        machine(up, ending=Ending(is_done, (finish,), (work_left,)))


class Other:
    """Where another sort lives."""

    class N(Ordinal):
        """Of the same name."""


NAMESAKE = Other.N


def test_sorts_are_told_apart() -> None:
    def fits(s: S) -> bool:
        return forall(NAMESAKE, lambda i: i < size(N))

    with pytest.raises(MachineError, match="two sorts are called N; rename one"):
        machine(up, always=(fits,))


def test_assumptions_are_about_functions() -> None:
    with pytest.raises(MachineError, match="assumes something of done, which actions change"):
        machine(finish, assumptions=(low,))


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({N: "3"}, "sizes are whole numbers of 1 or more, and N has '3'"),
        ({N: True}, "and N has True"),
        ({N: 0}, "and N has 0"),
        ({"N": 3}, "sizes are given by sort"),
        ({bool: 2}, "sizes are given by sort"),
    ],
)
def test_sizes_are_whole_numbers_by_sort(sizes: dict[Any, Any], said: str) -> None:
    with pytest.raises(MachineError, match=said):
        machine(up, sizes=sizes)


# Numbers have no bounds


@state
class Wide:
    """Numbers whose product is wide."""

    a: N
    b: N
    bad: bool


def wide(s: Wide) -> None:
    s.a = N(60_000)
    s.b = N(60_000)
    s.bad = False


@action
def multiply(s: Wide) -> None:
    require(s.a * s.b * s.a * s.b >= 1, "worth something")
    s.bad = True


@action
def compare(s: Wide) -> None:
    require(s.a < 2**70, "small")
    s.bad = True


def fine(s: Wide) -> bool:
    return not_(s.bad)


@pytest.mark.parametrize("engine", get_args(Engine))
def test_no_number_wraps(engine: Engine) -> None:
    def of(act: Action[Wide]) -> Machine[Wide]:
        return Machine("wide", Wide, wide, (act,), always=(fine,), sizes={N: 60_001})

    product = of(multiply)
    with pytest.raises(MachineError, match=r"can come to 12,960,000,000,000,000,000 at these"):
        explore(product, product.scope(), engine=engine)
    literal = of(compare)
    assert explore(literal, literal.scope(), engine=engine).violations
    with pytest.raises(MachineError, match="no 63-bit word holds a number below it"):
        explore(literal, literal.scope(N=2**64), engine=engine)
