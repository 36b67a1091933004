"""Parties are renamed in both keys of a map: planted, each row stood by itself."""

from tallystick import Machine, Map, Sort, action, require, state


class Party(Sort):
    pass


@state
class World:
    knows: Map[tuple[Party, Party], bool]


def init(s: World) -> None:
    s.knows.fill(False)


@action
def meet(s: World, a: Party, b: Party) -> None:
    require(a == b, "everybody knows themselves alone")
    s.knows[a, b] = True


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(meet,),
    symmetric=(Party,),
    sizes={Party: 2},
)
