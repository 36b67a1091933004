"""What anybody learns who sees all that passes between parts: who reads a basic ledger, or carries.

Extraction from the outside has to find where a network's rectifiers switch (Jagielski et al.,
USENIX Security 2020; Carlini, Jagielski and Mironov, CRYPTO 2020). What passes between the parts
removes that difficulty: on the rows where a unit is active, a part of one layer is a set of linear
equations in the unit's weights. Ordinary traffic is enough; nobody who looks on sends a request.
"""

from collections.abc import Sequence

import numpy as np

from adversaries.leaking.copies import affine, compare, uniform_inputs
from adversaries.leaking.formulas import METRICS, MOST, UNIFORM, metrics
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from adversaries.leaking.paths import Cut, Path, Transcript
from adversaries.scratch import scratch
from impl.ledger.sqlite import Ledger
from impl.models.component import Component, parse_tensor
from impl.models.fixedpoint import Integers
from impl.models.importing.formula import formula
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import BasicMarket
from impl.paper.basic.turns import follow
from spec.bytes.encoding import encode

API = "model"
ROWS = 10  # inputs of a request to a marketplace


def posted(parts: Sequence[Component], inputs: Integers) -> list[Integers]:
    """What anybody reads off the ledger of a basic marketplace that serves these inputs.

    The inputs, and then what each part gives, (rows, values), where every request is served.
    """
    with scratch() as folder:
        with BasicMarket.create(folder) as market:
            market.provider.deploy(API, parts, market.vendors[: len(parts)])
            for start in range(0, len(inputs), ROWS):
                market.consumer.request(API, encode(inputs[start : start + ROWS]))
            market.work()
        with Ledger.read(folder / "ledger.db", BasicContract) as ledger:
            return observe(ledger)


def observe(ledger: Ledger) -> list[Integers]:
    """The inputs of all executed requests, then each step's outputs, off a ledger."""
    contract = ledger.contract
    assert isinstance(contract, BasicContract)  # the ledger of a marketplace has one
    chains = [follow(contract, number) for number in range(len(contract.requests))]
    records = [[contract.records[number] for number in chain] for chain in chains if chain]
    steps = max(map(len, records), default=0)
    whole = [chain for chain in records if len(chain) == steps]
    inputs = np.concatenate([parse_tensor(chain[0].received) for chain in whole])
    outputs = [
        np.concatenate([parse_tensor(chain[step].produced) for chain in whole])
        for step in range(steps)
    ]
    return [inputs, *outputs]


def overheard(attack: str, seen: Transcript) -> Case:
    """What anybody has who holds no part, and sees all that passes."""
    return Case(
        attack=attack,
        requests=len(seen.values[0]),
        copy=seen.judged(seen.runs),
        black_box=seen.black_box,
    )


def rated(records: int, seed: int = 0) -> Case:
    """What anybody has of a formula in one part that is linear in metrics: what a consumer has."""
    weights = np.random.default_rng(seed).normal(size=METRICS + 1).round(3)
    terms = [f"{weight} * m{number}" for number, weight in enumerate(weights[:-1])]
    text = " + ".join([*terms, f"{weights[-1]}"])
    model = formula(text, {f"m{number}": (0, MOST) for number in range(METRICS)}, decimals=0)
    natural, drawn = metrics(UNIFORM, seed + 1), uniform_inputs(UNIFORM, METRICS, MOST, seed)
    fidelity = compare(
        affine(*posted([model.component], metrics(records, seed))),
        model.component.run,
        natural,
        drawn,
    )
    return Case(attack="reader, a formula", requests=records, copy=fidelity, black_box=fidelity)


def onlookers(
    requests: Sequence[int] = (100, 300),
    cut: Cut = (1, 1, 1),
    records: Sequence[int] = (METRICS, METRICS + 1),
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """Who reads the ledger of a network in three parts, and that of a linear formula."""
    path = Path.of(cut, seed)
    tell(f"a basic marketplace serves {max(requests)} requests")
    ledger = posted(path.parts, path.traffic[: max(requests)])
    rows = []
    for count in requests:
        tell(f"onlookers of {count} requests")
        values = [value[:count] for value in ledger]
        rows.append(overheard("reader, a network", Transcript(path, values, seed)))
    tell("onlookers of a formula")
    rows += [rated(count, seed) for count in records]
    stolen = [row.requests for row in rows if row.stolen]
    return Leakage(
        rows,
        f"who reads the ledger has the network after {min(stolen)} ordinary requests"
        if stolen
        else f"who reads the ledger has no network after {max(requests)} ordinary requests",
    )
