"""Parties that deviate: each overrides the one thing that it does otherwise."""

from collections.abc import Sequence

import attrs
import numpy as np

from impl.ledger.sqlite import Ledger
from impl.models.fixedpoint import Integers
from impl.models.model import Component, parse_tensor
from impl.paper.contract import MarketContract, Record
from impl.paper.market import Consumer, Provider, Vendor, follow
from spec.bytes.encoding import encode


class LazyVendor(Vendor):
    """Records a constant, with the digest of the component that it did not run."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        component = self.held(api)
        rows = len(parse_tensor(data))
        constant = np.zeros((rows, len(component.layers[-1].bias)), np.int64)
        return encode(constant), component.digest


class StallingVendor(Vendor):
    """Takes the component, and never does anything again."""

    def work(self) -> int:
        return 0


class ForgingConsumer(Consumer):
    """Contests an output that nobody gave."""

    def forged(self, output: bytes) -> bytes:
        """An output like the real one, with another label on top."""
        scores = parse_tensor(output)
        return encode(np.ascontiguousarray(np.roll(scores, 1, axis=1)))


class SwappingProvider(Provider):
    """Registers one component for the first step, and hands its vendor another."""

    def deploy(self, api: str, parts: Sequence[Component], vendors: Sequence[Vendor]) -> None:
        first, *others = parts
        for part, vendor in zip([worse(first), *others], vendors, strict=True):
            vendor.receive(api, part.canonical())
        self.register(api, parts, vendors)


def worse(component: Component) -> Component:
    """A component of the same shape that computes something else."""
    first, *others = component.layers
    return Component((attrs.evolve(first, weights=first.weights[::-1]), *others))


def observe(ledger: Ledger) -> list[Integers]:
    """What anybody reads off the ledger: the inputs of all executed requests, then each step's
    outputs, (requests, values)."""
    contract = ledger.contract
    assert isinstance(contract, MarketContract)  # the ledger of a marketplace has one
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
