"""What is kept only with what is lost is lost too: planted, it was proved."""

from tallystick import Machine, action, not_, state


@state
class World:
    warned: bool
    hurt: bool


def init(s: World) -> None:
    s.warned = False
    s.hurt = False


@action
def warn(s: World) -> None:
    s.warned = True


@action
def hurt(s: World) -> None:
    s.hurt = s.warned


def nobody_is_hurt(s: World) -> bool:
    return not_(s.hurt)


def nobody_is_warned(s: World) -> bool:
    return not_(s.warned)


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(warn, hurt),
    always=(nobody_is_hurt,),
    lemmas=(nobody_is_warned,),
)
