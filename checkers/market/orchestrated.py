"""Drives the contract and the parties of the paper's second protocol as `orchestrated`."""

from collections.abc import Mapping, Sequence

import attrs

from checkers.lockstep.driver import Setup
from checkers.market.dispatch import methods
from checkers.market.forgeries import Forgeries, Forgery, said
from checkers.market.ledger_file import Fleeting, LedgerFile
from checkers.market.values import (
    MINUS_ONE,
    NEGATE,
    ONE,
    SAME,
    SplitModel,
    component_digest,
    keys,
    run_component,
)
from checkers.market.view import read
from impl.folder import NODE
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger
from impl.ledger.transaction import Refused
from impl.models.component import Component
from impl.paper.orchestrated.contract import OrchestratedContract, hashed
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.market import Cast, OrchestratedMarket
from impl.paper.orchestrated.parties import (
    Consumer,
    OrchestratedMember,
    Orchestrator,
    Provider,
    Vendor,
)
from spec.basic.state import Api, Data, Digest, Model, Record, Step
from spec.basic.state import Component as ComponentSort
from spec.basic.state import Request as RequestSort
from spec.bytes.encoding import Value as Field
from spec.notation import Scope
from spec.notation.sorts import Value
from spec.orchestrated import orchestrated
from spec.orchestrated import state as sorts

_PARTIES = keys(5, 40)
PROVIDER, ORCHESTRATOR, CONSUMER, FIRST, SECOND = _PARTIES
_CAST: Cast = {
    "provider": Provider,
    "orchestrator": Orchestrator,
    "consumer": Consumer,
    "first": Vendor,
    "second": Vendor,
}
_NODE = SigningKey.from_seed(bytes([45]) * 32)
_COMPONENTS = [NEGATE, SAME]
_DATA = [ONE, MINUS_ONE]
_PLACES = {
    Due.SEND: sorts.Place.CONSUMER,
    Due.PICK: sorts.Place.ORCHESTRATOR,
    Due.RECORD: sorts.Place.VENDOR,
    Due.RETURN: sorts.Place.RECORDED,
    Due.RECORD_TOO: sorts.Place.RETURNED,
    Due.DELIVER: sorts.Place.FINISHED,
    Due.CONFIRM: sorts.Place.DELIVERED,
    Due.NOTHING: sorts.Place.CONFIRMED,
    Due.STALLED: sorts.Place.STALLED,
}


@attrs.frozen
class PlacedModel(SplitModel):
    """A split model, with those who hold each part."""

    holders: tuple[tuple[bytes, ...], ...]

    def holds(self, step: int, party: bytes) -> bool:
        """Whether a party is to hold a step."""
        return step <= self.last and party in self.holders[step]


MODELS = {
    model.signature: model
    for model in (
        PlacedModel((NEGATE, SAME), ((FIRST, SECOND), (SECOND, FIRST))),
        PlacedModel((SAME,), ((SECOND,),)),
    )
}
JOINT, SINGLE = MODELS
"""The first model has two steps, which both vendors hold; the second has one, and one holder."""


class OrchestratedDriver(LedgerFile):
    """Drives `impl.paper.orchestrated`, on a real ledger, as the machine `orchestrated`.

    It also is the onlooker, who knows what data should be and who deviates.
    """

    def __init__(
        self, contract: type[OrchestratedContract], ledger: type[KeptLedger] = Fleeting
    ) -> None:
        genesis = Genesis("orchestrated", _NODE.public, {"consumers": [CONSUMER]})
        super().__init__(genesis, _NODE, contract, ledger)
        self._methods = methods(self, orchestrated)
        self.market = self._around()
        for model in MODELS.values():
            parts = [Component.parse(part) for part in model.parts]
            self.market.provider.prepare(parts, model.holders, ORCHESTRATOR)
        self.truth: dict[int, bytes] = {}
        self.deviated: set[bytes] = set()

    def _around(self) -> OrchestratedMarket:
        keys = {NODE: _NODE, **dict(zip(_CAST, _PARTIES.values(), strict=True))}
        return OrchestratedMarket.gather(self.ledger, self.folder, _CAST, keys)

    def restart(self) -> None:
        """Close the ledger, forget the parties, and take up both from their files."""
        for member in self.market.members.values():
            member.storage.close()
        super().restart()
        self.market = self._around()

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Have the party whose action it is take it."""
        try:
            self._methods[action](*args)
        except Refused as refusal:
            return refusal.reason
        return None

    def _deviates(self, party: bytes, wrong: bool) -> None:
        if wrong:
            self.deviated.add(party)

    # Who acts, and on what

    def _picks(self, r: int) -> Mapping[tuple[int, int], bytes]:
        """Whom the orchestrator has picked for a request, by request and step."""
        orchestrator = self.market.orchestrator
        picks = {(r, i): orchestrator.picked(r, i) for i in range(orchestrator.step(r) + 1)}
        return {key: v for key, v in picks.items() if v}

    def _executor(self, r: int) -> Vendor:
        """The vendor that was picked last for a request; while there is none, any."""
        return self._vendor([FIRST, *self._picks(r).values()][-1])

    def _vendor(self, v: bytes) -> Vendor:
        return next(vendor for vendor in self.market.vendors if vendor.identity == v)

    def _model(self, r: int) -> PlacedModel:
        """The model of a request, in the version that is in force."""
        return MODELS[self.market.provider.api(r).signature]

    def _held(self, r: int) -> bytes:
        """What the vendor that was picked has for the step."""
        model, step = self.market.provider.api(r).signature, self.market.orchestrator.step(r)
        return self._handed(model, step, self._executor(r).identity)

    def _handed(self, m: bytes, i: int, v: bytes) -> bytes:
        """What a party was handed; who is to hold nothing counts as having the right part."""
        return self._vendor(v).held(PROVIDER, m, i) if MODELS[m].holds(i, v) else MODELS[m].part(i)

    # Actions

    def _hand_over(self, m: bytes, i: int, v: bytes, c: bytes) -> None:
        if not MODELS[m].holds(i, v):
            raise Refused("vendor holds the step")
        if c == MODELS[m].part(i):
            raise Refused("component is another")
        self.market.provider.hand_over(m, i, v, c)
        self._deviates(PROVIDER, True)

    def _register(self, a: str, m: bytes) -> None:
        self.market.provider.register(a, m, MODELS[m].holders, ORCHESTRATOR)

    def _request(self, c: bytes, a: str, d: bytes) -> None:
        consumer = self.market.consumer
        if c != consumer.identity:  # the others have no such thing in their programs
            consumer = attrs.evolve(consumer, first=_PARTIES[c])
        self.truth[consumer.request(a, d)] = d

    def _send(self, r: int, d: bytes) -> None:
        self.market.consumer.pass_input(r, d)
        self._deviates(CONSUMER, d != self.market.consumer.input(r))

    def _pick(self, r: int, v: bytes, d: bytes) -> None:
        self.market.orchestrator.pick(r, v, d)
        self._deviates(ORCHESTRATOR, d != self.market.orchestrator.data(r))

    def _record(self, v: bytes, r: int, x: bytes, y: bytes, h: bytes) -> None:
        vendor = self._executor(r)
        if vendor.due(r) is Due.RECORD and vendor.identity != v:
            raise Refused("vendor is the one picked")
        vendor.record(r, (x, y, h))
        data, part = vendor.data(r), self._held(r)
        honest = hashed(data), hashed(run_component(part, data)), component_digest(part)
        self._deviates(v, (x, y, h) != honest)

    def _give_back(self, r: int, d: bytes) -> None:
        vendor = self._executor(r)
        vendor.give_back(r, d)
        self._deviates(vendor.identity, d != run_component(self._held(r), vendor.data(r)))

    def _record_too(self, r: int, x: bytes, y: bytes, h: bytes) -> None:
        orchestrator, step = self.market.orchestrator, self.market.orchestrator.step(r)
        orchestrator.record(r, (x, y, h))
        part = self._model(r).part(step)
        given, carried = self._executor(r).data(r), orchestrator.data(r)
        honest = hashed(given), hashed(carried), component_digest(part)
        self._deviates(ORCHESTRATOR, (x, y, h) != honest)
        self.truth[r] = run_component(part, self.truth[r])

    def _deliver(self, r: int, d: bytes) -> None:
        self.market.orchestrator.deliver(r, d)
        self._deviates(ORCHESTRATOR, d != self.market.orchestrator.data(r))

    def _confirm(self, r: int, y: bytes) -> None:
        self.market.consumer.confirm(r, y)
        self._deviates(CONSUMER, y != hashed(self.market.consumer.data(r)))

    def _stall(self, r: int) -> None:
        waiting = self._waiting(r)
        waiting.stall(r)
        self._deviates(waiting.identity, True)

    def _waiting(self, r: int) -> OrchestratedMember:
        """Whose turn it is."""
        parties = self.market.provider.peers.values()
        return next((p for p in parties if p.due(r)), self.market.consumer)

    def _match(self, r: int, e: int) -> None:
        self.market.provider.send("match", request=r, record=e, components=self._digests(r))

    def _convict(self, r: int, e: int) -> None:
        self.market.provider.send("convict", request=r, record=e, components=self._digests(r))

    def _digests(self, r: int) -> list[Field]:
        """The digests that a request's model binds; any, where there is no such request."""
        return [*self._model(r).digests] if (r,) in self.view["api"] else [b"none"]

    def _claim_refund(self, r: int) -> None:
        self.market.consumer.claim_refund(r)

    # What is to be seen

    def state(self) -> Mapping[str, Value]:
        """The contract's and the parties' state, and what an onlooker saw."""
        return {**read(self.view), **self._off_ledger()}

    def _off_ledger(self) -> Mapping[str, Value]:
        """Where the data is, and what it should be."""
        made = range(self.view["requests"][()])
        consumer, orchestrator = self.market.consumer, self.market.orchestrator
        picked = {key: v for r in made for key, v in self._picks(r).items()}
        return {
            "handed": {
                (m, i, v): self._vendor(v).held(PROVIDER, m, i)
                for m, model in MODELS.items()
                for i, held in enumerate(model.holders)
                for v in held
            },
            "place": {r: _PLACES[self._waiting(r).due(r) or Due.NOTHING] for r in made},
            "wanted": {r: consumer.input(r) for r in made},
            "carried": {r: orchestrator.data(r) for r in made if orchestrator.has_data(r)},
            "picked": picked,
            "given": {r: self._executor(r).data(r) for r, _ in picked},
            "delivered": {r: consumer.data(r) for r in made if consumer.has_data(r)},
            "truth": self.truth,
            "hop": {r: orchestrator.step(r) for r in made},
            "deviated": dict.fromkeys(self.deviated, True),
        }


def orchestrated_setup(
    contract: type[OrchestratedContract] = OrchestratedContract,
    ledger: type[KeptLedger] = Fleeting,
) -> Setup:
    """How the orchestrated protocol is driven against a contract, on a ledger of some kind."""
    return Setup(
        open=lambda: OrchestratedDriver(contract, ledger),
        scope=Scope(
            sizes={Step: 2, RequestSort: 3, Record: 7},
            universe={
                sorts.Party: list(_PARTIES),
                Api: ["digits", "letters"],
                Model: list(MODELS),
                ComponentSort: _COMPONENTS,
                Digest: [component_digest(part) for part in _COMPONENTS],
                Data: _DATA,
                sorts.Hash: [hashed(data) for data in _DATA],
            },
        ),
        functions={
            "last": lambda m: MODELS[m].last,
            "holder": lambda m, i, p: MODELS[m].holds(i, p),
            "component": lambda m, i: MODELS[m].part(i),
            "digest": component_digest,
            "run": run_component,
            "hash": hashed,
            "owner": lambda m: PROVIDER,
            "consumes": lambda p: p == CONSUMER,
            "orchestrator": lambda a: ORCHESTRATOR,
            "random": lambda r, i: (FIRST, SECOND)[(r + i) % 2],
        },
    )


def _registered(*holders: Field) -> Forgery:
    """A registration that says nothing of who holds a step."""
    body: dict[str, Field] = {
        "api": "digits",
        "signature": JOINT,
        "holders": [*holders],
        "orchestrator": ORCHESTRATOR,
    }
    return said("register", _PARTIES[PROVIDER], "with no holder", lambda _: body)


FORGERIES: Forgeries = [
    ([], [_registered(), _registered([]), _registered(0), _registered([0])]),
    (
        [
            ("register", "digits", SINGLE),
            ("request", CONSUMER, "digits", ONE),
            ("send", 0, ONE),
            ("pick", 0, SECOND, ONE),
            ("record", SECOND, 0, hashed(ONE), hashed(ONE), component_digest(SAME)),
            ("give_back", 0, ONE),
            ("record_too", 0, hashed(ONE), hashed(ONE), component_digest(SAME)),
            ("deliver", 0, ONE),
            ("confirm", 0, hashed(ONE)),
        ],
        [
            said(
                "confirm",
                _PARTIES[party],
                what,
                lambda _: {"request": 0, "output": hashed(MINUS_ONE)},
                reason,
            )
            for party, what, reason in (
                (CONSUMER, "again", Due.CONFIRM.value),
                (PROVIDER, "by another", "consumer made the request"),
            )
        ],
    ),
]
"""What only the contract can refuse."""
