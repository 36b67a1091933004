"""Dining philosophers who hand each other forks, after Chandy and Misra.

After the TLA+ specification DiningPhilosophers of the tlaplus/Examples collection,
specifications/DiningPhilosophers. Chandy and Misra's own is "The drinking philosophers problem"
(ACM TOPLAS 6:4, 1984).
"""

from enum import Enum

from spec.notation import (
    Machine,
    Map,
    Ordinal,
    action,
    any_of,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
)


class Philosopher(Ordinal):
    """A philosopher at the round table, and the fork on the philosopher's left."""


class Activity(Enum):
    WAITING = 0
    EATING = 1
    THINKING = 2


@state
class DiningPhilosophers:
    holder: Map[Philosopher, Philosopher]
    """Who holds a fork; a fork is known by the philosopher on whose left it lies."""
    clean: Map[Philosopher, bool]
    hungry: Map[Philosopher, bool]
    activity: Map[Philosopher, Activity]


def left_of(p: Philosopher) -> Philosopher:
    """The neighbour on the left."""
    return (p - 1) % size(Philosopher)


def right_of(p: Philosopher) -> Philosopher:
    """The neighbour on the right, whose left fork is this philosopher's right fork."""
    return (p + 1) % size(Philosopher)


def holds_dirty(s: DiningPhilosophers, p: Philosopher, fork: Philosopher) -> bool:
    """A philosopher holds a fork and it is dirty."""
    return (s.holder[fork] == p) & not_(s.clean[fork])


def holds_clean(s: DiningPhilosophers, p: Philosopher, fork: Philosopher) -> bool:
    """A philosopher holds a fork and it is clean."""
    return (s.holder[fork] == p) & s.clean[fork]


def may_eat(s: DiningPhilosophers, p: Philosopher) -> bool:
    """A philosopher holds both forks and both are clean."""
    return holds_clean(s, p, p) & holds_clean(s, p, right_of(p))


def eats(s: DiningPhilosophers, p: Philosopher) -> bool:
    """A philosopher eats."""
    return s.activity[p] == Activity.EATING


def init(s: DiningPhilosophers) -> None:
    # Philosopher 0 begins with both forks: if all began with one, all would wait for ever.
    s.holder.fill_by(lambda fork: ite(fork == 1, Philosopher(0), fork))
    s.clean.fill(False)
    s.hungry.fill(True)
    s.activity.fill(Activity.WAITING)


@action
def hand_left(s: DiningPhilosophers, p: Philosopher) -> None:
    """A philosopher cleans the left fork and hands it to the neighbour on the left."""
    require(s.activity[p] == Activity.WAITING, "philosopher is waiting")
    require(holds_dirty(s, p, p), "philosopher holds a dirty left fork")
    s.holder[p] = left_of(p)
    s.clean[p] = True
    s.activity[p] = ite(s.hungry[p], Activity.WAITING, Activity.THINKING)


@action
def hand_right(s: DiningPhilosophers, p: Philosopher) -> None:
    """A philosopher cleans the right fork and hands it to the neighbour on the right."""
    require(s.activity[p] == Activity.WAITING, "philosopher is waiting")
    require(not_(holds_dirty(s, p, p)), "philosopher holds no dirty left fork")
    require(holds_dirty(s, p, right_of(p)), "philosopher holds a dirty right fork")
    s.holder[right_of(p)] = right_of(p)
    s.clean[right_of(p)] = True
    s.activity[p] = ite(s.hungry[p], Activity.WAITING, Activity.THINKING)


@action
def choose(s: DiningPhilosophers, p: Philosopher) -> None:
    """A philosopher with nothing to hand on starts to eat or to think, or waits on."""
    require(s.activity[p] == Activity.WAITING, "philosopher is waiting")
    require(not_(holds_dirty(s, p, p)), "philosopher holds no dirty left fork")
    require(not_(holds_dirty(s, p, right_of(p))), "philosopher holds no dirty right fork")
    s.activity[p] = ite(
        s.hungry[p],
        ite(may_eat(s, p), Activity.EATING, Activity.WAITING),
        Activity.THINKING,
    )


@action
def think(s: DiningPhilosophers, p: Philosopher) -> None:
    """A philosopher thinks until hungry."""
    require(s.activity[p] == Activity.THINKING, "philosopher is thinking")
    s.hungry[p] = True
    s.activity[p] = Activity.WAITING


@action
def eat(s: DiningPhilosophers, p: Philosopher) -> None:
    """A philosopher eats, which leaves both forks dirty."""
    require(s.activity[p] == Activity.EATING, "philosopher is eating")
    s.hungry[p] = False
    s.clean[p] = False
    s.clean[right_of(p)] = False
    s.activity[p] = Activity.WAITING


def neighbours_take_turns(s: DiningPhilosophers) -> bool:
    """No philosopher eats while a neighbour does."""
    return forall(
        Philosopher,
        # At a table for one, everybody is their own neighbour.
        lambda p: implies(eats(s, p) & (right_of(p) != p), not_(eats(s, right_of(p)))),
    )


def forks_stay_in_place(s: DiningPhilosophers) -> bool:
    """A fork is always with one of the two philosophers between whom it lies."""
    return forall(
        Philosopher, lambda fork: any_of(s.holder[fork] == fork, s.holder[fork] == left_of(fork))
    )


def first_eats(s: DiningPhilosophers) -> bool:
    """Even philosopher 0, to whom the forks come last, can come to eat."""
    return eats(s, Philosopher(0))


# The strengthening that makes `neighbours_take_turns` inductive.


def eaters_hold_forks(s: DiningPhilosophers) -> bool:
    """Who eats holds both forks, and both are clean."""
    return forall(Philosopher, lambda p: implies(eats(s, p), may_eat(s, p)))


dining_philosophers = Machine(
    name="dining_philosophers",
    state=DiningPhilosophers,
    init=init,
    actions=(hand_left, hand_right, choose, think, eat),
    always=(neighbours_take_turns, forks_stay_in_place),
    sometimes=(first_eats,),
    lemmas=(eaters_hold_forks,),
    sizes={Philosopher: 5},
)
