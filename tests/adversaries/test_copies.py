"""How a theft is measured: layers are solved, runs of them trained, and copies compared."""

import attrs
import numpy as np
import pytest

from adversaries.leaking.coalitions import pooled
from adversaries.leaking.copies import Fidelity, solve
from adversaries.leaking.leakage import Case
from adversaries.leaking.onlookers import overheard, posted
from adversaries.leaking.paths import Path, Transcript

PERFECT = Fidelity(1.0, 1.0, 0.0)


@pytest.fixture(scope="session")
def path() -> Path:
    return Path.of((1, 1, 1))


def test_parts_are_cut_as_they_are_said_to_be() -> None:
    path = Path.of((1, 2))
    assert [len(part.program.nodes) for part in path.parts] == [3, 5]  # the last has no rectifier
    assert path.hidden((0, 1)) == ()
    assert path.hidden((1, 2)) == (len(path.layers[1].bias),)
    assert path.hidden((0, 2)) == tuple(len(layer.bias) for layer in path.layers[:-1])


def test_who_holds_every_part_has_the_model(path: Path) -> None:
    assert Transcript.of(path, path.traffic[:10]).judged([]) == PERFECT


def test_a_ledger_shows_what_passes_between_parts(path: Path) -> None:
    asked = path.traffic[:25]  # the last request has fewer rows than others
    for read, passed in zip(
        posted(path.parts, asked), Transcript.of(path, asked).values, strict=True
    ):
        assert np.array_equal(read, passed)


def test_what_a_coalition_holds_it_need_not_solve(path: Path) -> None:
    seen = Transcript.of(path, path.inputs(200, broad=True))
    cases = [overheard("all that passes", seen)]
    cases += [pooled(seen, held, account=True, broad=True) for held in ((0,), (0, 1), (0, 2))]
    whole, one, *two = (case.copy for case in cases)
    assert whole is not None
    assert one is not None
    assert all(copy is not None and copy.error <= whole.error for copy in two)
    assert cases[1].black_box == cases[0].black_box
    assert one.error > whole.error  # a run of two layers is trained, and each by itself is solved


def case(copy: Fidelity | None, consumer: Fidelity) -> Case:
    return Case(attack="a copy", requests=100, copy=copy, black_box=consumer)


@pytest.mark.parametrize(
    ("copy", "stolen"),
    [
        (Fidelity(0.98, 0.75, 0), True),
        (Fidelity(0.97, 0.75, 0), False),  # not the model
        (Fidelity(0.98, 0.7, 0), False),  # nearly what a consumer has
        (None, False),
    ],
)
def test_a_theft_succeeds_where_it_beats_the_consumer(copy: Fidelity | None, stolen: bool) -> None:
    consumer = Fidelity(0.95, 0.5, 0)
    assert case(copy, consumer).stolen == stolen
    assert not case(copy, attrs.evolve(consumer, held_out=0.99)).stolen


def test_what_any_consumer_has_is_not_stolen() -> None:
    assert not case(PERFECT, PERFECT).stolen


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
