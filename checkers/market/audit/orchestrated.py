"""The ledger of an orchestrated marketplace, told as the actions of its machine.

Its records name no request (III.D). A record is told as one of the request whose data it continues,
or else of any whose step its author may record; and the data is taken to have gone its way off the
ledger. Where requests are alike, what is told of one may turn out to be the other's; where they are
not, and the ledger departs, it is left undecided whether records can be told otherwise.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from checkers.market.audit.due import Due
from checkers.market.audit.paper import NOTHING, PaperTale
from checkers.market.audit.retelling import Act, Touched, body_of
from impl.ledger.transaction import Transaction
from impl.paper.orchestrated.contract import OrchestratedContract, OrchestratedRegistration
from spec.basic import state as basic_sorts
from spec.notation import Refused, Scope
from spec.notation.sorts import Value
from spec.orchestrated import orchestrated
from spec.orchestrated import state as sorts
from spec.orchestrated.state import Market


@attrs.define
class _Way:
    """How far a request has come.

    Attributes:
        made: the position of the transaction that made it.
        api: of which it is.
        awaited: what the next to record must have received.
        records: the positions of its records: of each step its vendor's, and the orchestrator's.
        finished: whether every step is recorded.
    """

    made: int
    api: str
    awaited: Value
    records: list[int] = attrs.field(factory=list)
    finished: bool = False

    @property
    def hop(self) -> int:
        """The step that the data has come to."""
        return len(self.records) // 2

    @property
    def at_vendor(self) -> bool:
        """Whether a vendor is to record the step, and not the orchestrator after it."""
        return len(self.records) % 2 == 0

    @property
    def began(self) -> float:
        """The position of its first record."""
        return self.records[0] if self.records else float("inf")


@attrs.define
class OrchestratedTale(PaperTale[Market, OrchestratedContract]):
    """What there is on an orchestrated ledger.

    A model is its signature, its holders, and who registered it.

    Attributes:
        ways: how far each request has come.
        own: of each record, by its position, the request of which it is told.
        confirmed: the requests whose consumers have written down an output.
        answered: the positions of the transactions with which they did, of requests that had one.
        doubtful: the position of the first record that could be another request's, of one that has
            not come as far; None if there is none.
        orchestrators: of each API.
    """

    machine = orchestrated

    ways: list[_Way] = attrs.field(factory=list, init=False)
    own: dict[int, int] = attrs.field(factory=dict, init=False)
    confirmed: set[int] = attrs.field(factory=set, init=False)
    answered: set[int] = attrs.field(factory=set, init=False)
    doubtful: int | None = attrs.field(default=None, init=False)
    orchestrators: dict[str, bytes] = attrs.field(factory=dict, init=False)
    _unfinished: dict[int, None] = attrs.field(factory=dict, init=False)
    _waiting: defaultdict[Value, dict[int, None]] = attrs.field(
        factory=lambda: defaultdict(dict), init=False
    )

    # Of which request a record is

    def look(self, position: int, transaction: Transaction) -> None:
        super().look(position, transaction)
        body = body_of(transaction)
        match transaction.kind:
            case "register":
                self.orchestrators.setdefault(body["api"], body["orchestrator"])
            case "request":
                self.ways.append(_Way(position, body["api"], body["input"]))
                self._wait(len(self.ways) - 1)
            case "record":
                self._record(position, transaction)
            case "confirm":
                self._confirm(position, body["request"])

    def _record(self, position: int, transaction: Transaction) -> None:
        author, received = transaction.author, transaction.body["received"]
        request = next((r for r in self._waiting[received] if self._may_record(author, r)), None)
        if request is None or self.doubtful is None:
            every = [r for r in self._unfinished if self._may_record(author, r)]
            if not every:
                return
            request = every[0] if request is None else request
            if self.doubtful is None and not self._are_alike(every):
                self.doubtful = position
        self._go_on(request, position, transaction)

    def _go_on(self, request: int, position: int, transaction: Transaction) -> None:
        way = self.ways[request]
        self._waiting[way.awaited].pop(request, None)
        self.own[position] = request
        recorded_by_vendor = way.at_vendor
        way.finished = not way.at_vendor and way.hop == len(self._holders(way)) - 1
        way.records.append(position)
        received, produced = transaction.body["received"], transaction.body["produced"]
        way.awaited = received if recorded_by_vendor else produced
        self._wait(request)

    def _wait(self, request: int) -> None:
        """Note what the next to record must have received, if anybody is to."""
        if self.ways[request].finished:
            self._unfinished.pop(request, None)
        else:
            self._unfinished[request] = None
            self._waiting[self.ways[request].awaited][request] = None

    def _holders(self, way: _Way) -> Sequence[Collection[bytes]]:
        return self.final.apis[way.api].holders

    def _may_record(self, author: bytes, request: int) -> bool:
        """Whether a party may be the next to record a step of an unfinished request."""
        way = self.ways[request]
        if not way.at_vendor:
            return author == self.orchestrators[way.api]
        holders = self._holders(way)
        return way.hop < len(holders) and author in holders[way.hop]

    def _are_alike(self, requests: Sequence[int]) -> bool:
        """Whether requests are of one API and have come equally far, with the same data."""
        ways = [self.ways[r] for r in requests]
        return len({(way.api, len(way.records)) for way in ways}) <= 1

    def _confirm(self, position: int, request: int) -> None:
        """A consumer has its output: where its request has not come so far, one like it has."""
        if not self.ways[request].finished:
            for other in range(len(self.ways)):
                if other not in self.confirmed and self._can_be_exchanged(request, other):
                    self._exchange(request, other)
                    break
        if self.ways[request].finished:
            self.answered.add(position)
        self.confirmed.add(request)

    def _can_be_exchanged(self, request: int, other: int) -> bool:
        mine, theirs = self.ways[request], self.ways[other]
        return (
            theirs.finished
            and theirs.api == mine.api
            and theirs.began > mine.made
            and mine.began > theirs.made
        )

    def _exchange(self, request: int, other: int) -> None:
        """What was told of either is told of the other."""
        mine, theirs = self.ways[request], self.ways[other]
        self._waiting[mine.awaited].pop(request, None)
        for name in ("awaited", "records", "finished"):
            kept = getattr(mine, name)
            setattr(mine, name, getattr(theirs, name))
            setattr(theirs, name, kept)
        for number in (request, other):
            self.own.update(dict.fromkeys(self.ways[number].records, number))
            self._wait(number)

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
        return not rests_on_records or self.doubtful is None or self.doubtful >= position

    def open(self, spec: Market) -> Iterator[Due]:
        for request, way in enumerate(self.ways):
            if request not in self.confirmed:
                yield Due(request, *self._due(request, way), "no deadline")

    def _due(self, request: int, way: _Way) -> tuple[bytes | None, str]:
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
                if position in self.answered:
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
        request, data = self.own.get(position, 0), claim[0]
        records = self.ways[request].records if position in self.own else []
        number = records.index(position) if records else -1
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
