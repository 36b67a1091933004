"""A network and a node that are against everybody harm nobody, as long as what is said is heard.

For how long it may be left unheard is an assumption, and somebody honest is convicted without it.
"""

from collections.abc import Sequence

import attrs
import pytest

from adversaries.strategies.hardened.around import (
    ANNOUNCED,
    ANYBODY,
    APPENDS,
    FATES,
    NETWORK,
    NODE,
    ORDERS,
    PATIENCE,
    SHOWN,
)
from adversaries.strategies.hardened.wild import FORK
from adversaries.strategies.hardened.world import EVERYBODY, World
from adversaries.strategies.will import Scripted, Will
from checkers.market.corrupt import Walk, happened
from impl.hardened.market import WINDOW
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

LOST = [*FATES].index("is lost")
AGAINST = World(frozenset({NODE, NETWORK}), ("network",), 2, 0, is_disordered=False)


@attrs.define
class Bent(Will):
    """Makes moves of some names, wherever there are any."""

    names: frozenset[object]

    @classmethod
    def on(cls, *names: str | bool) -> "Bent":
        return cls(frozenset(names))

    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        named = (n for n, move in enumerate(moves) if isinstance(move, str | bool))
        return next((n for n in named if moves[n] in self.names), 0)


def lived(world: World, will: Will) -> Walk:
    """What came of a world in which nobody has to complain."""
    walk = Walk()
    assert happened(world, will, walk) == []
    return walk


ALWAYS = [move for moves in (FATES, APPENDS, ORDERS, ANNOUNCED, SHOWN) for move in [*moves][1:]]


@pytest.mark.parametrize("move", some_full([*ALWAYS, ANYBODY], ALWAYS[::2]))
def test_whatever_they_always_do_nobody_has_to_complain(move: str) -> None:
    will = Bent.on(move)
    reached = lived(AGAINST, will).reached
    assert will.strategy
    assert (reached["request settled"] > 0) is (move != "is lost")  # nobody has a component then


def test_all_of_it_at_once_makes_nobody_complain() -> None:
    worst = "arrives a window later", "in the end", ANYBODY, "endings first", "another one"
    assert lived(AGAINST, Bent.on(*worst)).reached["demand appended"] > 0


def test_what_is_lost_is_demanded() -> None:
    """All but what the provider says, without which nobody has a component."""
    others = EVERYBODY.keys() - {"provider"}
    lost = {f"{NETWORK} {one} to {other}": LOST for one in others for other in EVERYBODY}
    reached = lived(AGAINST, Scripted(lost)).reached
    assert reached["demand appended"] > 0
    assert reached["request settled"] > 0


@pytest.mark.parametrize(
    ("who", "convicted"), [("vendor0", "vendor: show_fork"), (NODE, "node: show_fork")]
)
def test_who_signs_two_histories_is_convicted_and_nobody_else(who: str, convicted: str) -> None:
    """By an outsider, to whom it has given both."""
    coalition = sorted({who, "outsider"})
    at, before_last = "@3 outsider", -2
    said = {f"{at} more0?": 1, f"{at} more0": before_last, f"{at} {FORK}": coalition.index(who)}
    world = attrs.evolve(AGAINST, corrupted=frozenset(coalition))
    assert lived(world, Scripted(said)).convicted == {convicted: 1}


def test_what_is_refused_at_the_end_of_a_block_is_said_in_the_next() -> None:
    """The market does not come to rest before, though nobody does anything in between."""
    backwards = {f"@0 {NODE} appends": 1, f"@0 {NODE} orders": ORDERS.index("backwards")}
    assert lived(AGAINST, Scripted(backwards)).reached["request settled"] > 0


def test_what_waits_for_its_turn_is_left_out_for_no_longer_than_anything() -> None:
    """Or who says much is slow, takes nothing on, and keeps others from what they paid for."""
    corrupted = frozenset({NODE, "client", "partner"})
    apis = ("network", "formula")
    slow = World(corrupted, apis, 2, 2992958331, True, patience=1, holders=1, share=0)
    reached = lived(slow, Scripted({f"{NODE} leaves out": 1})).reached  # anybody
    assert reached["request settled"] == 8


def test_a_window_is_long_enough_for_what_a_node_leaves_out() -> None:
    assert 2 * (2 * PATIENCE + 1) <= WINDOW


def test_who_is_left_out_for_longer_is_convicted_without_fault() -> None:
    """From the block on in which it has taken on a step."""
    vendor = 3  # after nobody, anybody and the provider
    hushed = {f"@{block} {NODE} leaves out": vendor for block in range(8, 80)}
    slow = {f"@{block} {NODE} appends": APPENDS.index("in the end") for block in range(80)}
    deaf = attrs.evolve(AGAINST, patience=2 * WINDOW)
    assert happened(AGAINST, Scripted(hushed | slow)) == []
    assert "vendor0 is convicted" in happened(deaf, Scripted(hushed | slow))
