"""A yard with a window that a child breaks, with somebody else to see it."""

from typing import Any

import attrs

from spec.notation import (
    Accountability,
    Action,
    Machine,
    Map,
    Role,
    Sort,
    action,
    not_,
    require,
    state,
)


class Child(Sort): ...


class Owner(Sort): ...


@state
class Yard:
    broken: bool
    named: Map[Child, bool]
    """On the note that the window keeper leaves."""
    convicted: Map[Child, bool]
    paid: Map[Owner, bool]
    threw: Map[Child, bool]


def init(s: Yard) -> None:
    s.broken = False
    s.named.fill(False)
    s.convicted.fill(False)
    s.paid.fill(False)
    s.threw.fill(False)


@action
def throw(s: Yard, c: Child) -> None:
    """One breaks the window, and is seen."""
    require(not_(s.broken), "window is whole")
    s.broken = True
    s.threw[c] = True
    s.named[c] = True


@action
def throw_unseen(s: Yard, c: Child) -> None:
    require(not_(s.broken), "window is whole")
    s.broken = True
    s.threw[c] = True


@action
def convict(s: Yard, c: Child) -> None:
    require(s.named[c], "child is named")
    s.convicted[c] = True


@action
def convict_anybody(s: Yard, c: Child) -> None:
    require(s.broken, "window is broken")
    s.convicted[c] = True


@action
def convict_by_rumour(s: Yard, c: Child) -> None:
    require(s.threw[c], "child threw")
    s.convicted[c] = True


@action
def pay(s: Yard, o: Owner) -> None:
    require(s.broken, "window is broken")
    s.paid[o] = True


def is_over(s: Yard) -> bool:
    return s.broken


def threw(s: Yard, c: Child) -> bool:
    return s.threw[c]


def is_convicted(s: Yard, c: Child) -> bool:
    return s.convicted[c]


def owner_deviated(s: Yard, o: Owner) -> bool:
    return False


def lost_a_window(s: Yard, o: Owner) -> bool:
    return s.broken


def is_paid(s: Yard, o: Owner) -> bool:
    return s.paid[o]


SAID = Accountability[Yard](
    evidence=("broken", "named"),
    verdicts=("convicted", "paid"),
    roles=(Role(threw, is_convicted), Role(owner_deviated, harmed=lost_a_window, repaid=is_paid)),
    over=is_over,
)


def yard(*actions: Action[Yard], **said: Any) -> Machine[Yard]:  # whatever is said
    return Machine(
        name="yard",
        state=Yard,
        init=init,
        actions=actions,
        sizes={Child: 2, Owner: 1},
        accountability=attrs.evolve(SAID, **said),
    )


def never(s: Yard) -> bool:
    return s.broken & not_(s.broken)
