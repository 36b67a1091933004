"""A sum after two writes to one key has the second: planted, a proof added both."""

from tallystick import Machine, Map, Ordinal, Sort, action, require, state, total


class Party(Sort):
    pass


class Amount(Ordinal):
    pass


@state
class World:
    paid: Map[Party, Amount]


def init(s: World) -> None:
    s.paid.fill(Amount(0))


@action
def pay(s: World, p: Party) -> None:
    require(total(s.paid) == 0, "nothing is paid")
    s.paid[p] = Amount(1)
    s.paid[p] = Amount(2)


def is_not_two(s: World) -> bool:
    return total(s.paid) != 2


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(pay,),
    always=(is_not_two,),
    sizes={Party: 2, Amount: 3},
)
