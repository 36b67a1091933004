"""What parties that deviate in the basic marketplace get out of it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adversaries.passing import Passed, Passing, evidence, told, uncredited
from adversaries.script import Facts
from adversaries.victim import API, ONCE, Sequences, parts, right_output, victim
from impl.folder import FILE
from impl.ledger.transaction import Refused
from impl.models.component import Component, labels
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import CAST, BasicMarket, Cast
from impl.paper.basic.parties import BasicMember, Vendor
from spec.bytes.encoding import encode


def play(
    folder: Path,
    cast: Cast,
    requests: int = 1,
    doubts: bool = False,
    sequences: Sequences = ONCE,
) -> Facts:
    """Requests to a market in which some deviate, each judged afterwards.

    Args:
        folder: where the market is to be.
        cast: who deviates, by name; of the others, everybody does as it should.
        requests: how many, each for a row of ordinary traffic.
        doubts: whether the consumer contests what it takes.
        sequences: who executes; of each version all rows are asked for.
    """
    rows = [row.reshape(1, -1) for row in victim()[1][:requests]]
    wanted = [right_output(row) for row in rows] * len(sequences)
    taken: list[bytes | None] = []
    judged: list[str] = []
    with opened(folder, cast) as (market, passed):
        for names in sequences:
            vendors = [market.member(name, Vendor) for name in names]
            market.provider.deploy(API, parts(), vendors)
            made = [market.consumer.request(API, encode(row)) for row in rows]
            market.work()
            outputs = [market.consumer.take(request) for request in made]
            judged += [judge(market, request) for request in made]
            for request, output in zip(made, outputs, strict=True):
                if doubts and output is not None:
                    with suppress(Refused):
                        market.consumer.contest(request, output)
            taken += outputs
        deceived = "consumer" not in cast and taken != wanted
        contested = [request.contested for request in market.consumer.contract.requests]
        forged = any(c not in (None, w) for c, w in zip(contested, wanted, strict=True))
        convicted = {market.named(who): kind for who, kind in evidence(market.ledger).items()}
        refused = [each for each in passed.said if each.refused]
        uncalled = uncredited(market.consumer.contract)
        return Facts(
            deviated=sorted(cast),
            evidence=convicted,
            harmed=deceived or forged or uncalled > 0,
            lines=[
                *map(answer, wanted, taken),
                *judged,
                *(f"the contract refuses {r.source}'s {r.kind}: {r.refused}" for r in refused),
                f"{uncalled} records execute no step of a request",
                f"the contract convicted {told(convicted)}",
            ],
            figures={"settled": sum(r.complete for r in market.consumer.contract.requests)},
            passed=passed,
        )


@contextmanager
def opened(folder: Path, cast: Cast) -> Iterator[tuple[BasicMarket, Passing]]:
    """A market in which some deviate, and what passes in it."""
    passed = Passing(folder / FILE, BasicContract)
    everybody = {name: _noted(role, passed) for name, role in {**CAST, **cast}.items()}
    with BasicMarket.create(folder, everybody, passed.ledger) as market:
        passed.names |= {member.identity: name for name, member in market.members.items()}
        yield market, passed


def judge(market: BasicMarket, request: int) -> str:
    """What the contract finds of a request by digests, and an arbitrator by running it again."""
    try:
        found = market.arbitrator.judge(request, market.provider)
    except Refused as refusal:
        return f"nobody can judge request {request}, for it does not hold that {refusal.reason}"
    steps = len(market.arbitrator.contract.apis[API].vendors)
    wrong = "no step" if found.wrong is None else f"step {found.wrong}"
    return (
        f"by digests, {found.executed} of {steps} steps of request {request} were executed; "
        f"run again, {wrong} is wrong"
    )


def answer(wanted: bytes, taken: bytes | None) -> str:
    """What a consumer took of an output, beside what the model gives."""
    if taken == wanted:
        return f"the consumer took what the model gives: {labels(wanted)[0]}"
    got = "nothing" if taken is None else f"{labels(taken)[0]}, from other numbers"
    return f"the model says {labels(wanted)[0]}, the consumer took {got}"


def _noted(role: type[BasicMember], passed: Passing) -> type[BasicMember]:
    """A role that does as it does, and what it sends others is noted."""

    class Noted(role):  # type: ignore[valid-type, misc]  # whichever it is
        def hand_over(self, api: str, part: Component, vendor: Vendor) -> None:
            super().hand_over(api, part, vendor)
            passed.note(Passed(self.name, vendor.name, "component"))

    return Noted
