"""What holders of some members of an ensemble have, and what the sum tells that is carried on.

A forest's members are trees and a boosted model's are rounds of them; each gives a number for each
class, and the ensemble is their sum. Vendors hold groups of members one after another: each is
given the sum of those before it, adds its own, and passes it on. So the difference of two sums that
it sees, or that its account as a consumer shows, is what a group of others gave.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Literal, Protocol, TypeAlias, TypeVar

import attrs
import numpy as np

from adversaries.leaking.copies import Numbers, Scores, compare, grown, uniform_inputs
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from adversaries.learning.trees import DARKEST, FEATURES
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.network import ACTIVATION_BITS
from impl.models.training import Samples, load_digits

_Numbers = TypeVar("_Numbers", Integers, Numbers)
Kind: TypeAlias = Literal["forest", "boosting"]
UNIFORM = 2000  # inputs by which copies are judged


class _Tree(Protocol):
    """scikit-learn's arrays, an entry for each node; it ships no types."""

    children_left: Integers

    def apply(self, rows: object) -> Integers: ...


@attrs.frozen(kw_only=True)
class Shared(Case):
    """What a holder of some members has, who makes use of requests only if it has an account.

    Attributes:
        kind: of the ensemble.
        held: how many members it holds.
        members: of the ensemble.
        certain: the share of held-out inputs where its own sum leaves the others no say.
    """

    kind: Kind
    held: int
    members: int
    certain: float

    def __str__(self) -> str:
        return f"{self.kind}, {self.attack} of {self.held} of {self.members}"


@attrs.frozen(eq=False)
class Member:
    """Trees, and for each of its nodes what it adds to each class, (nodes, classes)."""

    trees: tuple[_Tree, ...]
    tables: tuple[Integers, ...]

    def run(self, rows: Integers) -> Integers:
        """Inputs (rows, features) to (rows, classes)."""
        given = rows.astype(np.float32)  # as scikit-learn takes them
        pairs = zip(self.trees, self.tables, strict=True)
        return _sum(table[tree.apply(given)] for tree, table in pairs)

    @property
    def reach(self) -> Integers:
        """The least and the most that it gives each class, (2, classes)."""
        leaves = [
            table[tree.children_left < 0]
            for tree, table in zip(self.trees, self.tables, strict=True)
        ]
        return _sum(np.stack([found.min(axis=0), found.max(axis=0)]) for found in leaves)


def members(kind: Kind, count: int, train: Samples, seed: int) -> list[Member]:
    """The members of an ensemble that is trained on digits of 0 to `DARKEST`."""
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

    rows = np.rint(train.inputs * DARKEST)
    if kind == "forest":
        forest = RandomForestClassifier(count, random_state=seed).fit(rows, train.labels)
        return [
            Member((each.tree_,), (to_fixed(each.tree_.value[:, 0], ACTIVATION_BITS),))
            for each in forest.estimators_
        ]
    model = GradientBoostingClassifier(n_estimators=count, random_state=seed)
    rounds = model.fit(rows, train.labels).estimators_
    classes = np.eye(rounds.shape[1], dtype=np.int64)
    return [
        Member(
            tuple(each.tree_ for each in trees),
            tuple(
                to_fixed(model.learning_rate * each.tree_.value[:, 0], ACTIVATION_BITS) * unit
                for each, unit in zip(trees, classes, strict=True)
            ),
        )
        for trees in rounds
    ]


def total(some: Sequence[Member]) -> Callable[[Integers], Integers]:
    """What members come to together."""
    return lambda rows: _sum(member.run(rows) for member in some)


def _sum(arrays: Iterable[_Numbers]) -> _Numbers:
    return reduce(operator.add, arrays)


def certain(held: Sequence[Member], others: Sequence[Member], rows: Integers) -> Integers:
    """For each row, the answer that others cannot change whatever they give; -1 if they can."""
    sums = total(held)(rows)
    least, most = _sum(member.reach for member in others)
    first = sums.argmax(axis=1)
    own = np.arange(sums.shape[1]) == first[:, None]
    lowest = (sums + least)[own]
    highest = np.where(own, np.iinfo(np.int64).min, sums + most).max(axis=1)
    return np.where(lowest > highest, first, -1)


def shares(
    kinds: Sequence[Kind] = ("forest", "boosting"),
    count: int = 30,
    requests: int = 300,
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """Holders of the first tenth, third, half and two thirds of members, or the middle third.

    Who holds the middle third and has an account sees what those before it and those after it come
    to, and trains copies of both.
    """
    rows: list[Shared] = []
    broken: list[str] = []
    for kind in kinds:
        tell(f"shares of a model of {count} members by {kind}")
        found, wrong = _shares(kind, count, requests, seed)
        rows += found
        broken += wrong
    halves = [row for row in rows if row.copy and 2 * row.held == count and row.attack == "holder"]
    return Leakage(
        rows,
        "half of the members have the answer of all to "
        + ", ".join(f"{row.copy.held_out:.1%} ({row.kind})" for row in halves if row.copy)
        + " of held-out inputs; nothing ends where a member is missing",
        broken,
    )


def _shares(kind: Kind, count: int, requests: int, seed: int) -> tuple[list[Shared], list[str]]:
    digits = load_digits(seed)
    traffic, held_out = (
        np.rint(samples.inputs * DARKEST).astype(np.int64)
        for samples in (digits.traffic, digits.held_out)
    )
    asked, uniform = traffic[:requests], uniform_inputs(UNIFORM, FEATURES, DARKEST, seed)
    everybody = members(kind, count, digits.train, seed)
    model = total(everybody)
    answers = model(held_out).argmax(axis=1)
    black_box = compare(grown(asked, model(asked), seed), model, held_out, uniform)
    broken: list[str] = []

    def row(attack: str, held: range, others: Sequence[Scores] = ()) -> Shared:
        ours = [everybody[one] for one in held]
        theirs = [member for one, member in enumerate(everybody) if one not in held]
        sure = certain(ours, theirs, held_out)
        if (wrong := (sure >= 0) & (sure != answers)).any():
            broken.append(f"{kind}, {attack} of {len(held)}: {wrong.sum()} answers were not sure")

        def copy(rows: Integers) -> Numbers:
            return _sum(run(rows) for run in (total(ours), *others))

        return Shared(
            attack=attack,
            requests=requests,
            copy=compare(copy, model, held_out, uniform),
            black_box=black_box,
            kind=kind,
            held=len(held),
            members=count,
            certain=float((sure >= 0).mean()),
        )

    sizes = sorted({max(1, count // 10), count // 3, count // 2, 2 * count // 3})
    third = range(count // 3, 2 * count // 3)
    before, after = total(everybody[: third.start]), total(everybody[: third.stop])
    # What it is given; and what its account shows, less what it gives.
    differences = before(asked), model(asked) - after(asked)
    return [
        *(row("holder", range(size)) for size in sizes),
        row("middle third", third),
        row("middle third + account", third, [grown(asked, d, seed) for d in differences]),
    ], broken
