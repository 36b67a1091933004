"""What the records of a decision tree's nodes tell: who was asked after whom.

Each node is with a vendor, so a request's record is its path. An onlooker has the paths of ordinary
traffic; a consumer chooses inputs and finds each node's feature and threshold by halving.
"""

from collections.abc import Sequence
from typing import TypeAlias

import attrs
import numpy as np

from adversaries.leaking.copies import Fidelity, Scores, compare, uniform_inputs
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from adversaries.learning.trees import DARKEST, FEATURES, Records, find_path
from impl.models.fixedpoint import Integers
from impl.models.training import load_digits

CLASSES = 10
UNIFORM = 2000  # inputs by which copies are judged
NOWHERE = 0  # the label where no request has been

Branch: TypeAlias = "int | Fork"
"""What becomes of a row: a label, or a question."""


@attrs.frozen
class Fork:
    """A node: rows whose feature is below a level go left."""

    node: int
    feature: int
    level: int
    left: Branch
    right: Branch


@attrs.frozen(kw_only=True)
class Walked(Case):
    """What the records of a tree give.

    Attributes:
        nodes: of the tree that ask something.
        exact: nodes whose feature and threshold are found, as far as integers tell thresholds.
    """

    nodes: int
    exact: int


@attrs.frozen
class Log:
    """Requests (rows, features), the path of each, node to child, and its label."""

    rows: Integers
    paths: Sequence[dict[int, int]]
    labels: Integers

    def at(self, node: int) -> Branch:
        """What is learnt of a node that some of these requests have passed, and of what follows.

        Of the features that tell the requests of one child from those of the other it is the one
        with the widest gap, and the threshold lies in the middle.
        """
        ways = np.array([path.get(node, -1) for path in self.paths])
        children = np.unique(ways)
        if len(children) == 1:
            [child] = children
            return int(self.labels[0]) if child < 0 else self.at(int(child))
        sides = [ways == child for child in children]
        ends = [(self.rows[side].min(axis=0), self.rows[side].max(axis=0)) for side in sides]
        (least, most), (others_least, others_most) = ends
        gaps = np.stack([others_least - most, least - others_most])
        turned, feature = np.unravel_index(gaps.argmax(), gaps.shape)
        left, right = (1, 0) if turned else (0, 1)
        level = (ends[left][1][feature] + ends[right][0][feature] + 1) // 2
        below, above = (self._only(sides[side]).at(int(children[side])) for side in (left, right))
        return Fork(node, int(feature), int(level), below, above)

    def _only(self, chosen: Integers) -> "Log":
        paths = [path for path, one in zip(self.paths, chosen, strict=True) if one]
        return Log(self.rows[chosen], paths, self.labels[chosen])


def answer(branch: Branch, rows: Integers) -> Integers:
    """The label of each row."""
    if isinstance(branch, int):
        return np.full(len(rows), branch)
    below = rows[:, branch.feature] < branch.level
    return np.where(below, answer(branch.left, rows), answer(branch.right, rows))


def forks(branch: Branch) -> list[Fork]:
    """All nodes that ask something."""
    return [] if isinstance(branch, int) else [branch, *forks(branch.left), *forks(branch.right)]


@attrs.define
class Diary(Records):
    """Records that keep what was asked."""

    asked: list[Integers] = attrs.Factory(list)

    def follow(self, row: Integers) -> dict[int, int]:
        self.asked.append(row)
        return super().follow(row)


def trees(
    requests: Sequence[int] = (100, 300, 1000), seed: int = 0, tell: Tell = silent
) -> Leakage:
    """An onlooker of so many requests, and a consumer who chooses as many as it takes."""
    from sklearn.tree import DecisionTreeClassifier

    digits = load_digits(seed)
    train, traffic, held_out = (
        np.rint(samples.inputs * DARKEST).astype(np.int64)
        for samples in (digits.train, digits.traffic, digits.held_out)
    )
    victim = DecisionTreeClassifier(random_state=seed).fit(train, digits.train.labels)
    uniform = uniform_inputs(UNIFORM, FEATURES, DARKEST, seed)
    more = np.concatenate([traffic, uniform_inputs(10000, FEATURES, DARKEST, seed + 1)])
    nodes = np.flatnonzero(victim.tree_.children_left >= 0)
    levels = np.floor(victim.tree_.threshold) + 1

    def labelled(labels: Integers) -> Integers:
        return np.eye(CLASSES, dtype=np.int64)[labels]

    def asked(rows: Integers) -> Log:
        records = Records(victim.tree_)
        return Log(rows, [records.follow(row) for row in rows], victim.predict(rows))

    def row(attack: str, log: Log) -> Walked:
        found = log.at(0)
        exact = {(one.node, one.feature, one.level) for one in forks(found)}
        due = {(int(n), int(victim.tree_.feature[n]), int(levels[n])) for n in nodes}
        known = more[: len(log.rows)]
        consumer = DecisionTreeClassifier(random_state=seed).fit(known, victim.predict(known))

        def judge(copy: Scores) -> Fidelity:
            return compare(copy, lambda rows: labelled(victim.predict(rows)), held_out, uniform)

        return Walked(
            attack=attack,
            requests=len(log.rows),
            copy=judge(lambda rows: labelled(answer(found, rows))),
            black_box=judge(lambda rows: labelled(consumer.predict(rows))),
            nodes=len(nodes),
            exact=len(exact & due),
        )

    rows = []
    for count in requests:
        tell(f"trees, {count} requests")
        rows.append(row("onlooker", asked(more[:count])))
    diary = Diary(victim.tree_)
    find_path(diary)
    rows.append(row("consumer who sees paths", asked(np.stack(diary.asked))))
    last = rows[-1]
    broken = [] if last.exact == last.nodes else [f"{last.nodes - last.exact} nodes are not found"]
    return Leakage(
        rows,
        f"a consumer who sees paths finds {last.exact} of {last.nodes} nodes exactly by "
        f"{last.requests:,} chosen requests",
        broken,
    )
