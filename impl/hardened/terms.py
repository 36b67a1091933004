"""What is agreed: the terms of a version, and what stands before the first transaction."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Self, TypeVar

import attrs

from impl.hardened.phases import Phase
from impl.ledger.transaction import MalformedTransaction, check_fields
from spec.bytes.encoding import Value, encode
from spec.bytes.merkle import bound_root
from spec.bytes.suite import BLAKE3, Suite

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
        windows: blocks that a request may stay in each phase.
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
    windows: Mapping[Phase, int]

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
            "windows": {phase.value: blocks for phase, blocks in self.windows.items()},
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
                "windows": dict(windows),
            }:
                check_fields(windows, {phase.value: int for phase in Phase}, f"{_PLACE}.windows")
                terms = cls(
                    api,
                    number,
                    provider,
                    _by_party(shares, int, "shares"),
                    [_by_party(holders, bytes, "steps") for holders in steps],
                    spares,
                    _numbers(costs, "costs"),
                    stake,
                    toll,
                    _numbers(rounds, "rounds"),
                    dict(
                        zip(map(Phase, windows), _numbers(windows.values(), "windows"), strict=True)
                    ),
                )
                terms._check()
                return terms
        raise MalformedTransaction(f"{_PLACE}: not the fields that were checked")

    def _check(self) -> None:
        costs, shares, windows = self.costs, self.shares.values(), self.windows
        fewest = min(map(len, self.steps), default=0)
        alone = [self.number, self.spares, self.stake, self.toll]
        numbers = [*alone, *costs, *self.rounds, *shares, *windows.values()]
        _agree(min(numbers) >= 0, ": a number is negative: give 0 or more")
        _agree(fewest > 0, ".steps: a step that nobody holds, or no step: give each a holder")
        _agree(self.spares < fewest, f".spares: a step has {fewest} holders: give fewer spares")
        _agree(len(costs) == len(self.steps) + 1, ".costs: give one for each step and one more")
        _agree(all(b <= a for a, b in pairwise(costs)), ".costs: they grow: sort them")
        _agree(self.toll <= min(self.stake, self.price), ".toll: above stake or price: give less")
        _agree(len(self.rounds) == len(self.steps), ".rounds: give one for each step")
        _agree(max(self.rounds) <= ROUNDS, f".rounds: more than {ROUNDS}: give less")
        _agree(self.toll > 0, ".toll: nothing: give 1 or more, or disputes are free")
        _agree(all(windows[p] for p in _ACTED_IN), ".windows: one is too short to act in: give 1")
        _agree(
            all(set(holders) != {self.provider} for holders in self.steps),
            ".steps: only the provider holds one, and nobody could check it: give another holder",
        )
        _agree(sum(shares) <= 100, ".shares: more than 100 together: give less")


_PLACE = "transaction.body.terms"
# In these somebody must act, or lose; in SETTLED others can still complain.
_ACTED_IN = (
    Phase.ROUTED,
    Phase.WORK,
    Phase.DEMANDED,
    Phase.PUBLISHED,
    Phase.WINDOW,
    Phase.DISPUTED,
    Phase.NARROWED,
    Phase.SETTLED,
)
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
    "windows": dict,
}
T = TypeVar("T")


def _agree(condition: bool, problem: str) -> None:
    if not condition:
        raise MalformedTransaction(f"{_PLACE}{problem}")


def _by_party(pairs: Value, kind: type[T], field: str) -> dict[bytes, T]:
    """What pairs say of each party."""
    _agree(isinstance(pairs, list), f".{field}: give lists of pairs")
    assert isinstance(pairs, list)  # as just seen
    found = {}
    for pair in pairs:
        match pair:
            case [bytes(party), value] if type(value) is kind and party not in found:
                found[party] = value
            case _:
                raise MalformedTransaction(
                    f"{_PLACE}.{field}: give each party once, with a value of type {kind.__name__}"
                )
    return found


def _numbers(values: Iterable[Value], field: str) -> list[int]:
    found = [value for value in values if type(value) is int]
    _agree(len(found) == len(list(values)), f".{field}: give integers")
    return found


@attrs.frozen
class Genesis:
    """What stands before the first transaction.

    Attributes:
        ledger: the ledger's name.
        purses: the money of each party.
        beacon: who announces the rounds of the beacon, by its public key.
        clock: who says that a block has passed, by its public key.
        suite: how identifiers and chance are computed.
    """

    ledger: str
    purses: Mapping[bytes, int]
    beacon: bytes
    clock: bytes
    suite: Suite = BLAKE3
