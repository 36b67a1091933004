"""What fills a map reads what that held before: planted, a run on plain values did not."""

from tallystick import Machine, Map, action, not_, state


@state
class World:
    held: Map[bool, bool]


def init(s: World) -> None:
    s.held.fill_by(lambda k: k)


@action
def swap(s: World) -> None:
    s.held.fill_by(lambda k: s.held[not_(k)])


def never_the_first(s: World) -> bool:
    return not_(s.held[False])


machine = Machine(
    name="machine", state=World, init=init, actions=(swap,), refuted=(never_the_first,)
)
