"""Die Hard: four gallons of water are wanted, with a jug for five, a jug for three and a tap.

After the TLA+ specification DieHard of Lamport, as in the tlaplus/Examples collection,
specifications/DieHard. The solution is a counterexample to the claim that there is none.
"""

from spec.notation import Machine, Ordinal, action, any_of, ite, size, state


class Big(Ordinal):
    """Gallons in the big jug; its size is one more than the jug holds."""


class Small(Ordinal):
    """Gallons in the small jug; its size is one more than the jug holds."""


@state
class DieHard:
    big: Big
    small: Small


def least(a: int, b: int) -> int:
    """The lesser of two numbers."""
    return ite(a < b, a, b)


def init(s: DieHard) -> None:
    s.big = Big(0)
    s.small = Small(0)


@action
def fill_big(s: DieHard) -> None:
    """The big jug is filled from the tap."""
    s.big = size(Big) - 1


@action
def fill_small(s: DieHard) -> None:
    """The small jug is filled from the tap."""
    s.small = size(Small) - 1


@action
def empty_big(s: DieHard) -> None:
    """The big jug is poured out."""
    s.big = Big(0)


@action
def empty_small(s: DieHard) -> None:
    """The small jug is poured out."""
    s.small = Small(0)


@action
def pour_into_big(s: DieHard) -> None:
    """The small jug is poured into the big one, until that is full or this is empty."""
    poured = least(s.small, size(Big) - 1 - s.big)
    s.big += poured
    s.small -= poured


@action
def pour_into_small(s: DieHard) -> None:
    """The big jug is poured into the small one, until that is full or this is empty."""
    poured = least(s.big, size(Small) - 1 - s.small)
    s.small += poured
    s.big -= poured


def one_is_full_or_empty(s: DieHard) -> bool:
    """Nothing is ever poured by eye: one of the jugs is full or empty."""
    return any_of(s.big == 0, s.big == size(Big) - 1, s.small == 0, s.small == size(Small) - 1)


def never_four_gallons(s: DieHard) -> bool:
    """The big jug never holds four gallons."""
    return s.big != 4


die_hard = Machine(
    name="die_hard",
    state=DieHard,
    init=init,
    actions=(fill_big, fill_small, empty_big, empty_small, pour_into_big, pour_into_small),
    always=(one_is_full_or_empty,),
    refuted=(never_four_gallons,),
    sizes={Big: 6, Small: 4},
)
