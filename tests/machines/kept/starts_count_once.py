"""A start was generated once for each choice of what `init` left alone before it wrote it."""

from tallystick import Machine, Map, action, state


@state
class Chosen:
    held: Map[bool, bool]


def init(s: Chosen) -> None:
    s.held.fill_by(lambda k: s.held[k] & k)


@action
def turn(s: Chosen, k: bool) -> None:
    s.held[k] = s.held[False] | k


machine = Machine(name="machine", state=Chosen, init=init, actions=(turn,))
