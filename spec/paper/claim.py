"""What a claim of the paper is, and what can decide a point of it.

A point is decided by a property of a machine, by its ending, by what an onlooker can tell apart, by
whom the ledger shows to have deviated, by a placement, or by an experiment on living parties and
real models. Some is outside what a state machine can state; there stands an argument.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs

from spec.notation import Machine
from spec.notation.sorts import SortType

Variant = Literal["basic", "orchestrated", "hardened", "every"]
Verdict = Literal["proved", "exhaustive", "bounded", "sampled", "refuted", "argued", "undecided"]


@attrs.frozen
class Holds:
    """A property of a machine's reachable states.

    Attributes:
        sizes: what must be larger than usual for a counterexample to fit, or smaller to be quick.
    """

    machine: Machine[Any]  # of any state, here and below
    property: Callable[[Any], bool]
    sizes: Mapping[SortType, int] = attrs.field(factory=dict)


@attrs.frozen
class Ends:
    """Every run of a machine comes to its end."""

    machine: Machine[Any]


@attrs.frozen
class Conceals:
    """No onlooker can tell apart runs of a machine that differ in what is secret."""

    machine: Machine[Any]


@attrs.frozen
class Accounts:
    """A finding about whom a machine's ledger shows to have deviated.

    Attributes:
        culprits: how many parties deviate, at most; None for all of them.
        bounds: those of the machine's bounds that runs are held to.
        is_large: it takes too long for a quick look.
    """

    machine: Machine[Any]
    finding: str
    sizes: Mapping[SortType, int] = attrs.field(factory=dict)
    culprits: int | None = None
    bounds: Sequence[str] = ()
    is_large: bool = False


@attrs.frozen
class Placed:
    """The largest threshold of any placement of parts on vendors that survives crashes."""

    parts: int
    vendors: int
    crashes: int
    threshold: int
    infer: bool


@attrs.frozen
class Tried:
    """An attack on living parties, or an experiment on real models, of which nothing must come.

    Attributes:
        attack: its name; with its variant after a slash, if it is run on several.
        convicts: whether the point holds where whoever deviated is convicted, and nobody else.
    """

    attack: str
    convicts: bool = False


@attrs.frozen
class Argued:
    """Why no state machine states it and no run shows it, and what covers it instead."""

    why: str


Ground: TypeAlias = Holds | Ends | Conceals | Accounts | Placed | Tried | Argued


@attrs.frozen
class Point:
    """One point of a claim or of a theorem, in one variant of the protocol.

    Attributes:
        variant: the variant that it is decided for.
        expected: how it must come out.
        statement: what exactly is decided, in our words.
        ground: what decides it.
    """

    variant: Variant
    expected: Verdict
    statement: str
    ground: Ground


@attrs.frozen
class Claim:
    """One claim of the paper.

    Attributes:
        id: its identifier, from A1.
        section: where the paper makes it.
        statement: what the paper says, as a clause.
        found: how it fails or holds, and in which variant.
        fix: what mends it in the hardened protocol, or why nothing can.
        cost: what that costs, and whom.
        points: what is decided of it, variant by variant.
    """

    id: str
    section: str
    statement: str
    found: str
    fix: str
    cost: str
    points: Sequence[Point]


@attrs.frozen
class Theorem:
    """One theorem about the hardened protocol.

    Attributes:
        id: its identifier, from T1.
        points: what is decided of it.
    """

    id: str
    points: Sequence[Point]

    @property
    def section(self) -> str:
        """Where it is made: theorems are ours, and in no section of the paper."""
        return "theorem"
