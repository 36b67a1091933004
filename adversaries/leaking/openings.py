"""What an operation that a quarrel shows tells of the numbers beside it.

Its witness has the hash of the next leaf, of values and of weights, with all but one number of each
known to an onlooker already, who tries what that one may be.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs
import numpy as np

from adversaries.leaking.leakage import Leakage, Row, Tell, silent
from adversaries.leaking.paths import Path
from impl.quarrel.blocks import appended, block_size, packed
from impl.quarrel.outline import parameters
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion, salts_of
from impl.quarrel.step import Witness
from spec.bytes.encoding import encode
from spec.bytes.merkle import leaf_hash

NUMBERS = 2**15  # a quantised weight or activation is mostly smaller than that

What: TypeAlias = Literal["value", "weight"]


@attrs.frozen(kw_only=True)
class Beside(Row):
    """Whether a number beside those that are shown is found.

    Attributes:
        what: the number is.
        guesses: that are tried, of which one is right.
        found: whether one of them opens the hash.
    """

    what: What
    guesses: int
    found: bool

    def __str__(self) -> str:
        return f"{self.what}, {self.guesses:,} guesses"

    @property
    def shares(self) -> Mapping[str, float]:
        return {"found": float(self.found), "guessed": 1 / self.guesses}


def openings(known: bool = False, seed: int = 0, tell: Tell = silent) -> Leakage:
    """An operation of the first layer of a network on an ordinary input.

    Args:
        known: whether the onlooker knows both secrets from which the salts follow.
        seed: of the network, and of secrets.
        tell: is told what is under way.
    """
    tell("openings of an operation")
    rng = np.random.default_rng(seed)
    path = Path.of((1, 1, 1), seed)
    first, row = path.parts[0], path.traffic[:1]
    run = Run.of(rng.bytes(SALT) + first.canonical(), rng.bytes(SALT) + encode(row), Occasion())
    multiplies = row.size + 1  # each number is checked, and the first sum begins with its bias
    shown = Witness.parse(run.witness(multiplies, (None, 0))).step
    assert shown is not None
    kinds: tuple[What, What] = "value", "weight"
    rows = []
    for what, secret, block, numbers in zip(
        kinds,
        (run.salt, run.secret),
        shown.read,
        (row.ravel(), parameters(run.component)),
        strict=True,
    ):
        size = block_size(numbers.size)
        _, salt = salts_of(secret, 2) if known else (b"", bytes(SALT))
        rest = salt + packed(numbers[size : 2 * size - 1])
        guesses = {leaf_hash(appended(number, rest)) for number in range(-NUMBERS, NUMBERS)}
        rows.append(Beside(what=what, guesses=2 * NUMBERS, found=block.proof[0] in guesses))
    found = [row.what for row in rows if row.found]
    return Leakage(
        rows,
        f"{2 * NUMBERS:,} guesses each find {len(found)} of {len(rows)} numbers in the blocks "
        "beside those that are shown",
        [] if known else [f"the {what} beside is found" for what in found],
    )
