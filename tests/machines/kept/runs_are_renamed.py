"""A run up to symmetry is renamed step by step: planted, it kept the names of representatives."""

from tallystick import Machine, Map, Sort, action, exists, not_, require, state


class Party(Sort):
    pass


@state
class World:
    taken: Map[Party, bool]


def init(s: World) -> None:
    s.taken.fill(False)


@action
def take(s: World, p: Party) -> None:
    require(not_(s.taken[p]), "the party is free")
    s.taken[p] = True


def one_is_free(s: World) -> bool:
    return exists(Party, lambda p: not_(s.taken[p]))


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(take,),
    refuted=(one_is_free,),
    symmetric=(Party,),
    sizes={Party: 4},
)
