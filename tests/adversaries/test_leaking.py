"""What split models leak: the laws hold of what is measured, and say something."""

from collections.abc import Iterator
from itertools import combinations
from typing import cast

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from adversaries.leaking.coalitions import Pooled, coalitions, lawful, least
from adversaries.leaking.convolutions import Convolved, convolutions
from adversaries.leaking.copies import CLOSE, compare, independent, solve, uniform_inputs
from adversaries.leaking.dictionary import FIELDS, Opened, dictionary
from adversaries.leaking.exposure import PAIRS, Exposed, exposure
from adversaries.leaking.formulas import FORMULAS, Found, Written, formulas
from adversaries.leaking.leakage import Case, Leakage
from adversaries.leaking.linking import Linked, linking
from adversaries.leaking.logistic import Asked, logistic
from adversaries.leaking.openings import Beside, openings
from adversaries.leaking.reidentification import Identified, reidentification
from adversaries.leaking.shares import Ensemble, Shared, added, certain, shares
from adversaries.leaking.table import EXPERIMENTS
from adversaries.leaking.tolerance import Steered, tolerance
from adversaries.leaking.trees import (
    DARKEST,
    FEATURES,
    Branch,
    Fork,
    Log,
    Records,
    Walked,
    answer,
    branch,
    common,
    find,
    first,
    trees,
)
from adversaries.leaking.worth import Valued, moved, worth
from impl.models.fixedpoint import Integers
from impl.models.training import load_digits


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Sums are small, and threads only wait for one another."""
    with threadpool_limits(1):
        yield


def error(row: Case) -> float:
    """The largest error of a copy, which there is."""
    assert row.copy is not None
    return row.copy.error


@given(st.integers(2, 9), st.booleans())
def test_the_smallest_coalition_that_knows_all_is_half_of_the_parts(
    parts: int, account: bool
) -> None:
    def known(size: int) -> bool:
        return any(lawful(some, parts, account) for some in combinations(range(parts), size))

    size = least(parts, account)
    assert known(size)
    assert not known(size - 1)


@given(st.sets(st.integers(0, 7)), st.integers(0, 7), st.booleans())
def test_who_holds_more_knows_no_less(held: set[int], one: int, account: bool) -> None:
    assert lawful({*held, one}, 8, account) >= lawful(held, 8, account)
    assert lawful(held, 8, True) >= lawful(held, 8, account)


def check_coalitions(parts: int, requests: int) -> None:
    found = coalitions([(1,) * parts], (), requests)
    rows = [row for row in cast(list[Pooled], found.rows) if row.broad]
    assert len(rows) == 2 ** (parts + 1) - 3  # whoever has no account and no part is nobody
    assert {row.exact for row in rows} == {True, False}
    assert not found.broken, found.broken
    for row in rows:
        others = {*range(1, parts + 1)} - {*row.coalition}
        assert {*row.solved, *row.trained, *row.unseen} == others
        assert (row.copy is None) == bool(row.unseen)


def test_coalitions_know_what_the_law_says() -> None:
    check_coalitions(3, 400)


@pytest.mark.full
@pytest.mark.parametrize("parts", [4, 5])
def test_coalitions_of_more_parts_do_too(parts: int) -> None:
    check_coalitions(parts, 1000)


def test_what_breaks_the_law_is_told() -> None:
    """So few requests show no layer of 64 inputs, and who should know it does not."""
    found = coalitions(requests=(), broad=20)
    assert any(
        "{2} + account of 1+1+1 layers has not the model, and should" in line
        for line in found.broken
    )
    assert any("it takes" in line for line in found.broken)


def test_coalitions_of_larger_parts_know_nothing_exactly() -> None:
    found = coalitions([(2, 1)], (), 200)
    rows = cast(list[Pooled], found.rows)
    known = [row for row in rows if row.exact]
    assert not found.broken, found.broken
    assert [(row.coalition, row.account) for row in known] == [((1,), True)]  # it misses a layer


def test_a_consumer_who_sees_paths_finds_every_node() -> None:
    found = trees((100,))
    onlooker, chooser, blind = cast(list[Walked], found.rows)
    assert not found.broken
    assert chooser.exact == chooser.nodes > onlooker.exact > blind.exact == 0
    assert error(chooser) == 0
    assert onlooker.copy is not None
    assert onlooker.copy.held_out > onlooker.black_box.held_out


@pytest.mark.parametrize("last", [1, 2, 9, 10])
def test_first_is_found_by_halving(last: int) -> None:
    assert first(0, 10, lambda number: number >= last) == last


STUMP = Fork(1, 3, 0, Fork(0, 16, 1, 0))


class Shown(Records):
    """What is seen of a tree of which nothing is known but what it says."""

    def __init__(self, tree: Branch, parts: bool) -> None:
        super().__init__([])
        self.tree, self.in_parts = tree, parts

    def paths(self, rows: Integers) -> Integers:
        self.asked.extend(rows)
        return np.array(
            [walk(self.tree, row) if self.in_parts else walk(self.tree, row)[-1:] for row in rows]
        )


def walk(tree: Branch, row: Integers) -> list[int]:
    """The places of a row in two levels, and its label."""
    places = list[int]()
    while isinstance(tree, Fork):
        right = int(row[tree.feature] >= tree.level)
        places.append(2 * (places[-1] if places else 0) + right)
        tree = tree.right if right else tree.left
    return [*places, *places[-1:] * (2 - len(places)), tree]


@pytest.mark.parametrize(("parts", "found"), [(True, STUMP), (False, Fork(0, 16, 0, 0))])
def test_a_tree_by_hand_is_found_from_its_paths_alone(parts: bool, found: Branch) -> None:
    records = Shown(STUMP, parts)
    tree = find(records, np.zeros(2, np.int64), np.full(2, DARKEST))
    assert (tree == STUMP) == parts
    assert common(tree, STUMP) == (2 if parts else 0)
    assert len(records.asked) < 60


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999))
def test_what_is_learnt_of_paths_answers_as_they_did(seed: int) -> None:
    rows = uniform_inputs(60, 2, DARKEST, seed)
    paths = np.array([walk(STUMP, row) for row in rows])
    assert (answer(Log(rows, paths).tree(), rows) == paths[:, -1]).all()


def test_a_tree_of_scikit_learn_is_read_as_it_answers() -> None:
    from sklearn.tree import DecisionTreeClassifier

    rows = uniform_inputs(200, 4, DARKEST, seed=1)
    model = DecisionTreeClassifier(random_state=0).fit(rows, 3 * (rows[:, 0] > rows[:, 1]))
    fresh = uniform_inputs(500, 4, DARKEST, seed=2)
    assert (answer(branch(model), fresh) == model.predict(fresh)).all()


def test_parts_are_worth_more_than_none_also_off_distribution() -> None:
    none, one, two = cast(list[Valued], worth(draws=3).rows)
    assert none.held_out < one.held_out
    assert none.held_out < two.held_out
    assert max(none.moved, 0.1) < two.moved < two.held_out


def test_an_image_moves_by_a_pixel() -> None:
    images = np.arange(128).reshape(2, 64)
    right = moved(images).reshape(2, 8, 8)
    assert (right[:, :, 1:] == images.reshape(2, 8, 8)[:, :, :-1]).all()
    assert not right[:, :, 0].any()


def test_who_is_drawn_sees_more_than_who_is_fixed() -> None:
    fixed, drawn = cast(list[Exposed], exposure().rows)
    assert fixed.executed < drawn.executed < drawn.parts
    assert {*fixed.waits} == {PAIRS}  # whoever is on both sides is so at each request
    assert all(PAIRS < wait <= drawn.requests for wait in drawn.waits)
    alone = cast(list[Exposed], exposure([(vendor,) for vendor in range(6)]).rows)
    assert [row.executed for row in alone] == [1, 1]


@pytest.mark.parametrize("known", [False, True])
def test_secrets_hide_what_is_shared_and_what_stands_beside(known: bool) -> None:
    opened, shared = openings(known), linking(("network", "forest"), known)
    assert not opened.broken
    assert not shared.broken
    assert [row.found for row in cast(list[Beside], opened.rows)] == [known] * 2
    for row in cast(list[Linked], shared.rows):
        assert row.linked == (row.shared if known or not row.salted else 0)


@pytest.fixture(scope="module")
def ensembles() -> list[Ensemble]:
    return [Ensemble.of(kind, 6, seed=0) for kind in ("forest", "boosting")]


@pytest.mark.parametrize("kind", [0, 1])
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_larger_share_is_certain_of_more_and_never_wrong(
    kind: int, ensembles: list[Ensemble], data: st.DataObject
) -> None:
    ensemble = ensembles[kind]
    start = data.draw(st.integers(0, 1))
    stop = data.draw(st.integers(4, 5))  # the fewer are missing, the more is certain
    rows = np.vstack(
        [
            uniform_inputs(50, FEATURES, DARKEST, data.draw(st.integers(0, 99))),
            np.rint(load_digits().held_out.inputs[:50] * DARKEST).astype(np.int64),
        ]
    )
    carried = ensemble.sums(rows)
    smaller, larger = (range(start, end) for end in (stop, stop + 1))
    few, more = (certain(ensemble, h, added(carried, h)) for h in (smaller, larger))
    answers = ensemble.model.component.run(rows).argmax(axis=1)
    for sure in (few, more):
        assert (sure[sure >= 0] == answers[sure >= 0]).all()
    assert (more[few >= 0] == few[few >= 0]).all()
    others = [number for number in range(6) if not start <= number < stop]
    lowest, highest = ensemble.reach[others].sum(axis=0)
    for sure, sums in zip(few, added(carried, smaller), strict=True):
        best = sums.argmax()
        rivals = [c for c in range(len(sums)) if sums[c] + highest[c] >= sums[best] + lowest[best]]
        assert sure == (best if rivals in ([], [best]) else -1)


def test_what_the_sum_grows_by_lies_within_a_members_reach(ensembles: list[Ensemble]) -> None:
    rows = np.rint(load_digits().train.inputs * DARKEST).astype(np.int64)  # which reach each leaf
    for ensemble in ensembles:
        carried = ensemble.sums(rows)
        slack = 1e-6 * ensemble.model.steps  # each leaf is rounded
        for number, (lowest, highest) in enumerate(ensemble.reach):
            gives = added(carried, range(number, number + 1))
            assert np.abs(gives.min(axis=0) - lowest).max() < slack
            assert np.abs(gives.max(axis=0) - highest).max() < slack


def test_shares_of_an_ensemble_work_and_say_what_they_are_sure_of() -> None:
    found = shares(count=6, requests=50)
    assert not found.broken
    for row in cast(list[Shared], found.rows):
        assert row.copy is not None
        assert row.copy.held_out >= row.certain
    assert max(row.certain for row in cast(list[Shared], found.rows)) > 0


def test_formulas_between_neighbours_are_written_down() -> None:
    found = formulas((6, 50))
    assert not found.broken
    rows = {(row.formula, row.requests): row for row in cast(list[Written], found.rows)}
    for name in FORMULAS:
        row = rows[name, 50]
        assert bool(row.found) == (name != "nested"), row
        assert not row.found or error(row) == 0
        assert not row.black_box_found
    assert rows["linear", 6].found == "3 u0 + -5 u1 + 7 u2 + 2 u3 + 11"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(1, 4))
def test_a_linear_formula_takes_more_rows_than_unknowns(seed: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-100, 100, size=(columns + 2, columns))
    outputs = inputs @ rng.integers(-9, 9, size=(columns, 1)) + 5
    found = Found.of(inputs, outputs)
    assert found.exact
    assert np.abs(found.run(inputs) - outputs).max() < 1
    assert not Found.of(inputs[: columns + 1], outputs[: columns + 1]).exact


def test_a_kernel_is_solved_from_a_few_images() -> None:
    found = convolutions((5, 20))
    assert not found.broken
    few, dense, more, dense_more = cast(list[Convolved], found.rows)
    assert few.equations < few.unknowns
    assert error(few) > CLOSE
    assert more.equations == more.unknowns
    assert error(more) <= CLOSE
    assert min(error(dense), error(dense_more)) > CLOSE


def test_scores_give_one_layer_away_by_one_request_more_than_inputs() -> None:
    found = logistic(requests=())
    assert not found.broken
    rows = cast(list[Asked], found.rows)
    assert [row.requests - row.inputs for row in rows] == [0, 1] * 3
    for row in rows:
        assert (error(row) < 1e-9) == (row.requests > row.inputs)
        assert row.copy is not None
        assert row.copy.held_out > row.black_box.held_out


def test_what_exact_integers_let_pass_steers_nothing() -> None:
    found = tolerance((0, 1e-5, 1e-1))
    assert not found.broken
    for row in cast(list[Steered], found.rows):
        steers = row.held_out > 0 and row.uniform > 0
        assert steers == (row.tolerance == 1e-1)
        assert row.noise < 1e-5
        assert row.blind <= row.held_out


def test_a_dictionary_opens_what_has_no_salt() -> None:
    found = dictionary(50)
    assert not found.broken
    opened = {(row.what, row.salted): row for row in cast(list[Opened], found.rows)}
    assert opened["labels", False].found == opened["records", False].found == 50
    assert opened["records", False].candidates == np.prod(FIELDS)
    assert opened["images", False].found == 0  # nobody has a dictionary of these
    assert not any(row.found or row.linked for row in opened.values() if row.salted)
    assert opened["labels", False].linked == 40
    assert found.machine["hashes_per_second"] > 0


def test_executors_find_whose_input_it_was() -> None:
    rows = [
        row for row in cast(list[Identified], reidentification().rows) if row.inputs == "held-out"
    ]
    found = [row.found for row in rows]
    assert found == sorted(found, reverse=True)  # each part, and taking the label, loses some
    assert found[0] > 0.9
    assert found[-1] >= rows[-1].chance


def test_a_copy_that_is_the_model_is_perfect_and_another_is_not() -> None:
    inputs = uniform_inputs(50, 3, 100, seed=0)

    def model(rows: Integers) -> Integers:
        found: Integers = rows @ np.array([[1, -1], [0, 2], [3, 0]])
        return found

    same = compare(model, model, inputs, inputs[:10])
    assert (same.held_out, same.uniform, same.error) == (1, 1, 0)
    turned = compare(lambda rows: model(rows)[:, ::-1], model, inputs, inputs[:10])
    assert turned.held_out < 0.1
    assert turned.error > CLOSE


@given(st.integers(0, 999))
def test_a_rectified_layer_is_solved_from_rows_where_it_is_active(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, bias = rng.normal(size=(4, 3)), rng.normal(size=3) + 1
    inputs = rng.normal(size=(100, 4))
    outputs = np.maximum(inputs @ weights + bias, 0)
    assume(independent(inputs, outputs) == 5)  # fewer equations do not determine all units
    found = solve(inputs, outputs)
    assert np.abs(found[0] - weights).max() < 1e-9
    assert np.abs(found[1] - bias).max() < 1e-9


@pytest.mark.full
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_finds_the_same_again(name: str) -> None:
    def facts() -> tuple[list[dict[str, object]], Leakage]:
        found = EXPERIMENTS[name].run()
        return found.facts(), found

    first, leakage = facts()
    assert first == facts()[0]
    assert not leakage.broken
    assert all(0 <= share <= 1 for row in leakage.rows for share in row.shares.values())
