"""What each coalition of vendors learns of a network whose parts lie on a path.

A coalition sees what its parts are given and give. With a consumer's account it sees what the first
part is given and the last one gives as well. A layer with both ends in sight is solved if it lies
there alone; of a longer run a copy is trained; and of a run without an end in sight there is none.
"""

from collections.abc import Collection, Iterator
from itertools import combinations, pairwise, product

import attrs

from adversaries.leaking.copies import CLOSE
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from adversaries.leaking.paths import Cut, Path, Run, Transcript


@attrs.frozen(kw_only=True)
class Pooled(Case):
    """What a coalition has.

    Attributes:
        cut: how many layers each part of the network has.
        coalition: the parts that it holds, counted from 1.
        account: whether it is a consumer as well.
        broad: whether half of the requests are uniform inputs; else they are ordinary traffic.
        solved, trained, unseen: the other parts, by what becomes of them.
        exact: whether no score of its copy is off by more than a hundredth of the range.
        lawful: whether by the law it knows every part.
    """

    cut: Cut
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
        return f"{self.attack} of {_layers(self.cut)}, {self.requests} {kind}"


def runs(coalition: Collection[int], parts: int) -> Iterator[Run]:
    """The parts outside of a coalition, counted from 0, as runs of consecutive ones."""
    bounds = [-1, *sorted(coalition), parts]
    for before, after in pairwise(bounds):
        if after - before > 1:
            yield before + 1, after


def in_sight(run: Run, parts: int, account: bool) -> bool:
    """Whether a coalition sees both ends of a run of parts that it does not hold."""
    return account or (run[0] > 0 and run[1] < parts)


def lawful(held: Collection[int], layers: int, account: bool) -> bool:
    """The law: whether a coalition that holds some layers, counted from 0, knows every one.

    It does if and only if no two neighbouring layers are outside of it, and without an account
    neither the first nor the last one is. It follows from the combinatorics of a path alone.
    """
    outside = [layer not in held for layer in range(layers)]
    apart = not any(one and other for one, other in pairwise(outside))
    return apart and (account or not (outside[0] or outside[-1]))


def least(parts: int, account: bool) -> int:
    """The size of the smallest coalition that knows all of at least two parts of a layer each."""
    return parts // 2 + (not account)


def coalitions(
    cuts: Collection[Cut] = ((1, 1, 1),),
    requests: Collection[int] = (100, 1000),
    broad: int = 1000,
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """All proper coalitions of vendors with a part each, with and without an account.

    The law is about requests so many and so varied that every unit shows. It is held against so
    many of which half are uniform inputs; ordinary traffic leaves some pixels dark.

    Args:
        cuts: of the networks.
        requests: of ordinary traffic, one number after another.
        broad: requests of which half are uniform.
        seed: of all that is drawn and trained.
        tell: is told what is under way.
    """
    rows: list[Pooled] = []
    kinds = [*((count, False) for count in requests), (broad, True)]
    for cut, (asked, varied) in product(cuts, kinds):
        tell(f"coalitions of {_layers(cut)}, {asked} requests")
        path = Path.of(cut, seed)
        rows += _table(Transcript.of(path, path.inputs(asked, varied), seed), varied)
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


def _table(seen: Transcript, broad: bool) -> Iterator[Pooled]:
    """The rows of one kind of requests."""
    parts = range(len(seen.path.parts))
    for size in parts:
        for coalition in combinations(parts, size):
            for account in (True, False) if coalition else (True,):
                yield pooled(seen, coalition, account, broad)


def pooled(seen: Transcript, coalition: Collection[int], account: bool, broad: bool) -> Pooled:
    """What a coalition has of what passes, with or without an account; see `Pooled`.

    Its parts are counted from 0.
    """
    path = seen.path
    count, ends = len(path.parts), path.ends
    missing = tuple(runs(coalition, count))
    complete = all(in_sight(run, count, account) for run in missing)
    copy = seen.judged(missing) if complete else None
    sorts: dict[str, tuple[int, ...]] = {"solved": (), "trained": (), "unseen": ()}
    for run in missing:
        sort = "trained" if path.hidden(run) else "solved"
        sort = sort if in_sight(run, count, account) else "unseen"
        sorts[sort] += tuple(part + 1 for part in range(*run))
    held = "{" + ", ".join(str(part + 1) for part in sorted(coalition)) + "}"
    layers = [layer for part in coalition for layer in range(*ends[part : part + 2])]
    return Pooled(
        attack=f"{held} + account" if account else held,
        requests=len(seen.values[0]),
        copy=copy,
        black_box=seen.black_box,
        cut=tuple(end - start for start, end in pairwise(ends)),
        coalition=tuple(part + 1 for part in sorted(coalition)),
        account=account,
        broad=broad,
        **sorts,
        exact=copy is not None and copy.error <= CLOSE,
        lawful=lawful(layers, ends[-1], account),
    )


def _layers(cut: Cut) -> str:
    return f"{'+'.join(map(str, cut))} layers"


def _breaches(rows: Collection[Pooled]) -> Iterator[str]:
    """What breaks the law about a coalition."""
    for row in rows:
        if row.broad and row.exact != row.lawful:
            has, should = ("has", "should not") if row.exact else ("has not", "should")
            yield f"{row.attack} of {_layers(row.cut)} {has} the model, and {should}: {row.copy}"


def _larger(rows: Collection[Pooled]) -> Iterator[str]:
    """What breaks the law about the smallest coalition, where each part is a layer."""
    for cut, account in product(sorted({row.cut for row in rows}), (True, False)):
        if max(cut) > 1:
            continue
        sizes = [
            len(row.coalition)
            for row in rows
            if row.broad and row.exact and (row.cut, row.account) == (cut, account)
        ]
        found, due = min(sizes, default=len(cut)), least(len(cut), account)
        if found != due:
            having = "with" if account else "without"
            yield f"of {_layers(cut)} {having} an account it takes {found}, and should take {due}"
