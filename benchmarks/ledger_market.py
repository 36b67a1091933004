"""A hardened ledger of many requests, without its parties: `benchmarks.ledger` opens it."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random

from impl.hardened.charter import Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.digests import request_id
from impl.hardened.phases import Phase
from impl.hardened.terms import Part, Terms
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction
from spec.bytes.encoding import Value

NODE, PROVIDER, CONSUMER, *VENDORS = (SigningKey.from_seed(bytes([seed]) * 32) for seed in range(6))
WINDOW = 2
TOGETHER = 100
"""Requests that are under way at a time, each step of all of them in a block."""


def genesis() -> Genesis:
    """A market whose node is its clock and its beacon."""
    purses = {key.public: 10**12 for key in (PROVIDER, CONSUMER, *VENDORS)}
    windows = dict.fromkeys(Phase, WINDOW)
    charter = Charter(purses, NODE.public, NODE.public, windows)
    return Genesis("market", NODE.public, charter.body())


def make(path: Path, transactions: int) -> None:
    """Make a ledger on which requests are executed and paid, one after the other."""
    with Ledger.create(path, genesis(), NODE, HardenedContract) as ledger:
        for batch in _market(ledger):
            assert all(isinstance(outcome, int) for outcome in ledger.append(batch))
            if ledger.height >= transactions:
                return


def contract_of(ledger: Ledger) -> HardenedContract:
    """What it has come to."""
    assert isinstance(ledger.contract, HardenedContract)  # it was created with it
    return ledger.contract


def _market(ledger: Ledger) -> Iterator[Sequence[bytes]]:
    """What is said: a version is put on offer, and then requested again and again."""
    contract = contract_of(ledger)
    nonces = {key.public: count() for key in (NODE, PROVIDER, CONSUMER, *VENDORS)}

    def said(key: SigningKey, kind: str, **body: Value) -> bytes:
        nonce = next(nonces[key.public])
        return Transaction(ledger.identity, kind, key.public, nonce, body).signed(key)

    def ticks() -> Sequence[bytes]:
        return [said(NODE, "tick") for _ in range(WINDOW)]

    terms = Terms(
        api="api",
        number=1,
        provider=PROVIDER.public,
        shares={PROVIDER.public: 100},
        steps=[Part(PROVIDER.public, tuple(vendor.public for vendor in VENDORS), bytes(32))],
        rows=1,
        widths=[1, 1],
        spares=0,
        costs=[20, 10],
        stake=25,
        toll=5,
        rounds=[4],
    )
    yield [
        *(said(key, "deposit", amount=10**9) for key in (PROVIDER, *VENDORS)),
        said(PROVIDER, "propose", terms=terms.body()),
        said(PROVIDER, "sign", version=terms.root),
        *(said(vendor, "acknowledge", version=terms.root, step=0) for vendor in VENDORS),
        said(PROVIDER, "activate", version=terms.root),
    ]
    holders = {vendor.public: vendor for vendor in VENDORS}
    consumer, suite = CONSUMER.public, contract.charter.suite
    chance = Random(0)
    for first in count(step=TOGETHER):
        ids = {
            request_id(suite, ledger.identity, consumer, nonce, terms.root): nonce
            for nonce in range(first, first + TOGETHER)
        }
        yield [
            said(CONSUMER, "request", request=r, nonce=n, version=terms.root, input=bytes(32))
            for r, n in ids.items()
        ]
        yield [said(NODE, "route", request=r, beacon=chance.randbytes(32)) for r in ids]
        drawn = {r: holders[contract.executor_due(contract.requests[r])] for r in ids}
        yield [said(drawn[r], "assign", request=r) for r in ids]
        yield [said(drawn[r], "record", request=r, step=0, output=bytes(32)) for r in ids]
        yield ticks()
        yield [said(PROVIDER, "settle", request=r) for r in ids]
        yield ticks()
        yield [said(drawn[r], "collect", request=r, step=0) for r in ids]
