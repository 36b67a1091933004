"""The ledger of an orchestrated marketplace, told as the actions of its machine.

Of which request a record is, `ways` supposes; the data is taken to have gone its way, off the
ledger. Where a record may be another's, it is left undecided whether the ledger departs.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import chain

import attrs

from checkers.market.audit.due import Due
from checkers.market.audit.paper import NOTHING, PaperTale
from checkers.market.audit.retelling import Act, Touched, body_of
from checkers.market.audit.ways import Stage, Ways
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
        confirmed: of each request whose consumer writes down an output, the position at which.
    """

    machine = orchestrated

    orchestrators: dict[str, bytes] = attrs.field(factory=dict, init=False)
    confirmed: dict[int, int] = attrs.field(factory=dict, init=False)

    def look(self, position: int, transaction: Transaction) -> None:
        super().look(position, transaction)
        body = body_of(transaction)
        match transaction.kind:
            case "register":
                self.orchestrators.setdefault(body["api"], body["orchestrator"])
            case "confirm":
                self.confirmed[body["request"]] = position

    @cached_property
    def ways(self) -> Ways:
        """Of which request each record is, among what the contract carries out."""
        ways = Ways(self.orchestrators, self.confirmed)
        for position, said in enumerate(self.said[: self.stopped[0] if self.stopped else None]):
            body = body_of(said)
            match said.kind:
                case "register":
                    ways.register(position, body["api"], body["holders"])
                case "request":
                    ways.request(body["api"], body["input"])
                case "record":
                    ways.record(position, said.author, body["received"], body["produced"])
                case "confirm":
                    ways.confirm(body["request"])
        return ways

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
        for request, stage in enumerate(self.ways.stages):
            if request not in self.confirmed:
                yield Due(request, *self._due(request, stage), "no deadline")

    def _due(self, request: int, stage: Stage) -> tuple[bytes | None, str]:
        """Who is to act on a request, and what is to be done; who is picked, no ledger shows."""
        if stage.finished:
            return self.final.requests[request].consumer, "confirm"
        if stage.at_vendor:
            return None, f"record step {stage.hop}, as one of its holders"
        return self.orchestrators[stage.api], f"record step {stage.hop} too"

    # The actions

    def acts(self, position: int, transaction: Transaction) -> Iterator[Act]:
        kind, author, body = transaction.kind, transaction.author, body_of(transaction)
        match kind:
            case "register":
                if body["orchestrator"] != self.orchestrators[body["api"]]:
                    raise Refused("an API has one orchestrator")
                for record in self.ways.picked.get(position, ()):
                    yield from self._picking(record)
                holders = tuple(tuple(held) for held in body["holders"])
                yield kind, (body["api"], (body["signature"], holders, author))
            case "request":
                yield kind, (author, body["api"], body["input"])
            case "record":
                yield from self._recording(position, author, body)
            case "confirm":
                if body["request"] in self.ways.answered:
                    yield "deliver", (body["request"], body["output"])
                yield kind, (body["request"], body["output"])
            case "match" | "convict":
                yield kind, (body["request"], body["record"])
            case "claim_refund":
                yield kind, (body["request"],)

    def _recording(self, position: int, author: bytes, body: Mapping[str, Value]) -> Iterator[Act]:
        """A step is recorded, and the data had come to whoever does that."""
        request, count = self.ways.places.get(position, (0, None))
        claim = body["received"], body["produced"], body["claimed"]
        if count is not None and count % 2 == 1:
            yield "give_back", (request, body["produced"])
            yield "record_too", (request, *claim)
            return
        if count is not None and position not in self._picked_before:
            yield from self._picking(position)
        yield "record", (author, request, *claim)

    def _picking(self, record: int) -> Iterator[Act]:
        """A vendor is picked, and given the data of what it is going to record."""
        request, count = self.ways.places[record]
        data = body_of(self.said[record])["received"]
        if count == 0:
            yield "send", (request, data)
        yield "pick", (request, self.said[record].author, data)

    @cached_property
    def _picked_before(self) -> Collection[int]:
        """The records of vendors that were picked before another version came into force."""
        return {*chain.from_iterable(self.ways.picked.values())}

    def shown(self, contract: OrchestratedContract, touched: Touched | None) -> Mapping[str, Value]:
        shown = super().shown(contract, touched)
        made = {r: contract.requests[r] for r in shown["consumer"]}
        return {
            **shown,
            "confirmed": {r: request.output is not None for r, request in made.items()},
            "output": {r: q.output for r, q in made.items() if q.output is not None},
            "refunded": {r: request.refunded for r, request in made.items()},
        }
