"""What a public ledger gives away: parts of one layer are solved from ordinary traffic."""

import numpy as np
import pytest

from adversaries.leaking.copies import solve
from adversaries.learning.extraction import Fidelity, Theft, steal
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.model import Model
from impl.models.network import ACTIVATION_BITS, network, quantise
from impl.models.training import load_digits, train


@pytest.fixture(scope="session")
def victim() -> Model:
    return network(quantise(train(load_digits().train)), 0, 1 << ACTIVATION_BITS)


@pytest.fixture(scope="session")
def traffic() -> Integers:
    return to_fixed(load_digits().traffic.inputs, ACTIVATION_BITS)


@pytest.fixture(scope="session")
def held_out() -> Integers:
    return to_fixed(load_digits().held_out.inputs, ACTIVATION_BITS)


@pytest.fixture(scope="session")
def theft(victim: Model, traffic: Integers, held_out: Integers) -> Theft:
    return steal(victim.split(), traffic, held_out)


def test_two_hundred_requests_give_the_model_away(
    victim: Model, traffic: Integers, held_out: Integers
) -> None:
    few = steal(victim.split(), traffic[:200], held_out)
    assert few.requests == 200
    assert few.thief.held_out >= 0.98
    assert few.thief.held_out > few.consumer.held_out


@pytest.mark.full
def test_the_observer_gets_the_function_where_the_consumer_gets_the_labels(theft: Theft) -> None:
    assert theft.thief.held_out >= 0.99
    assert theft.consumer.held_out >= 0.95  # labels on digits alone would call these two equal
    assert theft.thief.uniform >= 0.9
    assert theft.thief.uniform > theft.consumer.uniform + 0.2
    assert theft.thief.score_error < theft.consumer.score_error / 4


@pytest.mark.full
def test_parts_of_two_layers_are_not_solved(
    victim: Model, traffic: Integers, held_out: Integers, theft: Theft
) -> None:
    coarse = steal(victim.split(2), traffic, held_out)
    assert coarse.thief.uniform < theft.thief.uniform - 0.2
    assert coarse.thief.score_error > 10 * theft.thief.score_error
    assert not coarse.succeeded
    assert theft.succeeded


def test_who_holds_every_part_has_the_model(
    victim: Model, traffic: Integers, held_out: Integers
) -> None:
    owned = steal(victim.split([victim.seams[0]]), traffic[:50], held_out, held=(0, 1))
    assert owned.thief.held_out == owned.thief.uniform == 1
    assert owned.thief.score_error < 2.0**-8  # the rounding between the layers


def test_what_a_coalition_holds_it_need_not_solve(
    victim: Model, traffic: Integers, held_out: Integers
) -> None:
    parts = victim.split()
    errors = [
        steal(parts, traffic[:100], held_out, held=held).thief.score_error
        for held in ((), (0,), (0, 2))
    ]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize(
    ("thief", "succeeded"),
    [
        (Fidelity(0.98, 0.75, 0), True),
        (Fidelity(0.97, 0.75, 0), False),  # not the model
        (Fidelity(0.98, 0.7, 0), False),  # nearly what a consumer has
    ],
)
def test_a_theft_succeeds_where_it_beats_the_consumer(thief: Fidelity, succeeded: bool) -> None:
    assert Theft(100, thief, Fidelity(0.95, 0.5, 0)).succeeded == succeeded
    assert not Theft(100, thief, Fidelity(0.99, 0.5, 0)).succeeded


@pytest.mark.parametrize("rectified", [False, True])
def test_a_layer_is_solved_up_to_the_rounding_of_its_outputs(rectified: bool) -> None:
    rng = np.random.default_rng(7)
    weights, bias = rng.normal(size=(8, 5)), rng.normal(size=5)
    inputs = rng.normal(size=(400, 8))
    sums = inputs @ weights + bias
    outputs = np.maximum(sums, 0) if rectified else sums

    for unit, close in [(None, 1e-10), (2.0**-12, 2.0**-13), (2.0**-8, 2.0**-9)]:
        seen = outputs if unit is None else np.round(outputs / unit) * unit
        recovered, offsets = solve(inputs, seen)
        assert np.abs(recovered - weights).max() < close
        assert np.abs(offsets - bias).max() < close


@pytest.mark.parametrize("rectified", [False, True])
def test_as_many_rows_as_unknowns_are_enough_and_fewer_are_not(rectified: bool) -> None:
    rng = np.random.default_rng(7)
    weights = rng.normal(size=(8, 1))
    inputs = rng.normal(size=(9, 8))
    if rectified:
        inputs *= np.sign(inputs @ weights)  # so that every row is active

    for rows, solved in [(9, True), (8, False)]:
        recovered, _ = solve(inputs[:rows], inputs[:rows] @ weights)
        assert (np.abs(recovered - weights).max() < 1e-10) == solved


def test_a_unit_that_never_shows_is_zero() -> None:
    inputs = np.random.default_rng(7).normal(size=(50, 3))
    weights, bias = solve(inputs, np.zeros((50, 1)))
    assert not weights.any()
    assert not bias.any()
