"""What each coalition of vendors learns of a network whose parts lie on a path.

A coalition sees what its parts are given and give. With a consumer's account it sees what the first
part is given and the last one gives as well. A part with both ends in sight is solved if it lies
there alone; of a longer run a copy is trained; and of a run without an end in sight there is none.
"""

from collections.abc import Collection, Iterator
from functools import cache
from itertools import combinations, pairwise, product

import attrs
import numpy as np

from adversaries.leaking.copies import (
    CLOSE,
    Fidelity,
    compare,
    composed,
    solved,
    trained,
    uniform_inputs,
)
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.network import ACTIVATION_BITS, network, quantise
from impl.models.training import load_digits, train

LIGHTEST = 2**ACTIVATION_BITS  # the greatest number that a digit's pixel is
WIDEST, NARROWEST = 32, 16  # units of the first and of the last hidden layer
UNIFORM = 2000  # inputs by which copies are judged

Run = tuple[int, int]
"""The first part of a run, counted from 0, and the one after its last."""


@attrs.frozen(kw_only=True)
class Pooled(Case):
    """What a coalition has.

    Attributes:
        parts: of the network.
        coalition: the parts that it holds, counted from 1.
        account: whether it is a consumer as well.
        broad: whether half of the requests are uniform inputs; else they are ordinary traffic.
        solved, trained, unseen: the other parts, by what becomes of them.
        exact: whether no score of its copy is off by more than `CLOSE` of the range.
        lawful: whether by the law it knows every part.
    """

    parts: int
    coalition: tuple[int, ...]
    account: bool
    broad: bool
    solved: tuple[int, ...]
    trained: tuple[int, ...]
    unseen: tuple[int, ...]
    exact: bool
    lawful: bool

    def __str__(self) -> str:
        kind = "of all kinds" if self.broad else "of traffic"
        return f"{self.attack} of {self.parts}, {self.requests} {kind}"


@attrs.frozen(eq=False)
class Path:
    """A network in parts of a layer each, and inputs to ask it and to judge copies by."""

    parts: tuple[Component, ...]
    hidden: tuple[int, ...]
    traffic: Integers
    held_out: Integers
    uniform: Integers

    @classmethod
    @cache
    def of(cls, parts: int, seed: int) -> "Path":
        """One of digits, with hidden layers of 32 to 16 units."""
        hidden = tuple(np.linspace(WIDEST, NARROWEST, parts - 1).round().astype(int).tolist())
        digits = load_digits(seed)
        net = network(quantise(train(digits.train, seed, hidden)), 0, LIGHTEST)
        traffic, held_out = (
            to_fixed(samples.inputs, ACTIVATION_BITS)
            for samples in (digits.traffic, digits.held_out)
        )
        uniform = uniform_inputs(UNIFORM, traffic.shape[1], LIGHTEST, seed)
        return cls(net.split(), hidden, traffic, held_out, uniform)

    def inputs(self, requests: int, broad: bool) -> Integers:
        """So many requests, of traffic, or half of them uniform."""
        if not broad:
            return self.traffic[:requests]
        ordinary = self.traffic[: requests // 2]
        others = requests - len(ordinary)
        return np.concatenate(
            [ordinary, uniform_inputs(others, ordinary.shape[1], LIGHTEST, requests)]
        )


def runs(coalition: Collection[int], parts: int) -> Iterator[Run]:
    """The parts outside of a coalition, counted from 0, as runs of consecutive ones."""
    bounds = [-1, *sorted(coalition), parts]
    for before, after in pairwise(bounds):
        if after - before > 1:
            yield before + 1, after


def in_sight(run: Run, parts: int, account: bool) -> bool:
    """Whether a coalition sees both ends of a run of parts that it does not hold."""
    return account or (run[0] > 0 and run[1] < parts)


def lawful(coalition: Collection[int], parts: int, account: bool) -> bool:
    """The law: whether a coalition knows every part.

    It does if and only if no two neighbouring parts are outside of it, and without an account
    neither the first nor the last one is. It follows from the combinatorics of a path alone.
    """
    outside = [part not in coalition for part in range(parts)]
    apart = not any(one and other for one, other in pairwise(outside))
    return apart and (account or not (outside[0] or outside[-1]))


def least(parts: int, account: bool) -> int:
    """The size of the smallest coalition that knows every part of at least two, by the law."""
    return parts // 2 + (not account)


def coalitions(
    parts: Collection[int] = (3,),
    requests: Collection[int] = (100, 1000),
    broad: int = 1000,
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """All proper coalitions of so many parts, with and without an account.

    The law is about requests so many and so varied that every unit shows. It is held against so
    many of which half are uniform inputs; ordinary traffic leaves some pixels dark.

    Args:
        parts: of the networks.
        requests: of ordinary traffic, one number after another.
        broad: requests of which half are uniform.
        seed: of all that is drawn and trained.
        tell: is told what is under way.
    """
    rows: list[Pooled] = []
    kinds = [*((count, False) for count in requests), (broad, True)]
    for count in parts:
        for asked, varied in kinds:
            tell(f"coalitions of {count} parts, {asked} requests")
            rows += _table(Path.of(count, seed), asked, varied, seed)
    broken = [*_breaches(rows), *_larger(rows)]
    judged = [row for row in rows if row.broad]
    exact = sum(row.exact for row in judged)
    return Leakage(
        rows,
        f"{exact} of {len(judged)} coalitions with requests of all kinds have the whole model, "
        f"and {sum(row.lawful for row in judged)} should by the law; "
        f"{len(broken)} break it",
        broken,
    )


def _table(path: Path, requests: int, broad: bool, seed: int) -> Iterator[Pooled]:
    """The rows of one kind of requests."""
    seen, count = chain(path.parts, path.inputs(requests, broad)), len(path.parts)

    @cache
    def copied(run: Run) -> Component:
        """What becomes of a run with both ends in sight."""
        start, end = run
        if end - start == 1:
            return solved(seen[start], seen[end])
        return trained(seen[start], seen[end], path.hidden[start : end - 1], seed)

    @cache
    def judged(found: tuple[Run, ...]) -> Fidelity:
        """How well a copy agrees of which these runs are not the original."""
        pieces = {part: (part + 1, path.parts[part]) for part in range(count)}
        pieces |= {run[0]: (run[1], copied(run)) for run in found}
        copy, part = [], 0
        while part < count:
            part, piece = pieces[part]
            copy.append(piece)
        return compare(composed(copy), composed(path.parts), path.held_out, path.uniform)

    black_box = judged(((0, count),))
    for size in range(count):
        for coalition in combinations(range(count), size):
            missing = tuple(runs(coalition, count))
            for account in (True, False) if coalition else (True,):
                complete = all(in_sight(run, count, account) for run in missing)
                copy = judged(missing) if complete else None
                sorts = _sorts(missing, count, account)
                yield Pooled(
                    attack=_named(coalition, account),
                    requests=requests,
                    copy=copy,
                    black_box=black_box,
                    parts=count,
                    coalition=tuple(part + 1 for part in coalition),
                    account=account,
                    broad=broad,
                    **sorts,
                    exact=copy is not None and copy.error <= CLOSE,
                    lawful=lawful(coalition, count, account),
                )


def _sorts(missing: Collection[Run], parts: int, account: bool) -> dict[str, tuple[int, ...]]:
    """The parts that are not held, counted from 1, by what becomes of them."""
    sorts: dict[str, tuple[int, ...]] = {"solved": (), "trained": (), "unseen": ()}
    for start, end in missing:
        sort = "solved" if end - start == 1 else "trained"
        sort = sort if in_sight((start, end), parts, account) else "unseen"
        sorts[sort] += tuple(range(start + 1, end + 1))
    return sorts


def _named(coalition: Collection[int], account: bool) -> str:
    held = "{" + ", ".join(str(part + 1) for part in coalition) + "}"
    return f"{held} + account" if account else held


def _breaches(rows: Collection[Pooled]) -> Iterator[str]:
    """What breaks the law about a coalition."""
    for row in rows:
        if row.broad and row.exact != row.lawful:
            has, should = ("has", "should not") if row.exact else ("has not", "should")
            yield f"{row.attack} of {row.parts} {has} the model, and {should}: {row.copy}"


def _larger(rows: Collection[Pooled]) -> Iterator[str]:
    """What breaks the law about the smallest coalition of so many parts."""
    for parts, account in product(sorted({row.parts for row in rows}), (True, False)):
        sizes = [
            len(row.coalition)
            for row in rows
            if row.broad and row.exact and (row.parts, row.account) == (parts, account)
        ]
        found, due = min(sizes, default=parts), least(parts, account)
        if found != due:
            having = "with" if account else "without"
            yield f"of {parts} parts {having} an account it takes {found}, and should take {due}"
