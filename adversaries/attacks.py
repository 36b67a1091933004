"""Scripted attacks on the living marketplace, with the real model; see the catalogue's numbers.

A script runs the marketplace with somebody deviating and reports the facts. What the attack came to
follows from the facts by `outcome`, and is compared with what was expected only afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import attrs
import numpy as np

from adversaries.extraction import STOLEN, Theft, measure
from adversaries.parties import (
    ForgingConsumer,
    LazyVendor,
    StallingVendor,
    SwappingProvider,
    observe,
)
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.model import ACTIVATION_BITS, Component, chain, labels, quantise
from impl.models.training import HIDDEN, load_digits, train
from impl.paper.contract import MarketContract
from impl.paper.market import Consumer, Market, Provider, Vendor
from spec.bytes.encoding import encode

Outcome = Literal["P", "D", "D?", "U", "F"]

API = "digits"
REQUESTS = 300  # ordinary requests that the chain observer waits for


@attrs.frozen
class Facts:
    """What happened.

    Attributes:
        deviated: the parties that did not do as they should.
        convicted: the parties that the contract convicted.
        harmed: whether the attack had its effect.
        suspects: parties of whom the ledger shows that it was one of them, not which.
        lines: the story, for people; the last line is the upshot.
        figures: what was measured, by name.
    """

    deviated: Sequence[str]
    convicted: Sequence[str]
    harmed: bool
    suspects: Sequence[str] = ()
    lines: Sequence[str] = ()
    figures: Mapping[str, float] = attrs.field(factory=dict)


def outcome(facts: Facts) -> Outcome:
    """What an attack came to.

    F: somebody was convicted who did not deviate. D: a deviator was convicted. P: the attack had
    no effect. D?: the ledger shows that somebody deviated, and not who. U: it shows nothing.
    """
    if set(facts.convicted) - set(facts.deviated):
        return "F"
    if facts.convicted:
        return "D"
    if not facts.harmed:
        return "P"
    return "D?" if facts.suspects else "U"


@attrs.frozen
class Attack:
    """A scripted attack.

    Attributes:
        number: its number in the catalogue, if it stands there.
        variant: the variant of the protocol; "every" if it succeeds or fails alike in all.
        party: who deviates.
        expected: what it must come to.
        claims: the claims of the paper that it decides.
    """

    number: int | None
    name: str
    variant: str
    party: str
    expected: Outcome
    script: Callable[[Path], Facts]
    claims: Sequence[str] = ()


@cache
def victim(hidden: tuple[int, ...] = HIDDEN) -> tuple[Component, Integers, Integers]:
    """The model that is sold, requests of ordinary traffic, and held-out inputs; (rows, 64)."""
    digits = load_digits()
    traffic, held_out = (
        to_fixed(samples.inputs, ACTIVATION_BITS) for samples in (digits.traffic, digits.held_out)
    )
    return quantise(train(digits.train, hidden=hidden)), traffic, held_out


def parts() -> Sequence[Component]:
    """The victim, a layer for each of three vendors."""
    return victim()[0].split([1, 1, 1])


def right_output(data: Integers) -> bytes:
    """What the registered model makes of an input."""
    return encode(chain(parts(), data)[-1])


def one_call(market: Market) -> tuple[int, Integers, bytes | None]:
    """Deploy, make one request and let everybody work: request, input, and the output taken."""
    market.provider.deploy(API, parts(), market.vendors)
    data = victim()[1][:1]
    request = market.consumer.request(API, encode(data))
    market.work()
    return request, data, market.consumer.take(request)


def convicted(market: Market) -> list[str]:
    """Whom the contract has convicted, by name."""
    return sorted(market.named(identity) for identity in market.consumer.contract.convicted)


def lazy_constant(folder: Path, vendor: type[Vendor] = LazyVendor) -> Facts:
    """A vendor records a constant with the right digest (01)."""
    with Market.create(folder, vendors=(Vendor, vendor, Vendor)) as market:
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
    """A vendor never records (08)."""
    with Market.create(folder, vendors=(Vendor, vendor, Vendor)) as market:
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
    """A consumer contests an output that nobody gave (16)."""
    with Market.create(folder, consumer=consumer) as market:
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
    """A provider hands a vendor another component than the registered one (22)."""
    with Market.create(folder, provider=provider) as market:
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


def chain_observer(folder: Path, requests: int = REQUESTS) -> Facts:
    """Anybody who reads the ledger rebuilds the model from ordinary traffic (34)."""
    _, traffic, held_out = victim()
    with Market.create(folder) as market:
        market.provider.deploy(API, parts(), market.vendors)
        for row in traffic[:requests]:
            market.consumer.request(API, encode(row.reshape(1, -1)))
        market.work()
        with Ledger.read(folder / "ledger.db", MarketContract()) as public:
            theft = measure(observe(public), parts(), held_out)
    return theft_facts("observer", theft)


def theft_facts(party: str, theft: Theft) -> Facts:
    """What a measured theft came to."""
    thief, consumer = theft.thief, theft.consumer
    return Facts(
        deviated=[party],
        convicted=[],
        harmed=theft.succeeded,
        lines=[
            f"{theft.requests} requests were answered",
            f"a consumer with as many answers agrees on {consumer}",
            f"the {party}'s copy agrees on {thief}",
            f"its scores are off by up to {thief.score_error:.2g}, the consumer's by up to "
            f"{consumer.score_error:.2g}; "
            + ("the copy is the better one" if theft.succeeded else "the copy is no better"),
        ],
        figures={
            "requests": theft.requests,
            "thief_held_out": thief.held_out,
            "thief_uniform": thief.uniform,
            "thief_score_error": thief.score_error,
            "consumer_held_out": consumer.held_out,
            "consumer_uniform": consumer.uniform,
            "consumer_score_error": consumer.score_error,
        },
    )


def off_ledger(folder: Path, holders: int = 3) -> Facts:
    """Vendors serve a client of their own from what they were handed (42)."""
    with Market.create(folder) as market:
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


ATTACKS = (
    Attack(1, "lazy-constant", "basic", "vendor", "U", lazy_constant, ("A16", "A19")),
    Attack(8, "stall", "basic", "vendor", "U", stall, ("A25",)),
    Attack(16, "forged-output", "basic", "consumer", "P", forged_output, ("A36",)),
    Attack(22, "bad-handover", "basic", "provider", "F", bad_handover, ("A34",)),
    Attack(34, "chain-observer", "basic", "anybody", "U", chain_observer, ("A2", "A4", "A30")),
    Attack(42, "off-ledger", "every", "coalition", "U", off_ledger, ("A31",)),
)
