"""What is agreed about a version: its terms."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Self

import attrs

from impl.hardened.fields import agree, by_party, numbers
from impl.ledger.transaction import MalformedTransaction, check_fields
from spec.bytes.encoding import Value, encode
from spec.bytes.merkle import bound_root

ROUNDS = 28
"""How often a quarrel can be halved at most: whoever runs a step again has to have room for it."""


@attrs.frozen
class Terms:
    """All that is agreed about a version of an API.

    Attributes:
        number: the version's, among those of the API.
        shares: the contributors, with hundredths of what is earned.
        steps: the holders of each step, with the leaves that bind their components.
        spares: how many holders of a step may fail before a request does.
        costs: what the steps from each one on, and then the providers, are paid.
        stake: what an executor puts up for a step.
        toll: what it costs to demand data or to dispute.
        rounds: how often a quarrel about each step is halved until it is about one row.
    """

    api: str
    number: int
    provider: bytes
    shares: Mapping[bytes, int]
    steps: Sequence[Mapping[bytes, bytes]]
    spares: int
    costs: Sequence[int]
    stake: int
    toll: int
    rounds: Sequence[int]

    @property
    def price(self) -> int:
        """What a consumer pays for a request."""
        return self.costs[0]

    def wage(self, step: int) -> int:
        """What the executor of a step is paid."""
        return self.costs[step] - self.costs[step + 1]

    def holders(self, step: int) -> Sequence[bytes]:
        """Who holds a step; nobody holds one that the version does not have."""
        return list(self.steps[step]) if 0 <= step < len(self.steps) else []

    @property
    def root(self) -> bytes:
        """What binds all this: the version's name on the ledger, and what its providers sign.

        The first leaf of the tree is all but the holders' leaves, which follow in order.
        """
        head = self.body() | {"steps": [list(holders) for holders in self.steps]}
        leaves = [bound for holders in self.steps for bound in holders.values()]
        return bound_root([encode(head), *leaves])

    def body(self) -> dict[str, Value]:
        """The terms as a transaction bears them."""
        return {
            "api": self.api,
            "number": self.number,
            "provider": self.provider,
            "shares": [[party, percent] for party, percent in self.shares.items()],
            "steps": [[[v, bound] for v, bound in holders.items()] for holders in self.steps],
            "spares": self.spares,
            "costs": list(self.costs),
            "stake": self.stake,
            "toll": self.toll,
            "rounds": list(self.rounds),
        }

    @classmethod
    def parse(cls, value: Value) -> Self:
        """The terms that a transaction bears.

        Raises MalformedTransaction unless they can be kept: there are holders enough for every
        step, money enough for every payment, and whoever makes others demand can pay for it.
        """
        check_fields(value, _TERMS, _PLACE)
        match value:
            case {
                "api": str(api),
                "number": int(number),
                "provider": bytes(provider),
                "shares": list(shares),
                "steps": list(steps),
                "spares": int(spares),
                "costs": list(costs),
                "stake": int(stake),
                "toll": int(toll),
                "rounds": list(rounds),
            }:
                terms = cls(
                    api,
                    number,
                    provider,
                    by_party(shares, int, f"{_PLACE}.shares"),
                    [by_party(holders, bytes, f"{_PLACE}.steps") for holders in steps],
                    spares,
                    numbers(costs, f"{_PLACE}.costs"),
                    stake,
                    toll,
                    numbers(rounds, f"{_PLACE}.rounds"),
                )
                terms._check()
                return terms
        raise MalformedTransaction(f"{_PLACE}: not the fields that were checked")

    def _check(self) -> None:
        costs, shares = self.costs, self.shares.values()
        fewest = min(map(len, self.steps), default=0)
        alone = [self.number, self.spares, self.stake, self.toll]
        _agree(
            min([*alone, *costs, *self.rounds, *shares]) >= 0,
            ": a number is negative: give 0 or more",
        )
        _agree(fewest > 0, ".steps: a step that nobody holds, or no step: give each a holder")
        _agree(self.spares < fewest, f".spares: a step has {fewest} holders: give fewer spares")
        _agree(len(costs) == len(self.steps) + 1, ".costs: give one for each step and one more")
        _agree(all(b <= a for a, b in pairwise(costs)), ".costs: they grow: sort them")
        _agree(self.toll <= self.price, ".toll: above the price: give less")
        _agree(self.price + self.toll <= self.stake, ".stake: below price and toll: give both")
        _agree(len(self.rounds) == len(self.steps), ".rounds: give one for each step")
        _agree(max(self.rounds) <= ROUNDS, f".rounds: more than {ROUNDS}: give less")
        _agree(self.toll > 0, ".toll: nothing: give 1 or more, or disputes are free")
        _agree(
            all(set(holders) != {self.provider} for holders in self.steps),
            ".steps: only the provider holds one, and nobody could check it: give another holder",
        )
        _agree(sum(shares) <= 100, ".shares: more than 100 together: give less")


_PLACE = "transaction.body.terms"
_TERMS: Mapping[str, type] = {
    "api": str,
    "number": int,
    "provider": bytes,
    "shares": list,
    "steps": list,
    "spares": int,
    "costs": list,
    "stake": int,
    "toll": int,
    "rounds": list,
}


def _agree(condition: bool, problem: str) -> None:
    agree(condition, f"{_PLACE}{problem}")
