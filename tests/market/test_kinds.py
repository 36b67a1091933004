"""A model of each kind in the living hardened market: called, lied about, settled, judged."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np
import pytest

from adversaries.deviating.hardened.play import LONGEST, served
from adversaries.deviating.hardened.vendors import ForgingVendor
from checkers.market.audit.judge import audit
from impl.hardened.market import CAST, Cast, HardenedMarket
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers
from impl.quarrel.run import Run
from spec.bytes.encoding import encode
from tests.support.kinds import KINDS, made
from tests.support.quarrel import forged
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

VENDORS = [name for name in CAST if name.startswith("vendor")]
QUICK = ("logistic", "forest")
"""Kinds that the quick tests have as well."""
PARTS = 3
"""Into so many a model is split, or as many as it has."""


def parts_of(kind: str) -> tuple[Sequence[Component], Integers]:
    """A model of a kind in a few parts, and rows that it takes."""
    model, rows = made(kind)
    return model.split(min(PARTS, len(model.seams) + 1)), rows


def lived(
    folder: Path, kind: str, cast: Cast, asked: int, seed: int = 1
) -> Iterator[tuple[Request, str]]:
    """What came of some requests, where some parties deviate; the judge is asked, and agrees."""
    parts, rows = parts_of(kind)
    with HardenedMarket.create(folder, {**CAST, **cast}, seed=seed) as market:
        version = market.deploy(parts)
        market.consumer.trust(version, market.model(version))
        given = [rows[i : i + 1] for i in range(asked)]
        for row in given:
            market.consumer.ask(version, encode(row))
        market.run(LONGEST)
        contract = market.contract
        for request, row in zip(market.consumer.asked, given, strict=True):
            yield contract.requests[request], served(market, request, encode(chain(parts, row)[-1]))
        blamed = {market.named(party) for party in contract.convicted}
    assert blamed <= {*cast}
    found = audit(folder)
    assert found.departure is None
    assert len(found.convictions) == len(blamed)


KIND = pytest.mark.parametrize("kind", some_full([*KINDS], [k for k in KINDS if k not in QUICK]))


@KIND
def test_a_model_of_any_kind_is_called_and_audited(kind: str, tmp_path: Path) -> None:
    for seed in range(9):
        audited = 0
        for request, end in lived(tmp_path / f"{seed}", kind, {}, 3, seed):
            assert end == "answered"
            assert request.phase is Phase.SETTLED
            audited += request.by_row
        if audited:
            return
    pytest.fail("no step was drawn for an audit")


@KIND
def test_a_constant_in_place_of_an_output_is_judged_by_one_number(
    kind: str, tmp_path: Path
) -> None:
    ends = [*lived(tmp_path / "market", kind, dict.fromkeys(VENDORS, ForgingVendor), 1)]
    [(request, end)] = ends
    assert end == "refunded"
    assert request.by_row
    assert not request.reproduced


@attrs.define
class InsideForger(ForgingVendor):
    """Commits to what follows from one wrong number inside of its run, and stands by that run."""

    def work(self, made: Request, step: int) -> bytes:
        honest = super(ForgingVendor, self).work(made, step)
        run = self.run(made, step)
        return honest if run is None else honest[:16] + encode(run.tensors[-1])

    def run(self, made: Request, step: int) -> Run | None:
        run = super(ForgingVendor, self).run(made, step)
        return None if run is None else _wrong(run)


def _wrong(run: Run) -> Run:
    """The run with the first wrong number of which another output follows."""
    for tensor in range(1, len(run.tensors)):
        for place in range(run.tensors[tensor].size):
            for by in (-1, 1, 2**12):
                try:
                    wrong = forged(run, tensor, place, by)
                except IndexError:
                    continue
                if not np.array_equal(wrong.tensors[-1], run.tensors[-1]):
                    return wrong
    pytest.fail("no wrong number changes the output")


@KIND
def test_a_wrong_number_inside_of_a_run_is_found(kind: str, tmp_path: Path) -> None:
    ends = [*lived(tmp_path / "market", kind, dict.fromkeys(VENDORS, InsideForger), 1)]
    [(request, end)] = ends
    assert end == "refunded"
    assert request.by_row
