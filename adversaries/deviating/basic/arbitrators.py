"""Arbitrators that deviate in the basic marketplace, and what they are shown while they do not."""

from contextlib import suppress
from pathlib import Path

import numpy as np

from adversaries.deviating.basic.play import judge, opened
from adversaries.leaking.leakage import STOLEN
from adversaries.passing import evidence, told
from adversaries.script import Facts
from adversaries.victim import API, parts, right_output, victim, worse
from impl.ledger.transaction import Refused
from impl.models.component import chain, component_of, labels
from impl.paper.basic.parties import Arbitrator, Finding, Provider
from spec.bytes.encoding import Value, encode


class CorruptArbitrator(Arbitrator):
    """Has whomever it can convicted, whatever record serves for that."""

    def judge(self, request: int, provider: Provider) -> Finding:
        parts = provider.reveal(self.contract.made(request).api)
        components: list[Value] = [part.digest for part in parts]
        for record in range(len(self.contract.records)):
            with suppress(Refused):
                self.send("convict", request=request, record=record, components=components)
        return super().judge(request, provider)


def framing(
    folder: Path, arbitrator: type[Arbitrator] = CorruptArbitrator, judged: int = 0
) -> Facts:
    """Vendors who serve two APIs are asked by both for the same, and one request is judged.

    A record names no request, so that what was rightly done for one passes for the other's.

    Args:
        folder: where the market is to be.
        arbitrator: who judges; an `Arbitrator` itself does as it should.
        judged: which of the two requests.
    """
    with opened(folder, {"arbitrator": arbitrator}) as (market, passed):
        row = encode(victim()[1][:1])
        for api, model in (API, parts()), ("other", [*map(worse, parts())]):
            market.provider.deploy(api, model, market.vendors)
            market.consumer.request(api, row)
        market.work()
        found = judge(market, judged)
        convicted = {market.named(who): kind for who, kind in evidence(market.ledger).items()}
        refused = sum(bool(each.refused) for each in passed.said)
        return Facts(
            deviated=[] if arbitrator is Arbitrator else ["arbitrator"],
            evidence=convicted,
            harmed=bool(convicted),
            lines=[
                found,
                f"the contract refuses {refused} of what the arbitrator says",
                f"the contract convicted {told(convicted)}",
            ],
            passed=passed,
        )


def siphon(folder: Path, provider: type[Provider] = Provider) -> Facts:
    """A consumer has one request judged, and the arbitrator, its friend, keeps what it is shown."""
    inputs = victim()[2]
    with opened(folder, {"provider": provider}) as (market, passed):
        market.provider.deploy(API, parts(), market.vendors)
        request = market.consumer.request(API, encode(victim()[1][:1]))
        market.work()
        found = judge(market, request)
        storage = market.arbitrator.storage
        kept = [f"judged/{request}/{step}" for step in range(len(market.vendors))]
        shown = [component_of(storage.get(name)) for name in kept if not storage.missing(name)]
    is_whole = len(shown) == len(kept)
    served = labels(encode(chain(shown, inputs)[-1])) if is_whole else []
    equal = float(np.mean(np.equal(served, labels(right_output(inputs))))) if is_whole else 0.0
    return Facts(
        deviated=["consumer", "arbitrator"],
        harmed=equal >= STOLEN,
        lines=[
            found,
            f"one request shows the arbitrator {len(shown)} of {len(kept)} components, which give "
            f"the model's label for {equal:.1%} of {len(inputs)} inputs",
        ],
        figures={"shown": len(shown), "equal": equal},
        passed=passed,
    )
