"""A sum may be zero: planted, proofs took it for at least one."""

from tallystick import Machine, Map, Ordinal, Sort, action, state, total


class Party(Sort):
    pass


class Amount(Ordinal):
    pass


@state
class World:
    found: Map[Party, Amount]
    filled: Map[Party, Amount]


def init(s: World) -> None:
    s.filled.fill_by(lambda p: s.filled[p])


@action
def wait(s: World, p: Party) -> None:
    s.found[p] = s.found[p]


def something_is_found(s: World) -> bool:
    return total(s.found) > 0


def something_is_filled(s: World) -> bool:
    return total(s.filled) > 0


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(wait,),
    always=(something_is_found, something_is_filled),
    sizes={Party: 2, Amount: 2},
)
