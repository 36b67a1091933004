"""What parties that deviate in the hardened marketplace get out of it.

On a network without faults, with parties that do not stop: what deviates is the parties alone.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from adversaries.script import Facts
from impl.hardened.market import CAST, PURSE, Cast, HardenedMarket
from impl.hardened.phases import OVER
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers
from spec.bytes.encoding import encode

LONGEST = 1000
"""Blocks after which every request is over, whatever is tried."""
FINE = {"answered", "refunded", "never made"}
"""What a request can come to without harm to its consumer."""


def play(folder: Path, cast: Cast, model: Sequence[Component], inputs: Integers) -> Facts:
    """A request for each row, with some parties that deviate; the consumer knows what is right."""
    with HardenedMarket.create(folder, {**CAST, **cast}) as market:
        version = market.deploy(model)
        market.consumer.trust(version, market.provider.model(version))
        rows = [row.reshape(1, -1) for row in inputs]
        for row in rows:
            market.consumer.ask(version, encode(row))
        market.run(LONGEST)
        wanted = [encode(chain(model, row)[-1]) for row in rows]
        ends = [served(market, *each) for each in zip(market.consumer.asked, wanted, strict=True)]
        return _facts(market, cast, ends)


def _facts(market: HardenedMarket, cast: Cast, ends: Sequence[str]) -> Facts:
    honest = market.members.keys() - cast.keys()
    poorer = sorted(name for name in honest - {"consumer"} if worth(market, name) < PURSE)
    deceived = "consumer" in honest and not set(ends) <= FINE
    blamed = sorted(map(market.named, market.contract.convicted))
    return Facts(
        deviated=sorted(cast),
        convicted=blamed,
        harmed=deceived or bool(poorer),
        lines=[
            f"{len(ends)} requests: {tally(ends)}",
            f"others who have less than before: {', '.join(poorer) or 'nobody'}",
            f"the contract convicted {', '.join(blamed) or 'nobody'}",
        ],
        figures={"requests": len(ends), "blocks": market.contract.now},
    )


def served(market: HardenedMarket, request: bytes, wanted: bytes) -> str:
    """What a request came to, for its consumer."""
    made = market.contract.requests.get(request)
    if made is None:
        return "never made"
    if made.refunded == made.terms.price:
        return "refunded"
    if made.phase not in OVER:
        return "left open"
    output = market.consumer.output(request)
    if output is None:
        return "paid for nothing"
    return "answered" if output == wanted else "answered wrongly"


def tally(ends: Sequence[str]) -> str:
    """How often requests came to what."""
    return ", ".join(f"{number} {end}" for end, number in Counter(ends).items())


def worth(market: HardenedMarket, name: str) -> int:
    """What a party has on the ledger."""
    party, contract = market.members[name].identity, market.contract
    return contract.balances[party] + contract.bonds[party]
