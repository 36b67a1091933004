"""A decision tree's nodes, with a vendor each.

What a tree is, is read off scikit-learn's own arrays: a node sends a row to its left child where
the value of its feature is at most its threshold. Pixels of digits are integers from 0 to 16.
"""

from collections.abc import Callable
from typing import Protocol

import attrs
import numpy as np

from adversaries.script import Facts
from impl.models.fixedpoint import Integers, Reals
from impl.models.training import load_digits

DARKEST = 16
FEATURES = 64
WHOLE = 0.99  # the share of nodes from which on a tree counts as found


class _Tree(Protocol):
    """scikit-learn's arrays, an entry for each node; it ships no types."""

    children_left: Integers
    children_right: Integers
    feature: Integers
    threshold: Reals
    value: Reals


@attrs.define
class Records:
    """The ledger's records of a tree whose nodes are with vendors: who is asked after whom.

    Where they are not shown, the tree is one step, and nothing is seen of it but its answer.
    """

    tree: _Tree
    shown: bool = True
    requests: int = 0

    def follow(self, row: Integers) -> dict[int, int]:
        """Which child each node passed a row on to; of a whole tree what it answers, below 0."""
        self.requests += 1
        tree, passed, node = self.tree, dict[int, int](), 0
        while tree.children_left[node] >= 0:
            left = row[tree.feature[node]] <= tree.threshold[node]
            child = int((tree.children_left if left else tree.children_right)[node])
            passed[node] = child
            node = child
        return passed if self.shown else {0: -1 - int(tree.value[node].argmax())}


def first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first number above low, and at most high, from which on something holds, by halving."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def find_path(records: Records) -> dict[int, tuple[int, int]]:
    """Feature of every node and the first grey level that goes right, by chosen inputs.

    The inputs that reach a node are a box. Its lowest corner goes left and its highest right; on
    the way from one to the other, a feature at a time, the node turns with its own feature, and
    then, a grey level at a time, at its threshold.
    """
    found: dict[int, tuple[int, int]] = {}
    boxes = [(0, np.zeros(FEATURES, np.int64), np.full(FEATURES, DARKEST))]
    while boxes:
        node, low, high = boxes.pop()
        left, right = (records.follow(corner).get(node) for corner in (low, high))
        if left is None or left == right or right is None:
            continue  # a leaf, or nothing that tells corners apart

        def raised(features: int, low: Integers = low, high: Integers = high) -> Integers:
            return np.where(np.arange(FEATURES) < features, high, low)

        def turns(row: Integers, node: int = node, right: int = right) -> bool:
            return records.follow(row).get(node) == right

        feature = first(0, FEATURES, lambda features: turns(raised(features))) - 1

        def at(level: int, low: Integers = low, feature: int = feature) -> Integers:
            row = low.copy()
            row[feature] = level
            return row

        level = first(int(low[feature]), int(high[feature]), lambda level: turns(at(level)))
        found[node] = feature, level
        below, above = high.copy(), low.copy()
        below[feature], above[feature] = level - 1, level
        boxes += [(left, low, below), (right, above, high)]
    return found


def tree_path(shown: bool = True) -> Facts:
    """A consumer who sees the records of a tree's nodes finds every one of them."""
    from sklearn.tree import DecisionTreeClassifier

    digits = load_digits()
    tree: _Tree = (
        DecisionTreeClassifier(random_state=0)
        .fit(digits.train.inputs * DARKEST, digits.train.labels)
        .tree_
    )
    records = Records(tree, shown)
    found = find_path(records)
    nodes = np.flatnonzero(tree.children_left >= 0)
    levels = np.floor(tree.threshold) + 1
    exact = sum(found.get(int(node)) == (tree.feature[node], levels[node]) for node in nodes)
    return Facts(
        deviated=["consumer"],
        convicted=[],
        harmed=exact >= WHOLE * len(nodes),
        lines=[
            f"{records.requests:,} requests find {exact} of {len(nodes)} nodes exactly",
        ],
        figures={"requests": records.requests, "exact": exact, "nodes": len(nodes)},
    )
