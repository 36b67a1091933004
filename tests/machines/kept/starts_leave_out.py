"""Gone on with from a folder, what `init` and an assumption name past the sizes was forgotten."""

from tallystick import Fun, Machine, Ordinal, action, require, state


class Level(Ordinal):
    pass


@state
class World:
    level: Level
    told: bool
    least: Fun[[bool], Level]


def init(s: World) -> None:
    require(s.level != 5, "it does not start at five")
    s.told = False


@action
def tell(s: World) -> None:
    s.told = True


def not_six(s: World) -> bool:
    return s.least(True) != 6


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(tell,),
    assumptions=(not_six,),
    sizes={Level: 3},
)
