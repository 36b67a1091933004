"""A door with keys, some of which fit; and actions on it that are never possible."""

from typing import Any

from spec.notation import (
    Action,
    Fun,
    Machine,
    Map,
    Ordinal,
    Sort,
    action,
    forall,
    implies,
    not_,
    require,
    state,
)


class Key(Sort):
    pass


class Level(Ordinal):
    pass


@state
class Door:
    fits: Fun[[Key], bool]
    turned: Map[Key, bool]
    open: bool
    level: Level


def shut(s: Door) -> None:
    s.turned.fill(False)
    s.open = False
    s.level = Level(0)


@action
def turn(s: Door, k: Key) -> None:
    require(s.fits(k), "the key fits")
    s.turned[k] = True


@action
def enter(s: Door, k: Key) -> None:
    require(s.turned[k], "a key was turned")
    s.open = True


@action
def climb(s: Door) -> None:
    s.level = Level(7)


@action
def break_in(s: Door) -> None:
    require(s.open & not_(s.open), "open and shut")
    s.open = True


def turned_keys_fit(s: Door) -> bool:
    return forall(Key, lambda k: implies(s.turned[k], s.fits(k)))


def door(*actions: Action[Door], **more: Any) -> Machine[Door]:
    return Machine("door", Door, shut, actions, **{"always": (turned_keys_fit,), **more})
