"""What the records of a decision tree's levels tell: where each row came to.

A tree that is sold is cut between levels, and each part gives the place in the next level that a
row has come to. Whoever reads the records has the path of each request. An onlooker has those of
ordinary traffic; a consumer chooses inputs and finds each question's feature and level by halving.
Of a tree in one part nothing is seen but its answers.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs
import numpy as np

from adversaries.leaking.copies import Fidelity, compare, uniform_inputs
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers
from impl.models.importing import from_sklearn
from impl.models.importing.registry import Estimator
from impl.models.model import Column
from impl.models.training import load_digits

CLASSES, DARKEST, FEATURES = 10, 16, 64  # of digits: labels, grey levels of a pixel, and pixels
UNIFORM = 2000  # inputs by which copies are judged
ENOUGH = 2000  # requests after which a consumer goes no deeper

Branch: TypeAlias = "int | Fork"
"""What becomes of a row: a label, or a question."""


@attrs.frozen
class Fork:
    """A question: rows whose feature is below a level go left."""

    feature: int
    level: int
    left: Branch
    right: Branch


def branch(tree: Estimator, node: int = 0) -> Branch:
    """What becomes of integers at a node of a tree of scikit-learn."""
    nodes = tree.tree_
    if nodes.children_left[node] < 0:
        return int(tree.classes_[nodes.value[node].argmax()])
    sides = (int(side[node]) for side in (nodes.children_left, nodes.children_right))
    level = int(np.floor(nodes.threshold[node])) + 1
    return Fork(int(nodes.feature[node]), level, *(branch(tree, side) for side in sides))


def answer(branch: Branch, rows: Integers) -> Integers:
    """The label of each row."""
    if isinstance(branch, int):
        return np.full(len(rows), branch)
    below = rows[:, branch.feature] < branch.level
    return np.where(below, answer(branch.left, rows), answer(branch.right, rows))


def common(one: Branch, other: Branch) -> int:
    """How many questions are the same ones at the same places."""
    if isinstance(one, int) or isinstance(other, int):
        return 0
    same = (one.feature, one.level) == (other.feature, other.level)
    return same + common(one.left, other.left) + common(one.right, other.right)


@attrs.define
class Records:
    """What is seen of a tree whose parts are with vendors, and what it was asked."""

    parts: Sequence[Component]
    asked: list[Integers] = attrs.Factory(list)

    def paths(self, rows: Integers) -> Integers:
        """Where each row has come to after each part but the last, and its label; (rows, parts)."""
        self.asked.extend(rows)
        *between, scores = chain(self.parts, rows)[1:]
        return np.column_stack([*(given[:, -1] for given in between), scores.argmax(axis=1)])


@attrs.frozen
class Log:
    """Requests (rows, features) that others made, and the path of each; see `Records.paths`."""

    rows: Integers
    paths: Integers

    def tree(self) -> Branch:
        """What is learnt of what these requests have passed.

        Where they part, it is by the feature with the widest gap between both sides, and the level
        lies in the middle.
        """
        apart = np.flatnonzero((self.paths != self.paths[0]).any(axis=0))
        if not len(apart):
            return int(self.paths[0, -1])
        ways = self.paths[:, apart[0]]
        sides = [ways == way for way in np.unique(ways)]
        ends = [(self.rows[side].min(axis=0), self.rows[side].max(axis=0)) for side in sides]
        (least, most), (others_least, others_most) = ends
        gaps = np.stack([others_least - most, least - others_most])
        turned, feature = np.unravel_index(gaps.argmax(), gaps.shape)
        left, right = (1, 0) if turned else (0, 1)
        level = (ends[left][1][feature] + ends[right][0][feature] + 1) // 2
        below, above = (
            Log(self.rows[sides[side]], self.paths[sides[side]]).tree() for side in (left, right)
        )
        return Fork(int(feature), int(level), below, above)


def first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first number above low, and at most high, from which on something holds, by halving."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def find(records: Records, low: Integers, high: Integers) -> Branch:
    """What becomes of all rows of a box, from its lowest corner to its highest, by chosen requests.

    The inputs that reach a question are a box. Its lowest corner goes left and its highest right;
    on the way from one to the other, a feature at a time, the path turns with the question's own
    feature, and then, a number at a time, at its level. Where answers alone show, they turn at any
    question of many, and there is no end of boxes: after `ENOUGH` requests they stay as they are.
    """
    lowest, highest = records.paths(np.stack([low, high]))
    apart = np.flatnonzero(lowest != highest)
    if not len(apart) or len(records.asked) >= ENOUGH:
        return int(lowest[-1])

    def turns(row: Integers) -> bool:
        return bool(records.paths(row[None])[0, apart[0]] == highest[apart[0]])

    columns = np.arange(len(low))
    feature = first(0, len(low), lambda n: turns(np.where(columns < n, high, low))) - 1
    level = first(
        int(low[feature]),
        int(high[feature]),
        lambda number: turns(np.where(columns == feature, number, low)),
    )
    below, above = high.copy(), low.copy()
    below[feature], above[feature] = level - 1, level
    return Fork(feature, level, find(records, low, below), find(records, above, high))


@attrs.frozen(kw_only=True)
class Walked(Case):
    """What the records of a tree give.

    Attributes:
        parts: of the tree.
        nodes: of the tree that ask something.
        exact: those whose feature and threshold are found, as far as integers tell thresholds.
    """

    parts: int
    nodes: int
    exact: int


def trees(
    requests: Sequence[int] = (100, 300, 1000), seed: int = 0, tell: Tell = silent
) -> Leakage:
    """An onlooker of so many requests, and consumers who choose as many as it takes.

    One sees the records of a tree in as many parts as it has levels; another a tree in one part.
    """
    from sklearn.tree import DecisionTreeClassifier

    digits = load_digits(seed)
    train, traffic, held_out = (
        np.rint(samples.inputs * DARKEST).astype(np.int64)
        for samples in (digits.train, digits.traffic, digits.held_out)
    )
    fitted = DecisionTreeClassifier(random_state=seed).fit(train, digits.train.labels)
    columns = [Column(f"pixel {i}", 1, 0, DARKEST) for i in range(FEATURES)]
    model, true = from_sklearn(fitted, columns), branch(fitted)
    uniform = uniform_inputs(UNIFORM, FEATURES, DARKEST, seed)
    more = np.concatenate([traffic, uniform_inputs(10000, FEATURES, DARKEST, seed + 1)])

    def labels(rows: Integers) -> Integers:
        found: Integers = model.component.run(rows).argmax(axis=1)
        return found

    def judged(found: Branch) -> Fidelity:
        return compare(
            lambda rows: _labelled(answer(found, rows)),
            lambda rows: _labelled(labels(rows)),
            held_out,
            uniform,
        )

    def row(attack: str, records: Records, found: Branch) -> Walked:
        known = more[: len(records.asked)]
        consumer = DecisionTreeClassifier(random_state=seed).fit(known, labels(known))
        return Walked(
            attack=attack,
            requests=len(records.asked),
            copy=judged(found),
            black_box=judged(branch(consumer)),
            parts=len(records.parts),
            nodes=common(true, true),
            exact=common(found, true),
        )

    rows = []
    for count in requests:
        tell(f"trees, {count} requests")
        records = Records(model.split())
        rows.append(row("onlooker", records, Log(more[:count], records.paths(more[:count])).tree()))
    ends = np.zeros(FEATURES, np.int64), np.full(FEATURES, DARKEST)
    for attack, parts in (("consumer who sees paths", model.split()), ("consumer", model.split(1))):
        tell(f"trees in {len(parts)} parts, by chosen requests")
        records = Records(parts)
        rows.append(row(attack, records, find(records, *ends)))
    *_, seeing, blind = rows
    return Leakage(
        rows,
        f"a consumer who sees paths finds {seeing.exact} of {seeing.nodes} nodes exactly by "
        f"{seeing.requests:,} chosen requests; one who sees answers alone finds {blind.exact} by "
        f"{blind.requests:,}",
        [f"{row}: {row.exact} of {row.nodes} nodes" for row in rows if _is_unlawful(row)],
    )


def _labelled(labels: Integers) -> Integers:
    """Scores of which that of the label is 1."""
    return np.eye(CLASSES, dtype=np.int64)[labels]


def _is_unlawful(row: Walked) -> bool:
    """Whether chosen requests do not find every node of a tree in parts, or do of a whole one."""
    return "consumer" in row.attack and (row.exact == row.nodes) != (row.parts > 1)
