"""Who is corrupted in a market of the paper's, how it goes on, and what anybody can lose."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Literal, TypeAlias, TypeVar

import attrs

from adversaries.strategies.paper.wild import Coalition, Wild
from impl.ledger.transaction import Refused
from impl.paper.member import Member

M = TypeVar("M", bound=Member)

Variant: TypeAlias = Literal["basic", "orchestrated"]
ROUNDS = 40
"""In how many rounds all is over, at most."""
IDLE = 2
"""After how many rounds in which nothing happens nothing will, though one thing is put off."""
WORDS = (1, 4)
"""The rounds after which corrupted parties have a word of their own, as they have at the end."""

UNANSWERED, DECEIVED = "is not answered", "is answered wrongly"
UNPAID, COPIED = "worked for nothing", "is not told who else is served"
"""What can happen to parties."""


@attrs.frozen
class World:
    """A market, and who is corrupted in it.

    Attributes:
        variant: the protocol.
        corrupted: those who belong to the coalition, by name.
        requests: how many inputs the consumer asks for.
        picks: which vendor chance has execute each step, where there is a choice.
    """

    variant: Variant
    corrupted: frozenset[str]
    requests: int = 1
    picks: tuple[int, int] = (0, 1)

    def cast(
        self, roles: Mapping[str, tuple[type[M], type[M]]], coalition: Coalition
    ) -> dict[str, type[M]]:
        """Who takes part: of each role somebody honest, or somebody of the coalition.

        Args:
            roles: by name, how honest parties and corrupted ones play it.
            coalition: what the corrupted ones have in common.
        """
        bound = {"coalition": coalition}
        return {
            name: type(wild.__name__, (wild,), bound) if name in self.corrupted else honest
            for name, (honest, wild) in roles.items()
        }


@attrs.frozen
class Harm:
    """What somebody honest lost.

    Attributes:
        party: who.
        what: what happened to it.
        is_repaid: whether it has its money back.
    """

    party: str
    what: str
    is_repaid: bool = False

    def __str__(self) -> str:
        return f"{self.party} {self.what}"


def live(members: Collection[M], act: Callable[[M], bool]) -> None:
    """Let everybody act, round after round, until nothing happens any more.

    Args:
        members: the parties.
        act: has one of them do what is due; whether anything was. It may raise Refused.
    """
    idle = 0
    for number in range(ROUNDS):
        happened = [member for member in members if _is_done(member, act)]
        if number in WORDS:
            have_a_word(members, f"in round {number}")
        idle = 0 if happened else idle + 1
        if idle > IDLE:
            return


def have_a_word(members: Collection[Member], moment: str) -> None:
    """Let those who are corrupted do something of their own accord."""
    for member in members:
        if isinstance(member, Wild):
            with suppress(Refused):
                member.do_more(moment)


def _is_done(member: M, act: Callable[[M], bool]) -> bool:
    with suppress(Refused):
        return act(member)
    return False
