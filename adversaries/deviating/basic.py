"""Parties that deviate in the basic marketplace, each in one thing, and what comes of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from adversaries.learning.extraction import STOLEN
from adversaries.script import Facts
from adversaries.victim import API, parts, right_output, victim, worse
from impl.ledger.transaction import Refused
from impl.models.component import Component, chain, labels, parse_tensor
from impl.models.fixedpoint import Integers
from impl.paper.basic.market import CAST, BasicMarket
from impl.paper.basic.parties import Consumer, Provider, Vendor
from spec.bytes.encoding import encode

# Who deviates


class LazyVendor(Vendor):
    """Records a constant, with the digest of the component that it did not run."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        component = self.held(api)
        rows = len(parse_tensor(data))
        constant = np.zeros((rows, component.program.gives), np.int64)
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


# What comes of it


def one_call(market: BasicMarket) -> tuple[int, Integers, bytes | None]:
    """Deploy, make one request and let everybody work: request, input, and the output taken."""
    market.provider.deploy(API, parts(), market.vendors)
    data = victim()[1][:1]
    request = market.consumer.request(API, encode(data))
    market.work()
    return request, data, market.consumer.take(request)


def convicted(market: BasicMarket) -> list[str]:
    """Whom the contract has convicted, by name."""
    return sorted(market.named(identity) for identity in market.consumer.contract.convicted)


def lazy_constant(folder: Path, vendor: type[Vendor] = LazyVendor) -> Facts:
    """A vendor records a constant with the right digest."""
    with BasicMarket.create(folder, {**CAST, "vendor1": vendor}) as market:
        request, data, output = one_call(market)
        finding = market.arbitrator.judge(request, market.provider)
        right = right_output(data)
        return Facts(
            deviated=["vendor1"] if vendor is not Vendor else [],
            convicted=convicted(market),
            harmed=output != right,
            lines=[
                f"the model says {labels(right)[0]}, the consumer took {_label(output)}",
                f"an arbitrator who runs the parts again finds step {finding.wrong} wrong",
                f"the contract found {finding.executed} of 3 steps executed and convicted nobody",
            ],
        )


def stall(folder: Path, vendor: type[Vendor] = StallingVendor) -> Facts:
    """A vendor never records."""
    with BasicMarket.create(folder, {**CAST, "vendor1": vendor}) as market:
        request, _, output = one_call(market)
        finding = market.arbitrator.judge(request, market.provider)
        return Facts(
            deviated=["vendor1"] if vendor is not Vendor else [],
            convicted=convicted(market),
            harmed=output is None,
            lines=[
                f"the contract found {finding.executed} of 3 steps executed",
                "no deadline makes silence a fault: the request stays open, and nobody is blamed"
                if output is None
                else f"the request was answered: {_label(output)}",
            ],
        )


def forged_output(folder: Path, consumer: type[Consumer] = ForgingConsumer) -> Facts:
    """A consumer contests an output that nobody gave."""
    with BasicMarket.create(folder, {**CAST, "consumer": consumer}) as market:
        request, _, output = one_call(market)
        assert output is not None  # every vendor is honest here
        market.arbitrator.judge(request, market.provider)
        taken = market.consumer
        claimed = taken.forged(output) if isinstance(taken, ForgingConsumer) else output
        lines = [f"the ledger shows {labels(output)[0]}, the consumer claims {_label(claimed)}"]
        try:
            taken.contest(request, claimed)
        except Refused as refusal:
            lines.append(f"the contract refuses: {refusal.reason}")
        else:
            lines.append("the contract admits the claim")
        admitted = taken.contract.requests[request].contested
        return Facts(
            deviated=["consumer"] if claimed != output else [],
            convicted=convicted(market),
            harmed=admitted is not None and admitted != output,
            lines=lines,
        )


def bad_handover(folder: Path, provider: type[Provider] = SwappingProvider) -> Facts:
    """A provider hands a vendor another component than the registered one."""
    with BasicMarket.create(folder, {**CAST, "provider": provider}) as market:
        request, data, output = one_call(market)
        finding = market.arbitrator.judge(request, market.provider)
        blamed = convicted(market)
        return Facts(
            deviated=["provider"] if provider is not Provider else [],
            convicted=blamed,
            harmed=output != right_output(data),
            lines=[
                f"the contract found {finding.executed} of 3 steps executed",
                f"it convicted {', '.join(blamed)}, who ran what it was handed"
                if blamed
                else "it convicted nobody",
            ],
        )


def off_ledger(folder: Path, holders: int = 3) -> Facts:
    """Vendors serve a client of their own from what they were handed."""
    with BasicMarket.create(folder) as market:
        one_call(market)
        before = market.ledger.head
        coalition = [vendor.held(API) for vendor in market.vendors[:holders]]
        inputs = victim()[2]
        served = labels(encode(chain(coalition, inputs)[-1]))
        equal = float(np.mean(np.equal(served, labels(right_output(inputs)))))
        unseen = market.ledger.head == before
    return Facts(
        deviated=["coalition"],
        convicted=[],
        harmed=equal >= STOLEN,
        suspects=() if unseen else ["coalition"],
        lines=[
            f"{holders} of 3 vendors answer {len(inputs)} inputs of a client, {equal:.1%} of them "
            "as the model does",
            f"the head of the ledger is {'the same' if unseen else 'another one'} as before",
        ],
        figures={"served": len(inputs), "equal": equal, "unseen": float(unseen)},
    )


def _label(output: bytes | None) -> str:
    return "nothing" if output is None else str(labels(output)[0])
