"""A table tells the last party apart, so that none is symmetric: planted, only the first were."""

from tallystick import Fun, Machine, Map, Sort, action, require, state


class Party(Sort):
    pass


@state
class World:
    leads: Fun[[Party], bool]
    marked: Map[Party, bool]


def init(s: World) -> None:
    s.marked.fill(False)


@action
def mark(s: World, p: Party) -> None:
    require(s.leads(p), "the party leads")
    s.marked[p] = True


def is_the_last(p: int) -> bool:
    return p == 2


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(mark,),
    definitions={"leads": is_the_last},
    symmetric=(Party,),
    sizes={Party: 3},
)
