"""Parties are renamed where they are held as well: planted, only where they are keys."""

from tallystick import Machine, Map, Sort, action, not_, state


class Party(Sort):
    pass


@state
class World:
    turn: Party
    ready: Map[Party, bool]


def init(s: World) -> None:
    s.ready.fill(False)


@action
def take(s: World, p: Party) -> None:
    s.turn = p
    s.ready[p] = not_(s.ready[p])


def first_is_unready(s: World) -> bool:
    return not_(s.ready[s.turn])


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(take,),
    refuted=(first_is_unready,),
    symmetric=(Party,),
    sizes={Party: 3},
)
