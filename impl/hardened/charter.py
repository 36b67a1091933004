"""The charter: what a hardened ledger's genesis says, for all its versions and for good."""

from collections.abc import Mapping, Sequence
from typing import Self

import attrs

from impl.hardened.fields import agree, by_party, numbers
from impl.hardened.phases import Phase
from impl.hardened.terms import ROUNDS
from impl.ledger.transaction import MalformedTransaction, check_fields, check_key
from spec.bytes.encoding import Value
from spec.bytes.suite import BLAKE3, SUITES, Suite

SHORTEST, LONGEST = 2, 1_000_000
"""Blocks of a window in which somebody must act, at least, and of any window, at most.

A phase begins somewhere within a block, and of that block nothing may be left: of a window of two,
one whole block is sure. A million blocks of a quarter of a minute are half a year, after which the
money of whoever waits is as good as lost."""

QUOTA = 1024
"""Small transactions of a party in a block; who serves more at once needs a larger one."""

HALVINGS = 20
"""How often a quarrel is halved at most: an executor has to follow a million operations in time."""


@attrs.frozen
class Charter:
    """What all parties of a ledger have agreed on before its first transaction.

    Attributes:
        purses: the money of each party; nobody else has an account.
        beacon: who announces the rounds of the beacon, by its public key.
        clock: who says that a block has passed, by its public key.
        windows: blocks that a request may stay in each phase.
        suite: how identifiers and chance are computed.
        witnesses: who signs what the node has signed, by their first public keys.
        quorum: how many of them make a head of that.
        quota: how many transactions of each party a block can have, since most are free, where one
            of many bytes or values counts as several (`pieces`); half of it a party keeps for
            answering in time.
        rounds: how often a quarrel is halved at most, with two windows each time, or an executor
            could not follow its own run in time.
    """

    purses: Mapping[bytes, int]
    beacon: bytes
    clock: bytes
    windows: Mapping[Phase, int]
    suite: Suite = BLAKE3
    witnesses: tuple[bytes, ...] = ()
    quorum: int = 0
    quota: int = QUOTA
    rounds: int = HALVINGS

    @property
    def shortest(self) -> int:
        """The blocks of the shortest window in which who has a part in a request must answer."""
        return min(self.windows[phase] for phase in _ANSWERED_IN)

    @property
    def agreeing(self) -> int:
        """The blocks in which all have to agree to a version that is proposed, or it is forgotten.

        They are as many as a request can take that is in each phase once.
        """
        return sum(self.windows.values())

    @property
    def patience(self) -> int:
        """The blocks after which what a node has not answered is as good as declined.

        The other half of that window is left, for what has to be said in time.
        """
        return self.shortest // 2

    def body(self) -> dict[str, Value]:
        """The charter as a genesis bears it."""
        return {
            "purses": [[party, money] for party, money in self.purses.items()],
            "beacon": self.beacon,
            "clock": self.clock,
            "windows": {phase.value: blocks for phase, blocks in self.windows.items()},
            "suite": self.suite.name,
            "witnesses": list(self.witnesses),
            "quorum": self.quorum,
            "quota": self.quota,
            "rounds": self.rounds,
        }

    @classmethod
    def parse(cls, value: Value) -> Self:
        """The charter that a genesis bears.

        Raises MalformedTransaction, naming the place, unless it can be kept: nobody begins with
        less than nothing, and whoever must act has the time.
        """
        check_fields(value, _TYPES, _PLACE)
        match value:
            case {
                "purses": list(purses),
                "beacon": bytes(beacon),
                "clock": bytes(clock),
                "windows": dict(windows),
                "suite": str(suite),
                "witnesses": list(witnesses),
                "quorum": int(quorum),
                "quota": int(quota),
                "rounds": int(rounds),
            }:
                check_fields(windows, {phase.value: int for phase in Phase}, f"{_PLACE}.windows")
                check_key(beacon, f"{_PLACE}.beacon")
                check_key(clock, f"{_PLACE}.clock")
                agree(suite in SUITES, f"{_PLACE}.suite: give one of {', '.join(SUITES)}")
                blocks = numbers(windows.values(), f"{_PLACE}.windows")
                charter = cls(
                    by_party(purses, int, f"{_PLACE}.purses"),
                    beacon,
                    clock,
                    dict(zip(map(Phase, windows), blocks, strict=True)),
                    SUITES[suite],
                    _parse_witnesses(witnesses),
                    quorum,
                    quota,
                    rounds,
                )
                charter._check()
                return charter
        raise MalformedTransaction(f"{_PLACE}: not the fields that were checked")

    def _check(self) -> None:
        least = min(self.purses.values(), default=0)
        agree(least >= 0, f"{_PLACE}.purses: a purse is negative: give 0 or more")
        for phase, blocks in self.windows.items():
            shortest = SHORTEST if phase in _ACTED_IN else 0
            agree(
                shortest <= blocks <= LONGEST,
                f"{_PLACE}.windows.{phase.value}: give {shortest} to {LONGEST} blocks",
            )
        agree(
            self.quota > 1,
            f"{_PLACE}.quota: nobody could answer in time beside saying anything: give 2 or more",
        )
        agree(0 <= self.rounds <= ROUNDS, f"{_PLACE}.rounds: give 0 to {ROUNDS}")
        many = len(self.witnesses)
        agree(
            many < 2 * self.quorum <= 2 * many or self.quorum == many == 0,
            f"{_PLACE}.quorum: give more than half of the {many} witnesses, or two heads can differ"
            " and nobody has signed both",
        )


def _parse_witnesses(keys: Sequence[Value]) -> tuple[bytes, ...]:
    place = f"{_PLACE}.witnesses"
    found = [key for key in keys if isinstance(key, bytes)]
    agree(len(keys) == len({*found}), f"{place}: give each once, by its public key")
    for key in found:
        check_key(key, place)
    return tuple(found)


_PLACE = "genesis.agreed"
# In these, who has a part in a request must answer, or lose; in ROUTED somebody is drawn, and
# in SETTLED and REFUNDED others can still complain.
_ANSWERED_IN = (
    Phase.WORK,
    Phase.DEMANDED,
    Phase.PUBLISHED,
    Phase.WINDOW,
    Phase.DISPUTED,
    Phase.NARROWED,
)
_ACTED_IN = (Phase.ROUTED, *_ANSWERED_IN, Phase.SETTLED, Phase.REFUNDED)
_TYPES: Mapping[str, type] = {
    "purses": list,
    "beacon": bytes,
    "clock": bytes,
    "windows": dict,
    "suite": str,
    "witnesses": list,
    "quorum": int,
    "quota": int,
    "rounds": int,
}
