"""The ledger of an orchestrated marketplace, told as the actions of its machine.

Of which request a record is, `ways` supposes; the data is taken to have gone its way, off the
ledger. Where a record may be another's, it is left undecided whether the ledger departs.
"""

from collections.abc import Iterator, Mapping

import attrs

from checkers.market.audit.due import Due
from checkers.market.audit.paper import NOTHING, PaperTale
from checkers.market.audit.retelling import Act, Touched, body_of
from checkers.market.audit.ways import Way, Ways
from impl.ledger.transaction import Transaction
from impl.paper.orchestrated.contract import OrchestratedContract, OrchestratedRegistration
from spec.basic import state as basic_sorts
from spec.notation import Refused, Scope
from spec.notation.sorts import Value
from spec.orchestrated import orchestrated
from spec.orchestrated import state as sorts
from spec.orchestrated.state import Market


@attrs.define
class OrchestratedTale(PaperTale[Market, OrchestratedContract]):
    """What there is on an orchestrated ledger.

    A model is its signature, its holders, and who registered it.

    Attributes:
        orchestrators: of each API.
        ways: of which request each record is.
    """

    machine = orchestrated

    orchestrators: dict[str, bytes] = attrs.field(factory=dict, init=False)
    ways: Ways = attrs.field(init=False)

    @ways.default
    def _begin(self) -> Ways:
        return Ways(lambda api: self.final.apis[api].holders, self.orchestrators)

    def look(self, position: int, transaction: Transaction) -> None:
        super().look(position, transaction)
        body = body_of(transaction)
        match transaction.kind:
            case "register":
                self.orchestrators.setdefault(body["api"], body["orchestrator"])
            case "request":
                self.ways.request(position, body["api"], body["input"])
            case "record":
                author, received = transaction.author, body["received"]
                self.ways.record(position, author, received, body["produced"])
            case "confirm":
                self.ways.confirm(position, body["request"])

    # What there is

    def model(self, api: OrchestratedRegistration) -> Value:
        return api.signature, api.holders, api.provider

    def scope(self) -> Scope:
        steps, count = self.longest("holders") + 1, len(self.said) + 2
        return Scope(
            sizes={
                basic_sorts.Step: steps,
                basic_sorts.Request: count,
                basic_sorts.Record: count,
            },
            universe={
                sorts.Party: [NOTHING],
                basic_sorts.Api: [None],
                basic_sorts.Model: [(NOTHING, (), NOTHING)],
                basic_sorts.Component: [None],
                basic_sorts.Digest: [None],
                basic_sorts.Data: [None],
                sorts.Hash: [None],
            },
        )

    def free(self) -> Mapping[str, Value]:
        return {
            "last": lambda m: max(len(m[1]) - 1, 0),
            "holder": lambda m, i, p: i < len(m[1]) and p in m[1][i],
            "component": lambda m, i: (m[0], i),
            "digest": lambda c: self.digest(*c) if c else None,
            "run": lambda c, d: None,
            "hash": lambda d: d,
            "owner": lambda m: m[2],
            "consumes": lambda p: p in self.final.consumers,
            "orchestrator": lambda a: self.orchestrators.get(a, NOTHING),
            "random": lambda r, i: NOTHING,
        }

    def roles(self) -> Iterator[tuple[bytes, str]]:
        yield from ((party, "orchestrator") for party in self.orchestrators.values())
        yield from super().roles()

    def is_certain(self, position: int) -> bool:
        rests_on_records = self.said[position].kind in ("record", "confirm")
        return not rests_on_records or self.ways.doubtful is None or self.ways.doubtful >= position

    def open(self, spec: Market) -> Iterator[Due]:
        for request, way in enumerate(self.ways.ways):
            if request not in self.ways.confirmed:
                yield Due(request, *self._due(request, way), "no deadline")

    def _due(self, request: int, way: Way) -> tuple[bytes | None, str]:
        """Who is to act on a request, and what is to be done; who is picked, no ledger shows."""
        if way.finished:
            return self.final.requests[request].consumer, "confirm"
        if way.at_vendor:
            return None, f"record step {way.hop}, as one of its holders"
        return self.orchestrators[way.api], f"record step {way.hop} too"

    # The actions

    def acts(self, position: int, transaction: Transaction) -> Iterator[Act]:
        kind, author, body = transaction.kind, transaction.author, body_of(transaction)
        match kind:
            case "register":
                if body["orchestrator"] != self.orchestrators[body["api"]]:
                    raise Refused("an API has one orchestrator")
                holders = tuple(tuple(held) for held in body["holders"])
                yield kind, (body["api"], (body["signature"], holders, author))
            case "request":
                yield kind, (author, body["api"], body["input"])
            case "record":
                claim = body["received"], body["produced"], body["claimed"]
                yield from self._recording(position, author, claim)
            case "confirm":
                if position in self.ways.answered:
                    yield "deliver", (body["request"], body["output"])
                yield kind, (body["request"], body["output"])
            case "match" | "convict":
                yield kind, (body["request"], body["record"])
            case "claim_refund":
                yield kind, (body["request"],)

    def _recording(
        self, position: int, author: bytes, claim: tuple[Value, Value, Value]
    ) -> Iterator[Act]:
        """A step is recorded, and the data had come to whoever does that."""
        request, number = self.ways.place(position)
        data = claim[0]
        if number == 0:
            yield "send", (request, data)
        if number >= 0 and number % 2 == 0:
            yield "pick", (request, author, data)
        elif number > 0:
            yield "give_back", (request, claim[1])
            yield "record_too", (request, *claim)
            return
        yield "record", (author, request, *claim)

    def shown(self, contract: OrchestratedContract, touched: Touched | None) -> Mapping[str, Value]:
        shown = super().shown(contract, touched)
        made = {r: contract.requests[r] for r in shown["consumer"]}
        return {
            **shown,
            "confirmed": {r: request.output is not None for r, request in made.items()},
            "output": {r: q.output for r, q in made.items() if q.output is not None},
            "refunded": {r: request.refunded for r, request in made.items()},
        }
