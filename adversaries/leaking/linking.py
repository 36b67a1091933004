"""Whether a ledger shows that two APIs share components.

Both register the same parts but for the last one. An onlooker compares what they registered; and it
holds the second's parts itself, and tries whether the first registered these.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs
import numpy as np

from adversaries.leaking.formulas import FORMULAS, cut
from adversaries.leaking.leakage import Leakage, Row, Tell, silent
from adversaries.leaking.paths import Path
from adversaries.leaking.shares import Ensemble
from impl.hardened.digests import leaf
from impl.models.component import Component
from impl.quarrel.outline import Outline
from impl.quarrel.salts import SALT, leaf_salt

PARTS = 3
Kind: TypeAlias = Literal["network", "forest", "boosting", "formula"]


@attrs.frozen(kw_only=True)
class Linked(Row):
    """What two APIs are seen to share.

    Attributes:
        kind: of the models.
        salted: whether leaves with a secret of each holder are registered, or digests.
        shared: the parts that they share.
        linked: those of which the ledger shows it.
    """

    kind: Kind
    salted: bool
    shared: int
    linked: int

    def __str__(self) -> str:
        return f"{self.kind}, {'leaves' if self.salted else 'digests'}"

    @property
    def shares(self) -> Mapping[str, float]:
        return {"linked": self.linked / self.shared}


def parts_of(kind: Kind, seed: int) -> Sequence[Component]:
    """The parts of a model of a kind."""
    match kind:
        case "network":
            return Path.of((1,) * PARTS, seed).parts
        case "formula":
            return cut(FORMULAS["ratio"])
    return Ensemble.of(kind, PARTS, seed).parts


def other(part: Component) -> Component:
    """A part of the same program with other numbers."""
    *constants, last = part.constants
    return attrs.evolve(part, constants=(*constants, last.astype(np.int64) + 1))


def registered(api: str, parts: Sequence[Component], secrets: Sequence[bytes]) -> list[bytes]:
    """The leaves of an API's parts, each with the secret of its holder."""
    return [
        leaf(leaf_salt(secret), api, 0, step, Outline.of(part, secret).digest)
        for step, (part, secret) in enumerate(zip(parts, secrets, strict=True))
    ]


def linking(
    kinds: Sequence[Kind] = ("network", "forest", "boosting", "formula"),
    known: bool = False,
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """Two APIs of each kind, by digests and by leaves.

    Args:
        kinds: of models.
        known: whether the onlooker knows the secrets of the first's holders.
        seed: of what is trained, and of secrets.
        tell: is told what is under way.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for kind in kinds:
        tell(f"linking of components of a {kind}")
        parts = parts_of(kind, seed)
        others = [*parts[:-1], other(parts[-1])]
        digests = {part.digest for part in parts} & {part.digest for part in others}
        ours, theirs, guess = ([rng.bytes(SALT) for _ in parts] for _ in range(3))
        leaves = {*registered("one", parts, ours)}
        tried = registered("one", others, ours if known else guess)
        seen = leaves & {*registered("two", others, theirs), *tried}
        rows += [
            Linked(kind=kind, salted=salted, shared=len(parts) - 1, linked=len(found))
            for salted, found in ((False, digests), (True, seen))
        ]
    linked, salted = (
        sum(row.linked for row in rows if row.salted == salt) for salt in (False, True)
    )
    shared = sum(row.shared for row in rows) // 2
    return Leakage(
        rows,
        f"of {shared} parts that two APIs share the ledger shows {linked} by their digests, and "
        f"{salted} by leaves with salt",
        [] if known else [f"{row}: {row.linked} linked" for row in rows if _is_unlawful(row)],
    )


def _is_unlawful(row: Linked) -> bool:
    """Whether something shows though each leaf has a salt that nobody knows."""
    return row.salted and row.linked > 0
