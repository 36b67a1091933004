"""Outsiders and coalitions that deviate in the basic marketplace, and a node that takes back."""

import shutil
from pathlib import Path

import numpy as np

from adversaries.deviating.basic.play import answer, opened
from adversaries.deviating.outside import bought, on_ledger, read, rows, served
from adversaries.script import Facts
from adversaries.victim import API, parts, right_output
from impl.database import unnote
from impl.folder import FILE
from impl.models.component import Component, labels
from impl.paper.basic.market import CAST, BasicMarket
from impl.paper.basic.parties import Consumer
from spec.bytes.encoding import encode


def free_reader(folder: Path) -> Facts:
    """Somebody reads off the ledger what others asked, and what they were answered."""
    with opened(folder, {}) as (market, passed):
        market.provider.deploy(API, parts(), market.vendors)
        for row in rows():
            market.consumer.request(API, encode(row))
        market.work()
        return read("reader", on_ledger(market.ledger), passed)


def front_run(folder: Path) -> Facts:
    """Somebody asks for what a consumer asks for, which it copies."""
    with opened(folder, {"copier": Consumer}) as (market, passed):
        copier = market.member("copier", Consumer)
        market.provider.deploy(API, parts(), market.vendors)
        made = market.consumer.request(API, encode(rows()[0]))
        copied = copier.request(API, copier.contract.made(made).input)
        market.work()
        answer = copier.take(copied)
        return Facts(
            deviated=["copier"],
            harmed=answer == right_output(rows()[0]),
            lines=[f"the copier is told {'nothing' if answer is None else labels(answer)[0]}"],
            passed=passed,
        )


def bounty(folder: Path) -> Facts:
    """A vendor sells its part to whoever sees on the ledger that it is the registered one."""
    with opened(folder, {}) as (market, passed):
        market.provider.deploy(API, parts(), market.vendors)
        market.consumer.request(API, encode(rows()[0]))
        market.work()
        claims = {record.claimed for record in market.consumer.contract.records}

        def is_registered(offered: bytes) -> bool:
            return Component.parse(offered).digest in claims

        return bought(market.vendors[1].held(API), b"", is_registered, passed)


def off_ledger(folder: Path, holders: int = 3) -> Facts:
    """Vendors serve a client of their own from what they were handed."""
    with opened(folder, {}) as (market, passed):
        market.provider.deploy(API, parts(), market.vendors)
        before = market.ledger.head
        held = [vendor.held(API) for vendor in market.vendors[:holders]]
        return served(held, market.ledger.head == before, passed)


def taken_back(folder: Path) -> Facts:
    """A node takes the last blocks back, and a vendor in league with it records another output."""
    market, early, row = folder / "market", folder / "early.db", rows()[0]
    with opened(market, {}) as (begun, passed):
        begun.provider.deploy(API, parts(), begun.vendors)
        made = begun.consumer.request(API, encode(row))
        begun.vendors[0].work()
    shutil.copy(market / FILE, early)
    with BasicMarket.open(market, CAST) as shown:
        shown.work()
        taken = shown.consumer.take(made)
    shutil.copy(early, market / FILE)
    unnote(market / FILE)
    with BasicMarket.open(market, CAST) as other:
        friend, [record] = other.vendors[1], other.consumer.contract.records
        component = friend.held(API)
        constant = encode(np.zeros((1, component.program.gives), np.int64))
        friend.send("record", received=record.produced, produced=constant, claimed=component.digest)
        other.work()
        *_, last = other.consumer.contract.records
        return Facts(
            deviated=["node", "vendor1"],
            harmed=taken == right_output(row) != last.produced,
            lines=[
                "the ledger is taken back to the first record, and goes on otherwise",
                answer(right_output(row), taken),
                f"it says {labels(last.produced)[0]}",
            ],
            passed=passed,
        )
