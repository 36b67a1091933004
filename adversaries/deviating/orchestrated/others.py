"""Outsiders and coalitions that deviate in the orchestrated marketplace."""

from pathlib import Path

from adversaries.deviating.orchestrated.orchestrators import BiasedOrchestrator, PryingOrchestrator
from adversaries.deviating.orchestrated.play import opened, serve
from adversaries.deviating.outside import bought, favoured, on_ledger, read, rows
from adversaries.script import Facts
from adversaries.victim import API, parts, right_output, victim
from impl.models.component import Component
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.paper.orchestrated.parties import Consumer, Orchestrator
from spec.bytes.encoding import encode


def free_reader(folder: Path) -> Facts:
    """Somebody reads off the ledger what others asked, and what they were answered."""
    with opened(folder, {}) as (market, passed):
        _serve(market)
        return read("reader", on_ledger(market.ledger), passed)


def prying(folder: Path) -> Facts:
    """The orchestrator keeps a copy of all that it carries."""
    with opened(folder, {"orchestrator": PryingOrchestrator}) as (market, passed):
        _serve(market)
        carrier = market.orchestrator
        assert isinstance(carrier, PryingOrchestrator)
        return read("orchestrator", b"".join(carrier.copies), passed)


def front_run(folder: Path) -> Facts:
    """Somebody asks for what a consumer asks for, of which it copies the digest."""
    with opened(folder, {"copier": Consumer}) as (market, passed):
        copier = market.member("copier", Consumer)
        _deploy(market)
        made = market.consumer.request(API, encode(rows()[0]))
        copied = len(copier.contract.requests)
        copier.send("request", api=API, input=copier.contract.made(made).input)
        served = serve(market, made)
        told = copier.data(copied) if copier.has_data(copied) else b""
        return Facts(
            deviated=["copier"],
            harmed=told != b"" or served != right_output(rows()[0]),
            lines=[f"the copier is told {'what the consumer is' if told else 'nothing'}"],
            passed=passed,
        )


def bounty(folder: Path) -> Facts:
    """A vendor sells its part to whoever sees on the ledger that it is the registered one."""
    with opened(folder, {}) as (market, passed):
        _serve(market)
        claims = {record.claimed for record in market.consumer.contract.records}
        provider = market.provider.identity
        signature = market.consumer.contract.apis[API].signature
        held = Component.parse(market.vendors[1].held(provider, signature, 1))

        def is_registered(offered: bytes) -> bool:
            return Component.parse(offered).digest in claims

        return bought(held, b"", is_registered, passed)


def biased(folder: Path, carrier: type[Orchestrator] = BiasedOrchestrator) -> Facts:
    """An orchestrator picks its friend, where it should pick at random."""
    with opened(folder, {"orchestrator": carrier}) as (market, passed):
        vendors = [vendor.identity for vendor in market.vendors]
        market.provider.deploy(API, parts(), [vendors] * 3, market.orchestrator.identity)
        for row in victim()[1][:6]:
            serve(market, market.consumer.request(API, encode(row.reshape(1, -1))))
        authors = [market.named(record.author) for record in market.consumer.contract.records]
        executors = [name for name in authors if name != "orchestrator"]
        return favoured(["orchestrator"], "vendor0", executors, len(vendors), passed)


def _deploy(market: OrchestratedMarket) -> None:
    holders = [[vendor.identity] for vendor in market.vendors]
    market.provider.deploy(API, parts(), holders, market.orchestrator.identity)


def _serve(market: OrchestratedMarket) -> None:
    _deploy(market)
    for row in rows():
        serve(market, market.consumer.request(API, encode(row)))
