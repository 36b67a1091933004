"""What parties that deviate in the hardened marketplace get out of it.

On a network without faults, with parties that do not stop: what deviates is the parties alone.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from adversaries.passing import LEDGER, Passed, Passing, about, evidence, told
from adversaries.script import Facts
from adversaries.victim import parts, victim
from impl.folder import FILE
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, PURSE, WINDOW, Cast, HardenedMarket
from impl.hardened.parties.acts import Act, Send, Submit
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.member import Member
from impl.hardened.phases import OVER, Phase
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers
from spec.bytes.encoding import encode

LONGEST = 1000
"""Blocks after which every request is over, whatever is tried."""
FINE = {"answered", "refunded", "never made"}
"""What a request can come to without harm to its consumer."""

Deploy: TypeAlias = Callable[[HardenedMarket, Sequence[Component]], bytes]
"""Has the provider offer a model, and gives the version's root."""


def play(
    folder: Path,
    cast: Cast,
    requests: int = 1,
    deploy: Deploy = HardenedMarket.deploy,
    around: Collection[str] = (),
    windows: int = WINDOW,
    blind: bool = False,
) -> Facts:
    """Requests to a market in which some deviate.

    Args:
        folder: where the market is to be.
        cast: who deviates, by name; of the others, everybody does as it should.
        requests: how many, each for a row of ordinary traffic.
        deploy: has the provider offer the model.
        around: what deviates beside parties.
        windows: blocks for each phase.
        blind: whether the consumer does not know what is right, so that it is for chance to find.
    """
    model, inputs = parts(), victim()[1][:requests]
    with opened(folder, cast, windows) as (market, passed):
        version = deploy(market, model)
        if not blind:
            market.consumer.trust(version, market.model(version))
        for row in inputs:
            market.consumer.ask(version, encode(row.reshape(1, -1)))
        market.run(LONGEST)
        deviated = {*cast, *around}
        return facts(market, deviated, passed, ends(market, model, inputs))


def once_sold(change: Callable[[HardenedMarket], None]) -> Deploy:
    """Has a version on the market, and then changes what is around it."""

    def deploy(market: HardenedMarket, parts: Sequence[Component]) -> bytes:
        version = market.deploy(parts)
        market.run(LONGEST)
        change(market)
        return version

    return deploy


@contextmanager
def opened(
    folder: Path, cast: Cast, windows: int = WINDOW
) -> Iterator[tuple[HardenedMarket, Passing]]:
    """A market in which some deviate, with so many blocks for each phase; and what passes in it."""
    passed = Passing(folder / FILE, HardenedContract)
    everybody = {name: _noted(role, passed) for name, role in {**CAST, **cast}.items()}
    ledger = passed.ledger
    with HardenedMarket.create(folder, everybody, windows=windows, ledger=ledger) as market:
        passed.names |= names(market)
        yield market, passed


def facts(
    market: HardenedMarket,
    deviated: Collection[str],
    passed: Passing,
    ended: Sequence[str],
) -> Facts:
    """What came of it for everybody, by what is on the ledger and by what the consumer has.

    Args:
        market: after the last block.
        deviated: who deviated, by name.
        passed: what passed between parties.
        ended: what each request of the consumer came to.
    """
    honest = market.members.keys() - deviated
    unpaid = {named(market, party) for party in _unpaid(market)}
    poorer = {name for name in honest - {"consumer"} if worth(market, name) < PURSE}
    short = sorted(poorer | (unpaid & honest))
    deceived = "consumer" in honest and not set(ended) <= FINE
    shown = sorted({named(market, who) for who in _strangers(market)})
    settled = sum(r.phase is Phase.SETTLED for r in market.contract.requests.values())
    cost = sum(PURSE - worth(market, name) for name in market.members.keys() & deviated)
    convicted = {
        named(market, who): why for who, why in evidence(market.around.node.ledger).items()
    }
    return Facts(
        deviated=sorted(deviated),
        evidence=convicted,
        harmed=deceived or bool(short) or bool(shown),
        lines=[
            f"of what the consumer asked: {tally(ended) or 'nothing'}",
            f"others who are poorer, or worked for nothing: {', '.join(short) or 'nobody'}",
            f"strangers who had steps looked into: {', '.join(shown) or 'nobody'}",
            f"the contract convicted {told(convicted)}",
        ],
        figures={
            "requests": len(ended),
            "settled": settled,
            "cost": cost,
            "blocks": market.contract.now,
        },
        passed=passed,
    )


def _unpaid(market: HardenedMarket) -> Iterator[bytes]:
    """Those who have recorded a step that earns nothing."""
    for made in market.contract.requests.values():
        for step in range(made.turn):
            if made.terms.wage(step) <= 0:
                yield made.executors[step]


def named(market: HardenedMarket, party: bytes) -> str:
    """The name of a party, or of who keeps the ledger."""
    return "node" if party == market.around.node.key.public else market.named(party)


def names(market: HardenedMarket) -> dict[bytes, str]:
    """The names of all parties, and of who keeps the ledger."""
    keys = [market.around.node.key.public, *(m.identity for m in market.members.values())]
    return {key: named(market, key) for key in keys}


def ends(market: HardenedMarket, model: Sequence[Component], inputs: Integers) -> list[str]:
    """What each request of the consumer came to, which asked for these rows in turn."""
    wanted = [encode(chain(model, row.reshape(1, -1))[-1]) for row in inputs]
    return [served(market, *each) for each in zip(market.consumer.asked, wanted, strict=True)]


def served(market: HardenedMarket, request: bytes, wanted: bytes) -> str:
    """What a request came to, for its consumer."""
    made = market.contract.requests.get(request)
    if made is None:
        return "never made"
    if made.refunded == made.terms.price:
        return "refunded"
    if made.phase not in OVER:
        return "left open"
    consumer = market.members[market.named(made.consumer)]
    assert isinstance(consumer, Consumer)  # nobody else can ask
    output = consumer.output(request)
    if output is None:
        return "paid for nothing"
    return "answered" if output == wanted else "answered wrongly"


def _strangers(market: HardenedMarket) -> Iterator[bytes]:
    """Who had something shown of a request in which it has no part."""
    for made in market.contract.requests.values():
        concerned = {made.consumer, made.terms.provider, *made.terms.shares}
        for step, who in made.doubted:
            if who not in concerned and not made.may_see(step, who):
                yield who


def tally(ended: Sequence[str]) -> str:
    """How often requests came to what."""
    return ", ".join(f"{number} {end}" for end, number in Counter(ended).items())


def worth(market: HardenedMarket, name: str) -> int:
    """What a party has on the ledger."""
    party, contract = market.members[name].identity, market.contract
    return contract.balances[party] + contract.bonds[party]


def _noted(role: type[Member], passed: Passing) -> type[Member]:
    """A role that does as it does, and what it sends others is noted."""

    class Noted(role):  # type: ignore[valid-type, misc]  # whichever it is
        def _do(self, subject: str, act: Act) -> bool:
            done: bool = super()._do(subject, act)
            now = self.contract.now
            match act:
                case Send(kind, receiver, topic, step) if done and receiver != self.identity:
                    said = Passed(self.name, passed.names[receiver], kind, {}, topic, now)
                    passed.note_once(said, (said.source, said.target, kind, topic, step))
                case Submit(kind, body) if done:
                    said = Passed(self.name, LEDGER, kind, body, about(body), now)
                    passed.submitted(self.identity, said)
            return done

    return Noted
