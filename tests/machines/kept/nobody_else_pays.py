"""The conviction of one that did as it should pays for no harm: planted, anybody's did."""

from tallystick import (
    Accountability,
    Machine,
    Map,
    Role,
    Sort,
    action,
    exists,
    not_,
    require,
    state,
)


class Party(Sort):
    pass


@state
class World:
    bad: Map[Party, bool]
    hurt: Map[Party, bool]
    blamed: Map[Party, bool]
    closed: bool


def init(s: World) -> None:
    s.bad.fill(False)
    s.hurt.fill(False)
    s.blamed.fill(False)
    s.closed = False


@action
def harm(s: World, a: Party, b: Party) -> None:
    require(not_(s.closed), "it is open")
    s.bad[a] = True
    s.hurt[b] = True


@action
def blame(s: World, p: Party) -> None:
    require(not_(s.closed), "it is open")
    s.blamed[p] = True


@action
def close(s: World) -> None:
    require(exists(Party, lambda p: s.blamed[p]), "somebody is blamed")
    s.closed = True


def is_bad(s: World, p: Party) -> bool:
    return s.bad[p]


def is_blamed(s: World, p: Party) -> bool:
    return s.blamed[p]


def is_hurt(s: World, p: Party) -> bool:
    return s.hurt[p]


def is_repaid(s: World, p: Party) -> bool:
    return not_(s.hurt[p])


def is_closed(s: World) -> bool:
    return s.closed & exists(Party, lambda p: s.blamed[p] & not_(s.bad[p]))


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(harm, blame, close),
    accountability=Accountability(
        ("hurt", "blamed", "closed"),
        ("blamed",),
        (Role(is_bad, is_blamed, is_hurt, is_repaid),),
        is_closed,
    ),
    sizes={Party: 2},
)
