"""A step shows an effect if it comes to something else without it, and such steps are found."""

from collections.abc import Sequence

from checkers.conform.effects import Effects
from checkers.conform.stage import Stage
from checkers.lockstep.driver import Setup, nobody
from checkers.lockstep.run import Lockstep, Step
from spec.notation import Machine, Ordinal, action, require, state


class Level(Ordinal):
    pass


@state
class Lamp:
    lit: bool
    oil: Level


def init(s: Lamp) -> None:
    s.lit = False
    s.oil = Level(2)


def burn(s: Lamp) -> None:
    s.oil -= 1


@action
def light(s: Lamp) -> None:
    require(s.oil > 0, "there is oil")

    s.lit = True
    burn(s)


@action
def put_out(s: Lamp) -> None:
    s.lit = False
    s.lit = False


@action
def fill(s: Lamp) -> None:
    s.oil = Level(2)


lamp = Machine("lamp", Lamp, init, actions=[light, put_out, fill], sizes={Level: 3})


def effects(*ways: Sequence[str]) -> Effects[Lamp]:
    """Those of the lamp, once some ways are taken."""
    lockstep = Lockstep(lamp, Stage.of(lamp).setup(Setup(nobody)))
    found = Effects(lockstep)
    for way in ways:
        found.follow([step(name) for name in way])
    return found


def step(name: str) -> Step[Lamp]:
    return lamp.action(name), ()


def left(found: Effects[Lamp]) -> list[tuple[str, str]]:
    return [(effect.action.name, effect.said) for effect in found.left]


def test_an_effect_is_shown_where_it_changes_something() -> None:
    assert left(effects()) == [
        ("light", "s.lit = True"),
        ("light", "s.oil -= 1"),
        ("put_out", "s.lit = False"),
        ("put_out", "s.lit = False"),
        ("fill", "s.oil = Level(2)"),
    ]
    assert left(effects(["put_out"], ["fill"])) == left(effects())
    assert ("fill", "s.oil = Level(2)") not in left(effects(["light", "fill"]))
    assert [name for name, _ in left(effects(["light"]))] == ["put_out", "put_out", "fill"]


def test_what_is_written_twice_is_not_shown() -> None:
    assert left(effects(["light", "put_out", "fill"])) == [("put_out", "s.lit = False")] * 2


def test_ways_that_show_more_are_made_of_those_that_are_known() -> None:
    found = effects(["fill"], ["put_out"])
    ways = [*found.seek(100)]
    assert [[act.name for act, _ in way] for way in ways] == [["light"], ["light", "fill"]]
    assert left(found) == [("put_out", "s.lit = False")] * 2


def test_actions_that_are_dormant_have_no_effects() -> None:
    lockstep = Lockstep(lamp, Stage.of(lamp).setup(Setup(nobody)))
    assert {effect.action.name for effect in Effects(lockstep, dormant=["light"]).left} == {
        "put_out",
        "fill",
    }
