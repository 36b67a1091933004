"""Ensembles of any members: voting, bagging and stacking.

Each member is written by the importer of its kind and is a part, and what combines them is another.
Means of chances or of predictions are sums of multiples, all brought to the same steps, so nothing
is rounded but what members round themselves, unless their sum would not fit; votes are counted. A
tie goes to the first label. Weights are taken as multiples of 2**-weight_bits, or of the largest of
them if that is below 1.

Chances of members that are no trees have `activation_bits`, so labels can differ from those of the
original where its means are that near to each other; and what is stacked on chances or predictions
looks at rounded ones, so a tree on top of others is not as exact as a tree.
"""

from collections.abc import Sequence
from math import lcm

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import Integers, Reals
from impl.models.importing.dense import fixed
from impl.models.importing.registry import (
    Estimator,
    Features,
    Options,
    Scores,
    importer,
    kind,
    write,
)
from impl.models.importing.trees import Tree, averaged, names, say, tree_of
from impl.models.operators import check

STACKED = 24
"""Bits that what is stacked on has at most, so that there is room for products with it."""


def beside(
    features: Sequence[Features], members: Sequence[Estimator], options: Sequence[Options]
) -> tuple[list[Scores], tuple[int, ...]]:
    """What each member computes of its features, and behind which nodes it has done so."""
    made, seams = [], []
    for one, member, given in zip(features, members, options, strict=True):
        made.append(write(one, member, given))
        seams.append(len(made[-1].symbol.graph.nodes))
    return made, tuple(seams)


def shares(weights: ArrayLike | None, members: int, bits: int) -> Integers:
    """Weights of members as integers without a common divisor; 1 for each unless given.

    They have so many fractional bits, and more if all are below 1: of the largest of them.
    """
    given = np.ones(members) if weights is None else np.asarray(weights, np.float64)
    check(bool(given.min() >= 0 < given.max()), "weights below 0, or all of them 0: give others")
    below = min(0, int(np.frexp(given.max())[1]))
    whole = fixed(np.ldexp(given, -below), bits, "weights")
    divided: Integers = whole // np.gcd.reduce(whole)
    return divided


def places(scores: Scores) -> list[int]:
    """Of which classes a member gives scores: its labels are their numbers. 0 for a regression."""
    return [int(label) for label in scores.labels] or [0]


def mean(members: Sequence[Scores], weights: Integers, count: int) -> Scores:
    """The mean of what members say of so many classes, by weights; without labels."""
    members = fitting(members, weights)
    steps, unit = lcm(*(one.steps for one in members)), np.eye(count, dtype=np.int64)
    factors = [steps // one.steps * weight for one, weight in zip(members, weights, strict=True)]
    matrix = [unit[places(one)] * factor for one, factor in zip(members, factors, strict=True)]
    said = members[0].symbol.graph.concat(*(one.symbol for one in members))
    summed = said.matmul(np.concatenate(matrix), np.zeros(count, np.int64))
    return Scores(summed, steps * int(weights.sum()))


def fitting(members: Sequence[Scores], weights: Integers) -> list[Scores]:
    """Members whose sum by weights, over their common steps, is below 2**53, as these steps are.

    If it is not, those with most fractional bits lose as many as needed, halves rounded up.
    """
    steps = [one.steps for one in members]
    reach = [one.symbol.interval.reach / one.steps for one in members]
    largest = max(np.dot(reach, weights), weights.sum() / 2)
    over = max(0, int(np.frexp(largest * lcm(*steps))[1]) - 52)
    most = max(map(fraction, members))
    return [rounded(one, fraction(one) - max(0, most - over)) for one in members]


def fraction(scores: Scores) -> int:
    """How many fractional bits scores have: how often their steps can be halved."""
    return (scores.steps & -scores.steps).bit_length() - 1


def rounded(scores: Scores, bits: int) -> Scores:
    """The same with so many fractional bits less, at most with none, halves rounded up."""
    drop = min(bits, fraction(scores))
    if drop <= 0:
        return scores
    return attrs.evolve(
        scores, symbol=scores.symbol + (1 << drop >> 1) >> drop, steps=scores.steps >> drop
    )


def majority(members: Sequence[Scores], weights: Integers, count: int) -> Scores:
    """Which share of members, by weights, is for each of so many classes; without labels."""
    unit = np.eye(count, dtype=np.int64)
    votes = [unit[places(one)] * weight for one, weight in zip(members, weights, strict=True)]
    chosen = [one.symbol.argmax(len(one.labels)) for one in members]
    starts = np.cumsum([0, *map(len, votes[:-1])])
    ballots = chosen[0].graph.concat(*chosen) + starts
    return Scores(say(ballots, np.concatenate(votes), len(members), count), int(weights.sum()))


def _voted(estimator: Estimator, rows: Reals) -> Reals:
    if estimator.voting == "soft":
        return np.asarray(estimator.predict_proba(rows), np.float64)
    ballots = np.stack([member.predict(rows) for member in estimator.estimators_])
    chosen = ballots[:, :, np.newaxis] == np.arange(len(estimator.classes_))
    return np.average(chosen, axis=0, weights=estimator._weights_not_none)


def _voice(estimator: Estimator) -> str:
    return "shares of votes" if estimator.voting == "hard" else "scores"


def voting(features: Features, estimator: Estimator, options: Options) -> Scores:
    """The mean of members, or which share of them is for each label."""
    classes, members = names(estimator, options), estimator.estimators_
    hard = bool(classes) and estimator.voting == "hard"
    check(not (hard and options.probabilities), "it counts votes: ask for no probabilities")
    each = attrs.evolve(options, probabilities=bool(classes) and not hard)
    size = len(members)
    made, seams = beside([features] * size, members, [each] * size)
    combine, weights = majority if hard else mean, estimator._weights_not_none
    combined = combine(made, shares(weights, size, options.weight_bits), len(classes) or 1)
    return attrs.evolve(combined, labels=classes, seams=seams)


importer("VotingClassifier", reference=_voted, said=_voice)(voting)
importer("VotingRegressor")(voting)


def selected(features: Features, columns: Integers) -> Features:
    """Some columns of features; the same one can be there several times."""
    if np.array_equal(columns, np.arange(features.width)):
        return features

    def reals(grid: Integers) -> Reals:
        full = np.zeros((len(grid), features.width), np.int64)
        found = np.empty(grid.shape)
        for number, column in enumerate(columns):
            full[:, column] = grid[:, number]
            found[:, number] = features.reals(full)[:, column]
        return found

    scale, offset, error = (
        one[columns] for one in (features.scale, features.offset, features.error)
    )
    symbol = features.symbol.gather(columns)
    return Features(symbol, scale, offset, reals, features.size, error)


def _bagged(estimator: Estimator, rows: Reals) -> Reals:
    give = estimator.predict_proba if hasattr(estimator, "classes_") else estimator.predict
    return np.asarray(give(rows), np.float64).reshape(len(rows), -1)


@importer("BaggingClassifier", "BaggingRegressor", reference=_bagged)
def bagging(features: Features, estimator: Estimator, options: Options) -> Scores:
    """The mean of members that look at some columns each, or votes if they have no chances."""
    classes, members = names(estimator, options), estimator.estimators_
    columns, count = estimator.estimators_features_, len(classes) or 1
    if all(hasattr(member, "tree_") for member in members):
        trees = [_moved(*each, count) for each in zip(members, columns, strict=True)]
        return attrs.evolve(averaged(features, trees, options), labels=classes)
    seen = min(len(member.classes_) for member in members) if classes else count
    check(seen == count, f"a member has seen {seen} of {count} classes: have each see more rows")
    soft = bool(classes) and hasattr(members[0], "predict_proba")
    given = [selected(features, each) for each in columns]
    size, each = len(members), attrs.evolve(options, probabilities=soft)
    made, seams = beside(given, members, [each] * size)
    combine = mean if soft or not classes else majority
    combined = combine(made, np.ones(size, np.int64), count)
    return attrs.evolve(combined, labels=classes, seams=seams)


def _moved(member: Estimator, columns: Integers, count: int) -> Tree:
    """The tree of a member, which looks at some columns, and may have seen some classes only."""
    tree = tree_of(member)
    values = np.zeros((len(tree.left), count))
    values[:, getattr(member, "classes_", np.zeros(1)).astype(np.intp)] = tree.values
    feature = np.asarray(columns)[np.maximum(tree.feature, 0)]
    return attrs.evolve(tree, feature=feature, values=values)


def _stacked(estimator: Estimator, rows: Reals) -> Reals:
    last = estimator.final_estimator_
    return kind(last).reference(last, np.asarray(estimator.transform(rows), np.float64))


@importer("StackingClassifier", "StackingRegressor", reference=_stacked)
def stacking(features: Features, estimator: Estimator, options: Options) -> Scores:
    """An estimator that looks at what members say, and at the features themselves if asked to."""
    classes, members, methods = (
        names(estimator, options),
        estimator.estimators_,
        estimator.stack_method_,
    )
    soft = [attrs.evolve(options, probabilities=method == "predict_proba") for method in methods]
    made, seams = beside([features] * len(members), members, soft)
    said = [_stood_for(*each) for each in zip(made, methods, strict=True)]
    looked = _together([*said, features] if estimator.passthrough else said)
    last = write(looked, estimator.final_estimator_, options)
    labels = tuple(classes[int(label)] for label in last.labels)
    return attrs.evolve(last, labels=labels, seams=seams)


def _stood_for(scores: Scores, method: str) -> Features:
    """What a member says by one of its methods. Of two classes it says one number."""
    count = len(scores.labels)
    if count and method == "predict":
        label = scores.symbol.argmax(count).look_up(np.array(places(scores)))
        return Features.on_grid(label, [1])
    scores = rounded(scores, int(np.frexp(scores.symbol.interval.reach)[1]) - STACKED)
    symbol, steps = scores.symbol, scores.steps
    if count == 2:
        first, second = (symbol.gather(number) for number in (0, 1))
        symbol = second if method == "predict_proba" else second - first
    return Features.on_grid(symbol, [steps] * (count if count > 2 else 1))


def _together(several: Sequence[Features]) -> Features:
    """Features side by side."""
    ends = np.cumsum([one.width for one in several])[:-1]

    def reals(grid: Integers) -> Reals:
        each = zip(several, np.split(grid, ends, axis=1), strict=True)
        return np.concatenate([one.reals(part) for one, part in each], axis=1)

    symbol = several[0].symbol.graph.concat(*(one.symbol for one in several))
    scale, offset = (
        np.concatenate([getattr(o, name) for o in several]) for name in ("scale", "offset")
    )
    return Features(symbol, scale, offset, reals)
