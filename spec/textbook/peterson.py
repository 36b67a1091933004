"""Peterson's algorithm: two processes take turns in a critical section, with no lock to help them.

After the TLA+ specification Peterson of the tlaplus/Examples collection,
specifications/locks_auxiliary_vars, by Jarod Differdange. The algorithm is from Peterson, "Myths
about the mutual exclusion problem" (Information Processing Letters 12:3, 1981).
"""

from collections.abc import Sequence
from enum import Enum

from spec.notation import (
    Ending,
    Machine,
    Map,
    action,
    all_of,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    state,
)


class Process(Enum):
    FIRST = 0
    SECOND = 1


class Line(Enum):
    """What a process does next."""

    REST = 0
    RAISE = 1
    YIELD = 2
    WAIT = 3
    CRITICAL = 4
    LOWER = 5


@state
class Peterson:
    line: Map[Process, Line]
    flag: Map[Process, bool]
    """Processes that want to enter."""
    turn: Process


def other(p: Process) -> Process:
    """The process that this one is not."""
    return ite(p == Process.FIRST, Process.SECOND, Process.FIRST)


def init(s: Peterson) -> None:
    s.line.fill(Line.REST)
    s.flag.fill(False)
    s.turn = Process.FIRST


@action
def rest(s: Peterson, p: Process) -> None:
    """A process is done with what is not critical."""
    require(s.line[p] == Line.REST, "process rests")
    s.line[p] = Line.RAISE


@action
def raise_flag(s: Peterson, p: Process) -> None:
    """A process says that it wants to enter."""
    require(s.line[p] == Line.RAISE, "process is about to raise its flag")
    s.flag[p] = True
    s.line[p] = Line.YIELD


@action
def yield_turn(s: Peterson, p: Process) -> None:
    """A process lets the other go first."""
    require(s.line[p] == Line.YIELD, "process is about to yield")
    s.turn = other(p)
    s.line[p] = Line.WAIT


@action
def enter(s: Peterson, p: Process) -> None:
    """A process enters, once the other does not want to or has let it go first."""
    require(s.line[p] == Line.WAIT, "process waits")
    require(any_of(not_(s.flag[other(p)]), s.turn == p), "the other does not go first")
    s.line[p] = Line.CRITICAL


@action
def leave(s: Peterson, p: Process) -> None:
    """A process leaves the critical section."""
    require(s.line[p] == Line.CRITICAL, "process is in the critical section")
    s.line[p] = Line.LOWER


@action
def lower_flag(s: Peterson, p: Process) -> None:
    """A process no longer wants to enter."""
    require(s.line[p] == Line.LOWER, "process is about to lower its flag")
    s.flag[p] = False
    s.line[p] = Line.REST


def is_inside(s: Peterson, p: Process) -> bool:
    """A process has entered and its flag is still up."""
    return any_of(s.line[p] == Line.CRITICAL, s.line[p] == Line.LOWER)


def mutual_exclusion(s: Peterson) -> bool:
    """Never are both inside."""
    return forall(Process, lambda p: implies(is_inside(s, p), not_(is_inside(s, other(p)))))


def contends(s: Peterson) -> bool:
    """One process can be inside while the other waits."""
    return exists(Process, lambda p: is_inside(s, p) & (s.line[other(p)] == Line.WAIT))


# The strengthening that makes `mutual_exclusion` inductive.


def flag_tells_line(s: Peterson) -> bool:
    """A flag is up from where it is raised to where it is lowered."""
    return forall(
        Process,
        lambda p: s.flag[p] == all_of(s.line[p] != Line.REST, s.line[p] != Line.RAISE),
    )


def is_before_waiting(s: Peterson, p: Process) -> bool:
    """A process has not yet come to wait."""
    return any_of(s.line[p] == Line.REST, s.line[p] == Line.RAISE, s.line[p] == Line.YIELD)


def insider_goes_first(s: Peterson) -> bool:
    """Who is inside has the turn, unless the other is not yet waiting."""
    return forall(
        Process,
        lambda p: implies(is_inside(s, p), any_of(s.turn == p, is_before_waiting(s, other(p)))),
    )


# Nobody waits for ever: what a process has before it until it rests, and until it need not wait.
# It is called `q` here, as it may be the other, `p`, that has to act.


def rests(s: Peterson, q: Process) -> bool:
    """A process has what it came for."""
    return s.line[q] == Line.REST


def steps_to_rest(s: Peterson, q: Process) -> int:
    """How many steps of its own a process still has to take."""
    return distance(s.line[q], (Line.LOWER, Line.CRITICAL, Line.WAIT, Line.YIELD, Line.RAISE))


def steps_in_the_way(s: Peterson, q: Process) -> int:
    """While a process waits for its turn, how many steps the other takes before it yields."""
    lines = (Line.YIELD, Line.RAISE, Line.REST, Line.LOWER, Line.CRITICAL, Line.WAIT)
    waits = (s.line[q] == Line.WAIT) & (s.turn != q)
    return ite(waits, distance(s.line[other(q)], lines), 0)


def distance(line: Line, lines: Sequence[Line]) -> int:
    """The place of a line among some, from 1; 0 for any other."""
    place = 0
    for number, one in enumerate(lines, start=1):
        place = ite(line == one, number, place)
    return place


peterson = Machine(
    name="peterson",
    state=Peterson,
    init=init,
    actions=(rest, raise_flag, yield_turn, enter, leave, lower_flag),
    always=(mutual_exclusion,),
    sometimes=(contends,),
    lemmas=(flag_tells_line, insider_goes_first),
    ending=Ending(
        goal=rests,
        fair=(raise_flag, yield_turn, enter, leave, lower_flag),
        ranking=(steps_to_rest, steps_in_the_way),
    ),
)
