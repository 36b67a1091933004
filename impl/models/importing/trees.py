"""Decision trees, and ensembles of trees alone: forests, boosting, bagging.

All trees of a group go down side by side, a level at a time, each by the index of the node that it
has come to. A level has a table of features, one of limits, and one of where to go; the two answers
to a question stand beside each other in the next level, so the answer is added to the index. Leaves
go on as copies of themselves, up to the last level, where the table of what they say is; this makes
tables some four times as long as trees, and paths of all trees as long as the longest.

*What is exact.* The path through each tree, and with it the label or the leaf of a single tree. A
threshold becomes a limit, the least integer that goes right, found by asking scikit-learn's own
comparison about integers (`limits`). Integers on a grid are never missing, so what a tree does with
missing values is left out.

*What is rounded.* What a leaf says has 30 fractional bits, fewer if sums of large leaves need them,
and more if all that is summed is below 1: 30 below the largest, as far as 2**-51. So means and sums
are within 2**-31 of those of real numbers, or of the largest of them, for each tree that is summed,
and the labels of an ensemble agree, unless scores are as near to each other as that. Among them are
ties, which are exact here, and go to the first label; in scikit-learn rounding decides them, and it
can go either way.

*Cuts.* Between groups, each with the sum so far; or a single group between levels, with the index
of each tree and, behind the last question, without the features. Nobody needs the tables of another
level, so whoever asks does not know what comes of it, and who has the leaves does not know what was
asked. Whoever had a whole branch would have complete rules.
"""

from collections.abc import Sequence
from math import lcm
from typing import Self, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from impl.models.fixedpoint import Integers, Reals, to_fixed
from impl.models.graph import Symbol
from impl.models.importing.linear import labels
from impl.models.importing.registry import (
    Estimator,
    Features,
    Options,
    Scores,
    importer,
    write,
)
from impl.models.importing.tables import softmax
from impl.models.model import Label
from impl.models.operators import ModelError, check

LEAF_BITS = 30
"""Fractional bits of what a leaf says, at most; below 1, bits of the largest number summed."""
COARSEST = 12
"""Bits of the largest number summed, at least."""
Precision: TypeAlias = type[np.float32] | type[np.float64]
"""In which floats thresholds are compared."""


@attrs.frozen(eq=False)
class Tree:
    """A tree as it was trained; node 0 is its root, and asks.

    Attributes:
        feature, threshold: (nodes,) a row goes left if that column of it is at most that.
        left, right: (nodes,) where it comes to; -1 at a leaf.
        values: (nodes, scores) what a leaf says.
    """

    feature: Integers
    threshold: Reals
    left: Integers
    right: Integers
    values: Reals

    @classmethod
    def made(
        cls, feature: Integers, threshold: Reals, left: Integers, right: Integers, values: Reals
    ) -> Self:
        """A tree whose root may be a leaf: then both answers to its question are that leaf."""
        if len(left) > 1:
            return cls(feature, threshold, left, right, values)
        leaf = [-1, -1]
        asks = np.array([0, 0, 0]), np.full(3, np.inf), np.array([1, *leaf]), np.array([2, *leaf])
        return cls(*asks, values.repeat(3, axis=0))


@attrs.frozen(eq=False)
class Level:
    """The questions of a level: (places,) each, where a place is a question or a copy of a leaf.

    Attributes:
        feature: which column is asked about.
        limit: the least integer that goes right; for a leaf one that no column reaches.
        left: the place in the next level for those that go left; beside it is that for the others.
    """

    feature: Integers
    limit: Integers
    left: Integers


def limits(features: Features, feature: Integers, threshold: Reals, to: Precision) -> Integers:
    """The least integers that are above thresholds when the estimator compares them.

    Each is sought by halving among all integers of its column, and is one past them if none is. A
    quotient such as `threshold * steps` would be rounded by itself, and trees compare in float32.

    Args:
        feature, threshold: (questions,).
        to: as what the estimator compares.
    """
    order = np.argsort(feature, kind="stable")
    row = np.empty(len(feature), np.int64)
    row[order] = np.arange(len(feature)) - np.searchsorted(feature[order], feature[order])
    asked = np.zeros((row.max() + 1, features.width))
    asked[row, feature] = threshold
    bounds = features.symbol.interval
    low = np.broadcast_to(bounds.least.astype(np.int64), asked.shape)
    high = np.broadcast_to(bounds.most.astype(np.int64) + 1, asked.shape)
    while (unsure := low < high).any():
        middle = low + high >> 1
        left = features.reals(middle).astype(to) <= asked
        low, high = np.where(left & unsure, middle + 1, low), np.where(left, high, middle)
    found: Integers = low[row, feature]
    return found


def levels(features: Features, trees: Sequence[Tree], to: Precision) -> tuple[list[Level], Reals]:
    """The levels of trees side by side, and what the places behind the last one say."""
    feature, threshold, left, right, values = (
        np.concatenate(one) for one in zip(*(attrs.astuple(tree) for tree in trees), strict=True)
    )
    asks = left >= 0
    sizes = [len(tree.left) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    left, right = (side + np.repeat(roots, sizes) for side in (left, right))
    feature = np.where(asks, feature, 0)
    asked = np.append(feature[asks], 0), np.append(threshold[asks], np.inf)
    *found, beyond = limits(features, *asked, to)
    limit = np.full(len(left), beyond)
    limit[asks] = found

    made, places = [], roots
    while (asking := asks[places]).any():
        # Copies of leaves stand first, so that an index is inside of the table whatever is added.
        leaves, inner = places[~asking], places[asking]
        goes = np.empty(len(places), np.int64)
        goes[~asking] = np.arange(len(leaves))
        goes[asking] = len(leaves) + 2 * np.arange(len(inner))
        made.append(Level(feature[places], limit[places], goes))
        places = np.concatenate([leaves, np.stack([left[inner], right[inner]], axis=1).ravel()])
    return made, values[places]


def fixed(values: Reals, bits: int) -> Integers:
    """What leaves say, (leaves, scores), in integers; each prefers the score that it did before."""
    rounded = to_fixed(values, bits, "leaves")
    rows, best = np.arange(len(values)), values.argmax(axis=1)
    rounded[rows, best] = rounded.max(axis=1)
    rounded[rows, best] += rounded.argmax(axis=1) != best
    return rounded


def descend(features: Features, questions: Sequence[Level]) -> tuple[Symbol, list[int]]:
    """The place that each tree has come to at last, and the nodes before which levels end."""
    symbol, ends = features.symbol, []
    first, *others = questions
    place = symbol.gather(first.feature).at_least(first.limit) + first.left
    for level in others:
        ends.append(len(symbol.graph.nodes))
        value = symbol.gather(place.look_up(level.feature))
        place = place.look_up(level.left) + value.at_least(place.look_up(level.limit))
    return place, [*ends, len(symbol.graph.nodes)]


def say(places: Symbol, values: Integers, trees: int, scores: int) -> Symbol:
    """The sums of what the places of so many trees say, (rows, scores).

    Args:
        values: (leaves, scores), or (leaves, 1) if the first trees speak of the first score alone,
            as many of the second one, and so on.
    """
    leaves, spoken = values.shape
    if spoken > 1:
        places = places.gather(np.tile(np.arange(trees), spoken))
        places += np.repeat(np.arange(spoken) * leaves, trees)
    return places.look_up(values.T).reduce_sum(trees * spoken // scores)


def _size(number: float) -> int:
    """The least power of two above a number's magnitude; of 0, the zeroth."""
    return int(np.frexp(number)[1])


@attrs.frozen(eq=False)
class Ensemble:
    """Trees whose leaves are summed, as they were trained.

    Attributes:
        stages: each of one tree that speaks of all scores, or of one tree for each score.
        scores: how many there are.
        start: (scores,) what the sums begin with.
        beside: the magnitude of what is added to the sums, at most.
        precision: in which floats thresholds are compared.
    """

    stages: Sequence[Sequence[Tree]]
    scores: int
    start: Reals = attrs.field(default=attrs.Factory(lambda self: np.zeros(self.scores), True))
    precision: Precision = np.float32
    beside: float = 0.0

    @property
    def bits(self) -> int:
        """With how many fractional bits all sums are exact.

        Raises ModelError if there are none, or if the largest number would be a few steps itself.
        """
        leaf = max(float(np.abs(tree.values).max()) for stage in self.stages for tree in stage)
        start, count = float(np.abs(self.start).max()), len(self.stages)
        largest, reach = max(leaf, start, self.beside), count * leaf + start
        # A mean counts in steps of all its trees together, of which a face can have 2**53 to 1.
        room = 51 - max(_size(reach), _size(count))
        bits = min(LEAF_BITS - min(_size(largest), 0), room)
        if bits < 0:
            raise ModelError(f"leaves sum to {reach:.3g}, beyond 2**51: fit it to smaller targets")
        if largest and bits + _size(largest) < COARSEST:
            raise ModelError(f"leaves of {largest:.3g} at most: fit it to larger targets")
        return bits

    def write(self, features: Features, groups: int) -> tuple[Symbol, tuple[int, ...]]:
        """The sums, (rows, scores), with `bits` fractional bits, and the seams."""
        nodes, seams = features.symbol.graph.nodes, []
        total: Symbol | None = None
        for some in np.array_split(np.arange(len(self.stages)), min(groups, len(self.stages))):
            stages = [self.stages[number] for number in some]
            trees = [tree for speakers in zip(*stages, strict=True) for tree in speakers]
            seams.append(len(nodes))
            questions, values = levels(features, trees, self.precision)
            places, ends = descend(features, questions)
            said = say(places, fixed(values, self.bits), len(trees), self.scores)
            total = said + to_fixed(self.start, self.bits) if total is None else total + said
        assert total is not None  # there is a stage
        return total, tuple(seams[1:] or ends)


def names(estimator: Estimator, options: Options) -> tuple[Label, ...]:
    """What a classifier calls its classes; of a regression, none.

    Raises ModelError for several outputs, and if a regression is asked for probabilities.
    """
    several = getattr(estimator, "n_outputs_", 1) > 1
    check(not several, "it predicts several numbers or labels: train one model for each")
    if hasattr(estimator, "classes_"):
        return labels(estimator)
    check(not options.probabilities, "a regression has no probabilities: leave them out")
    return ()


def tree_of(estimator: Estimator) -> Tree:
    """The tree of a fitted one, whose leaves say chances, or what is predicted."""
    tree = estimator.tree_
    sides = tree.children_left, tree.children_right
    return Tree.made(tree.feature, tree.threshold, *sides, tree.value[:, 0, :])


def averaged(features: Features, trees: Sequence[Tree], options: Options) -> Scores:
    """The mean of what trees say, without labels."""
    ensemble = Ensemble([[tree] for tree in trees], trees[0].values.shape[1])
    symbol, seams = ensemble.write(features, options.groups)
    return Scores(symbol, len(trees) << ensemble.bits, seams=seams)


@importer(
    *("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier"),
    *("ExtraTreeRegressor", "RandomForestClassifier", "RandomForestRegressor"),
    *("ExtraTreesClassifier", "ExtraTreesRegressor"),
)
def forest(features: Features, estimator: Estimator, options: Options) -> Scores:
    """A tree, or the mean of a forest: chances of classes, or what is predicted."""
    classes = names(estimator, options)
    members = getattr(estimator, "estimators_", [estimator])
    mean = averaged(features, [tree_of(member) for member in members], options)
    return attrs.evolve(mean, labels=classes)


@importer("GradientBoostingClassifier", "GradientBoostingRegressor")
def boosting(features: Features, estimator: Estimator, options: Options) -> Scores:
    """The sum of trees, and of what the first estimator says."""
    classes, rate, first = names(estimator, options), estimator.learning_rate, estimator.init_
    stages = [[tree_of(member) for member in stage] for stage in estimator.estimators_]
    scaled = [[attrs.evolve(t, values=rate * t.values) for t in stage] for stage in stages]
    dummy = type(first).__name__.startswith("Dummy") and first.strategy != "stratified"
    if first == "zero" or dummy:
        start = estimator._raw_predict_init(np.zeros((1, features.width)))[0]
        return summed(features, estimator, options, Ensemble(scaled, len(start), start))
    check(not classes, "init needs logarithms of its chances: leave it to be None")
    rounded = attrs.evolve(features, reals=lambda grid: features.reals(grid).astype(np.float32))
    base = write(rounded, first, options)
    seam, reach = len(features.symbol.graph.nodes), base.symbol.interval.reach / base.steps
    above = summed(features, estimator, options, Ensemble(scaled, 1, beside=reach))
    steps = lcm(above.steps, base.steps)
    both = above.symbol * (steps // above.steps) + base.symbol * (steps // base.steps)
    return Scores(both, steps, seams=(seam, *above.seams))


@importer("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
def histograms(features: Features, estimator: Estimator, options: Options) -> Scores:
    """The sum of trees over histograms, which compare in float64.

    Columns that were declared categorical are refused, for their questions are about sets.
    """
    numeric = not np.any(estimator.is_categorical_)
    check(numeric, "categorical columns: encode each category as a column of 0 or 1")
    loss = estimator.loss
    check(loss not in ("poisson", "gamma"), f"loss {loss!r} gives exponentials: fit another one")
    stages = [[_of_nodes(one.nodes) for one in stage] for stage in estimator._predictors]
    start = np.ravel(estimator._baseline_prediction)
    return summed(features, estimator, options, Ensemble(stages, len(start), start, np.float64))


def _of_nodes(nodes: NDArray[np.void]) -> Tree:
    leaf = nodes["is_leaf"] != 0
    left, right = (np.where(leaf, -1, nodes[side].astype(np.int64)) for side in ("left", "right"))
    values = nodes["value"][:, np.newaxis]
    return Tree.made(nodes["feature_idx"], nodes["num_threshold"], left, right, values)


def summed(
    features: Features, estimator: Estimator, options: Options, ensemble: Ensemble
) -> Scores:
    """The scores of boosting; if of two classes one has a score, the other one has 0.

    A score of 0 is then of the second class in `GradientBoosting`, and of the first one elsewhere.
    """
    classes, name = names(estimator, options), type(estimator).__name__
    symbol, seams = ensemble.write(features, options.groups)
    if len(classes) == 2:
        first = name == "GradientBoostingClassifier" and not options.probabilities
        symbol = symbol.graph.concat(0, symbol + 1 if first else symbol)
    if not options.probabilities:
        return Scores(symbol, 1 << ensemble.bits, classes, seams)
    seams = (*seams, len(symbol.graph.nodes))
    fraction = ensemble.bits - (getattr(estimator, "loss", "") == "exponential")  # that is, doubled
    if name == "AdaBoostClassifier" and len(classes) > 2:
        symbol //= len(classes) - 1
    symbol = softmax(symbol, fraction, len(classes), options.activation_bits)
    return Scores(symbol, 1 << options.activation_bits, classes, seams)


@importer("AdaBoostClassifier")
def adaptive(features: Features, estimator: Estimator, options: Options) -> Scores:
    """The sum of what the trees vote for, by their weights."""
    members, count = estimator.estimators_, len(names(estimator, options))
    trees = all(hasattr(member, "tree_") for member in members)
    check(trees, "members that are no trees: use trees, or a VotingClassifier")
    weights = estimator.estimator_weights_ / estimator.estimator_weights_.sum()
    stages = []
    for member, weight in zip(members, weights, strict=False):  # it may have stopped early
        tree = tree_of(member)
        votes = np.eye(count)[tree.values.argmax(axis=1)]
        votes = (votes * count - 1) / (count - 1)  # for the others, against them
        votes = votes if count > 2 else votes[:, 1:] - votes[:, :1]
        stages.append([attrs.evolve(tree, values=weight * votes)])
    return summed(features, estimator, options, Ensemble(stages, votes.shape[1]))
