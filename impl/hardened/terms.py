"""What is agreed about a version: its terms."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Self

import attrs

from impl.hardened.fields import agree, by_party, numbers
from impl.ledger.limits import BYTES
from impl.ledger.transaction import MalformedTransaction, check_fields, check_key
from spec.bytes.encoding import Value, encode
from spec.bytes.merkle import bound_root

NUMBER, ROOM, NAME = 8, 1 << 15, 256
"""Bytes of a number as it travels, of all else in a transaction that bears data, and of a name."""
OPENING, OUTLINE = BYTES - ROOM // 2, ROOM // 4
"""Bytes of what opens a commitment at most, or nobody could pass it on beside what else is to be
said, and so of the outline of a component."""
DIGEST = 32
"""Bytes of a digest."""
AT_ONCE = (BYTES - ROOM) // (2 * NUMBER)
"""Numbers that go into a step at most, over all rows: as many rounds are enough for nearly twice as
many rows, and it has to fit a transaction."""
STATEMENT = OUTLINE + 1024
"""Bytes of what an executor states of its step at most: an outline, and digests."""
ROUNDS = 28
"""How often a quarrel can be halved at most: whoever runs a step again has to have room for it."""


@attrs.frozen
class Part:
    """What is agreed about a step: who hands its component over, to whom, and which that is.

    Attributes:
        provider: the contributor whose component it is, and who shows it to nobody else (III.E).
        holders: who is handed it.
        bound: the leaf that binds it, the same for all of them.
    """

    provider: bytes
    holders: tuple[bytes, ...]
    bound: bytes

    @property
    def body(self) -> list[Value]:
        """The part as it is encoded."""
        return [self.provider, list(self.holders), self.bound]

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The part that a body bears. Raises MalformedTransaction."""
        match body:
            case [bytes(provider), [*held], bytes(bound)]:
                holders = [holder for holder in held if isinstance(holder, bytes)]
                _agree(len(held) == len({*holders}), ".steps: give each holder once, by its key")
                for holder in holders:
                    check_key(holder, f"{_PLACE}.steps")
                _agree(len(bound) == DIGEST, f".steps: give a leaf of {DIGEST} bytes")
                return cls(provider, tuple(holders), bound)
        raise MalformedTransaction(f"{_PLACE}.steps: give lists of provider, holders and leaf")


@attrs.frozen
class Terms:
    """All that is agreed about a version of an API.

    Attributes:
        number: the version's, among those of the API.
        shares: the contributors, with hundredths of what is earned.
        steps: each step's part of the model.
        rows: how many rows an input has at most.
        widths: how many numbers a row has, of what goes into each step, and of the output.
        spares: how many holders of a step may fail before a request does.
        costs: what the steps from each one on, and then the providers, are paid.
        stake: what an executor puts up for a step.
        toll: what it costs to demand data or to dispute.
        rounds: how often a quarrel about each step is halved until it is about one row.
        face: the digest of what consumers see of the model; of no bytes, if that is left open.
    """

    api: str
    number: int
    provider: bytes
    shares: Mapping[bytes, int]
    steps: Sequence[Part]
    rows: int
    widths: Sequence[int]
    spares: int
    costs: Sequence[int]
    stake: int
    toll: int
    rounds: Sequence[int]
    face: bytes = b""

    @property
    def price(self) -> int:
        """What a consumer pays for a request."""
        return self.costs[0]

    def wage(self, step: int) -> int:
        """What the executor of a step is paid."""
        return self.costs[step] - self.costs[step + 1]

    def holders(self, step: int) -> Sequence[bytes]:
        """Who holds a step; nobody holds one that the version does not have."""
        return self.steps[step].holders if 0 <= step < len(self.steps) else []

    def contributor(self, step: int) -> bytes:
        """Who hands over a step's component; where there is no such step, the provider."""
        return self.steps[step].provider if 0 <= step < len(self.steps) else self.provider

    def fits(self, shape: Sequence[int], step: int) -> bool:
        """Whether a tensor of a shape is what the version states of what goes into a step.

        At one past the last, of the output. What does not fit, a component need not take, and
        nothing comes of it.
        """
        match shape:
            case [rows, width]:
                return 1 <= rows <= self.rows and width == self.widths[step]
        return False

    @property
    def root(self) -> bytes:
        """What binds all this: the version's name on the ledger, and what its providers sign.

        The first leaf of the tree is all but the steps' leaves, which follow in order.
        """
        head = self.body() | {"steps": [[part.provider, [*part.holders]] for part in self.steps]}
        return bound_root([encode(head), *(part.bound for part in self.steps)])

    def body(self) -> dict[str, Value]:
        """The terms as a transaction bears them."""
        return {
            "api": self.api,
            "number": self.number,
            "provider": self.provider,
            "shares": [[party, percent] for party, percent in self.shares.items()],
            "steps": [part.body for part in self.steps],
            "rows": self.rows,
            "widths": list(self.widths),
            "spares": self.spares,
            "costs": list(self.costs),
            "stake": self.stake,
            "toll": self.toll,
            "rounds": list(self.rounds),
            "face": self.face,
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
                "rows": int(rows),
                "widths": list(widths),
                "spares": int(spares),
                "costs": list(costs),
                "stake": int(stake),
                "toll": int(toll),
                "rounds": list(rounds),
                "face": bytes(face),
            }:
                terms = cls(
                    api,
                    number,
                    provider,
                    by_party(shares, int, f"{_PLACE}.shares"),
                    [Part.parse(part) for part in steps],
                    rows,
                    numbers(widths, f"{_PLACE}.widths"),
                    spares,
                    numbers(costs, f"{_PLACE}.costs"),
                    stake,
                    toll,
                    numbers(rounds, f"{_PLACE}.rounds"),
                    face,
                )
                terms._check()
                return terms
        raise MalformedTransaction(f"{_PLACE}: not the fields that were checked")

    def _check(self) -> None:
        costs, shares = self.costs, self.shares.values()
        fewest = min((len(part.holders) for part in self.steps), default=0)
        alone = [self.number, self.spares, self.stake, self.toll]
        _agree(
            min([*alone, *costs, *self.rounds, *shares]) >= 0,
            ": a number is negative: give 0 or more",
        )
        _agree(fewest > 0, ".steps: a step that nobody holds, or no step: give each a holder")
        _agree(self.spares < fewest, f".spares: a step has {fewest} holders: give fewer spares")
        _agree(self.rows > 0, ".rows: none: give 1 or more")
        _agree(
            len(self.widths) == len(self.steps) + 1, ".widths: give one for each step and one more"
        )
        _agree(min(self.widths) > 0, ".widths: nothing goes from step to step: give 1 or more")
        fits = self.rows * max(self.widths) <= AT_ONCE
        _agree(fits, f".rows: with their widths they are above {BYTES} bytes: give fewer")
        _agree(len(self.api.encode()) <= NAME, f".api: above {NAME} bytes: give a shorter one")
        _agree(len(costs) == len(self.steps) + 1, ".costs: give one for each step and one more")
        _agree(all(b <= a for a, b in pairwise(costs)), ".costs: they grow: sort them")
        _agree(self.toll <= self.price, ".toll: above the price: give less")
        _agree(self.price + self.toll <= self.stake, ".stake: below price and toll: give both")
        _agree(len(self.rounds) == len(self.steps), ".rounds: give one for each step")
        _agree(len(self.face) in (0, DIGEST), f".face: give a digest of {DIGEST} bytes, or none")
        _agree(max(self.rounds) <= ROUNDS, f".rounds: more than {ROUNDS}: give less")
        _agree(self.toll > 0, ".toll: nothing: give 1 or more, or disputes are free")
        _agree(
            all({*part.holders} != {part.provider} for part in self.steps),
            ".steps: only its provider holds one, and nobody could check it: give another holder",
        )
        _agree(
            {part.provider for part in self.steps} <= {self.provider, *self.shares},
            ".steps: a part of somebody who does not contribute: give a share, even of 0",
        )
        _agree(sum(shares) <= 100, ".shares: more than 100 together: give less")


_PLACE = "transaction.body.terms"
_TERMS: Mapping[str, type] = {
    "api": str,
    "number": int,
    "provider": bytes,
    "shares": list,
    "steps": list,
    "rows": int,
    "widths": list,
    "spares": int,
    "costs": list,
    "stake": int,
    "toll": int,
    "rounds": list,
    "face": bytes,
}


def _agree(condition: bool, problem: str) -> None:
    agree(condition, f"{_PLACE}{problem}")
