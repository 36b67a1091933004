"""What holders of some members of an ensemble have, and what the sum tells that is carried on.

A forest's members are trees and a boosted model's are rounds of them; each gives a number for each
class, and the ensemble is their sum. Vendors hold groups of members one after another: each is
given the sum of those before it, adds its own, and passes it on. So the difference of two sums that
it sees, or that its account as a consumer shows, is what a group of others gave.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
import numpy as np

from adversaries.leaking.copies import Scores, fidelity, grown, uniform_inputs
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from adversaries.leaking.trees import DARKEST, FEATURES
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers
from impl.models.importing import from_sklearn
from impl.models.model import Column, Model
from impl.models.training import load_digits

Kind: TypeAlias = Literal["forest", "boosting"]
UNIFORM = 2000  # inputs by which copies are judged


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
class Ensemble:
    """A trained model in parts of one member each.

    Attributes:
        model: the whole.
        parts: the members; each is given the inputs and the sum before it, and adds its own.
        reach: for each member the least and the most that it adds to each class, (members, 2, k).
    """

    model: Model
    parts: tuple[Component, ...]
    reach: Integers

    @classmethod
    def of(cls, kind: Kind, count: int, seed: int) -> "Ensemble":
        """So many members, trained on digits of 0 to `DARKEST`."""
        from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

        digits = load_digits(seed)
        fitted = (
            RandomForestClassifier(count, random_state=seed)
            if kind == "forest"
            else GradientBoostingClassifier(n_estimators=count, init="zero", random_state=seed)
        )
        fitted.fit(np.rint(digits.train.inputs * DARKEST), digits.train.labels)
        columns = [Column(f"pixel {i}", 1, 0, DARKEST) for i in range(FEATURES)]
        model = from_sklearn(fitted, columns, groups=count)
        leaves = [
            [tree.tree_.value[tree.tree_.children_left < 0, 0] for tree in np.ravel(trees)]
            for trees in fitted.estimators_
        ]
        reach = np.array(
            [
                [np.hstack([end(v, axis=0) for v in some]) for end in (np.min, np.max)]
                for some in leaves
            ]
        )
        scale = model.steps // count if kind == "forest" else model.steps * fitted.learning_rate
        return cls(model, model.split(), np.rint(reach * scale).astype(np.int64))

    def sums(self, rows: Integers) -> list[Integers]:
        """What is carried on before the first member, and after each, (rows, classes)."""
        classes = self.model.component.program.gives
        given = chain(self.parts, rows)[1:]
        return [np.zeros((len(rows), classes), np.int64), *(v[:, -classes:] for v in given)]


def added(sums: Sequence[Integers], held: range) -> Integers:
    """What some members come to, which is what the sum that is carried has grown by."""
    return sums[held.stop] - sums[held.start]


def certain(ensemble: Ensemble, held: range, sums: Integers) -> Integers:
    """For each row of what some members come to, the answer that no other can change; else -1."""
    others = [number for number in range(len(ensemble.parts)) if number not in held]
    least, most = ensemble.reach[others].sum(axis=0)
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
    ensemble = Ensemble.of(kind, count, seed)
    carried, *judged = (ensemble.sums(rows) for rows in (asked, held_out, uniform))
    true = [sums[-1] for sums in judged]
    answers = true[0].argmax(axis=1)
    consumer = grown(asked, carried[-1], seed)
    black_box = fidelity([consumer(held_out), consumer(uniform)], true)
    broken: list[str] = []

    def row(attack: str, held: range, others: Sequence[Scores] = ()) -> Shared:
        own = [added(sums, held) for sums in judged]
        sure = certain(ensemble, held, own[0])
        if (wrong := (sure >= 0) & (sure != answers)).any():
            broken.append(f"{kind}, {attack} of {len(held)}: {wrong.sum()} answers were not sure")
        copied = [
            sum((run(rows) for run in others), sums)
            for rows, sums in zip((held_out, uniform), own, strict=True)
        ]

        return Shared(
            attack=attack,
            requests=requests,
            copy=fidelity(copied, true),
            black_box=black_box,
            kind=kind,
            held=len(held),
            members=count,
            certain=float((sure >= 0).mean()),
        )

    sizes = sorted({max(1, count // 10), count // 3, count // 2, 2 * count // 3})
    third = range(count // 3, 2 * count // 3)
    # What it is given; and what its account shows, less what it gives.
    differences = carried[third.start], carried[-1] - carried[third.stop]
    return [
        *(row("holder", range(size)) for size in sizes),
        row("middle third", third),
        row("middle third + account", third, [grown(asked, d, seed) for d in differences]),
    ], broken
