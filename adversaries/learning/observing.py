"""What anybody learns who reads a basic ledger, where all data stands."""

from pathlib import Path

import numpy as np

from adversaries.leaking.copies import uniform_inputs
from adversaries.learning.extraction import layers, measure, reconstruct
from adversaries.script import Facts
from adversaries.victim import API, parts, victim
from impl.ledger.sqlite import Ledger
from impl.models.component import parse_tensor
from impl.models.fixedpoint import Integers, to_real
from impl.models.network import ACTIVATION_BITS, network, quantise
from impl.models.training import Perceptron
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import BasicMarket
from impl.paper.basic.turns import follow
from impl.paper.steps import Record
from spec.bytes.encoding import encode

REQUESTS = 300
"""Ordinary requests that an observer waits for."""
CLOSE = 0.01
"""The error, as a share of the range, up to which a formula is known."""


def chain_observer(folder: Path, requests: int = REQUESTS) -> Facts:
    """Anybody who reads the ledger rebuilds the model from ordinary traffic."""
    _, traffic, held_out = victim()
    with BasicMarket.create(folder) as market:
        market.provider.deploy(API, parts(), market.vendors)
        for row in traffic[:requests]:
            market.consumer.request(API, encode(row.reshape(1, -1)))
        market.work()
        with Ledger.read(folder / "ledger.db", BasicContract) as public:
            theft = measure(observe(public), parts(), held_out)
    return theft.facts("observer")


def formula(folder: Path, metrics: int = 8, records: int = 9) -> Facts:
    """Anybody who reads a basic ledger solves for a secret formula that is linear in metrics."""
    rng = np.random.default_rng(0)
    rating = Perceptron((rng.normal(size=(metrics, 1)),), (rng.normal(size=1),))
    secret = network(quantise(rating), 0, 1 << ACTIVATION_BITS).component
    with BasicMarket.create(folder) as market:
        market.provider.deploy("rating", [secret], market.vendors[:1])
        for row in uniform_inputs(records, metrics, 1 << ACTIVATION_BITS, seed=1):
            market.consumer.request("rating", encode(row.reshape(1, -1)))
        market.work()
        with Ledger.read(folder / "ledger.db", BasicContract) as public:
            seen = observe(public)
    copy = reconstruct([layers(secret)], (), seen)
    fresh = uniform_inputs(1000, metrics, 1 << ACTIVATION_BITS, seed=2)
    ratings = to_real(secret.run(fresh), ACTIVATION_BITS)
    error = float(np.abs(copy.scores(to_real(fresh, ACTIVATION_BITS)) - ratings).max())
    error /= float(np.ptp(ratings))
    return Facts(
        deviated=["observer"],
        convicted=[],
        harmed=error <= CLOSE,
        lines=[
            f"{records} records of a formula in {metrics} metrics read off the ledger",
            f"the observer's formula is off by at most {error:.2%} of the range of ratings",
        ],
        figures={"metrics": metrics, "records": records, "error": error},
    )


def observe(ledger: Ledger) -> list[Integers]:
    """What anybody reads off the ledger: the inputs of all executed requests, then each step's
    outputs, (requests, values)."""
    contract = ledger.contract
    assert isinstance(contract, BasicContract)  # the ledger of a marketplace has one
    chains = [follow(contract, number) for number in range(len(contract.requests))]
    steps = max(map(len, chains), default=0)
    records: list[list[Record]] = [
        [contract.records[number] for number in chain] for chain in chains if len(chain) == steps
    ]
    inputs = np.concatenate([parse_tensor(chain[0].received) for chain in records])
    outputs = [
        np.concatenate([parse_tensor(chain[step].produced) for chain in records])
        for step in range(steps)
    ]
    return [inputs, *outputs]
