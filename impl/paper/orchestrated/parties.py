"""The parties of the orchestrated marketplace, who pass the data from hand to hand (III.D).

Each refuses what is not its turn, and what it cannot do with what it was given. Who hands something
over is known to whom it is handed, for they have shaken hands (III.C). What a party does is what it
should do, unless it is given something else to say or to pass on: so parties deviate.
"""

from collections.abc import Collection, Mapping, Sequence
from secrets import choice
from typing import TypeAlias

import attrs

from impl.ledger.transaction import Refused, require
from impl.models.component import Component, component_of
from impl.paper.member import Change, Member
from impl.paper.orchestrated.contract import OrchestratedContract, OrchestratedRegistration, hashed
from impl.paper.orchestrated.due import Due
from impl.paper.outside import computed, reached
from impl.refusing import Refusing
from impl.storage import Storage
from spec.bytes.encoding import Value, encode
from spec.bytes.merkle import bound_root

Claim: TypeAlias = tuple[bytes, bytes, bytes]
"""What is recorded of a step: (hash(D_i), hash(O_i), hash(S_i))."""


@attrs.define
class OrchestratedMember(Member):
    """A party of the orchestrated marketplace. Whose turn it is keeps a note of what is due.

    Attributes:
        peers: those whom it reaches off the ledger, by their identities on it.
    """

    peers: Mapping[bytes, "OrchestratedMember"]

    @property
    def contract(self) -> OrchestratedContract:
        """The contract's state, which is public."""
        assert isinstance(self.ledger.contract, OrchestratedContract)  # it was opened with one
        return self.ledger.contract

    def api(self, request: int) -> OrchestratedRegistration:
        """The API of a request, as it is registered now."""
        return self.contract.apis[self.contract.made(request).api]

    def due(self, request: int) -> Due | None:
        """What is this party's to do about a request, if it is its turn. Raises Refused."""
        note = f"due/{request}"
        if self.storage.missing(note):
            return None
        with self.reading(note):
            return Due[self.storage.get(note).decode()]

    def data(self, request: int) -> bytes:
        """What this party was given last for a request. Raises Refused."""
        with Refusing("party was given data"):
            return self.storage.get(f"data/{request}")

    def has_data(self, request: int) -> bool:
        """Whether this party was given anything for a request."""
        return not self.storage.missing(f"data/{request}")

    def _number(self, name: str) -> int:
        """The number that is kept under a name. Raises Refused."""
        match self.read(name):
            case int(number):
                return number
        raise Refused(f"{self.name} keeps a number under {name}")

    def stall(self, request: int) -> None:
        """Do nothing about a request, for ever."""
        self.contract.made(request)
        over = (None, Due.NOTHING, Due.STALLED)
        require(self.due(request) not in over, "something is left to do")
        self.storage.put(f"due/{request}", Due.STALLED.name.encode())

    def _begin(self, request: int, due: Due) -> None:
        """See that something is to be done now, and by this party. Raises Refused."""
        self.contract.made(request)
        require(self.due(request) is due, due.value)

    def reach(self, identity: bytes) -> Storage:
        return self.storage if identity == self.identity else self.peers[identity].storage

    def act(self, request: int) -> bool:
        """Do what is this party's to do about a request; whether there was anything.

        Raises Refused if it cannot.
        """
        return False

    def _give(
        self,
        request: int,
        data: bytes,
        to: "OrchestratedMember",
        due: Due,
        also: Sequence[Change] = (),
    ) -> None:
        """Give data to somebody, whose turn it is then, and change what goes with that."""
        over: Change = (self.identity, f"due/{request}", None)
        self.change([*also, *_turn(to, request, data, due), over])

    def _record(self, claim: Claim, keep: Mapping[str, bytes]) -> None:
        received, produced, claimed = claim
        self.send("record", keep, received=received, produced=produced, claimed=claimed)


@attrs.define
class Vendor(OrchestratedMember):
    """A cloud vendor: keeps what it is handed, and runs it when it is picked (III.D)."""

    _recorded: set[int] = attrs.field(init=False)  # between record and output, if not stalled

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        made = range(len(self.contract.requests))
        self._recorded = {request for request in made if self.due(request) is Due.RETURN}

    def receive(self, provider: bytes, signature: bytes, step: int, part: bytes) -> None:
        """Take over a component, in place of what that provider had handed over for the step.

        Whoever else hands over something for the same model replaces nothing: of an API, its
        provider's components are run. Raises Refused.
        """
        with Refusing("what is handed over is a component"):
            component_of(part)
        busy = any(
            self.due(request) is Due.RETURN
            and self._place(request) == _handed(provider, signature, step)
            for request in self._recorded
        )
        require(not busy, "vendor is between its record and its output")
        self.storage.put(_handed(provider, signature, step), part)

    def held(self, provider: bytes, signature: bytes, step: int) -> bytes:
        """The component that a provider handed over for a step of a model. Raises Refused."""
        return self._held(_handed(provider, signature, step))

    def _held(self, place: str) -> bytes:
        with Refusing("vendor holds a component for the step"):
            return self.storage.get(place)

    def output(self, request: int) -> bytes:
        """What the component makes of the data. Raises Refused."""
        return computed(self._component(request), self.data(request))

    def _component(self, request: int) -> Component:
        with Refusing("what is held is a component"):
            return component_of(self._held(self._place(request)))

    def _place(self, request: int) -> str:
        """Where the component is kept that is to be run for a request."""
        api = self.api(request)
        return _handed(api.provider, api.signature, self._step(request))

    def _step(self, request: int) -> int:
        """The step that this vendor was picked for last."""
        return self._number(f"step/{request}")

    def act(self, request: int) -> bool:
        match self.due(request):
            case Due.RECORD:
                self.record(request)
            case Due.RETURN:
                self.give_back(request)
            case _:
                return False
        return True

    def record(self, request: int, claim: Claim | None = None) -> None:
        """Record the step on the ledger."""
        self._begin(request, Due.RECORD)
        self._record(claim or self._claim(request), _noted(request, Due.RETURN))
        self._recorded.add(request)

    def _claim(self, request: int) -> Claim:
        component = self._component(request)
        return hashed(self.data(request)), hashed(self.output(request)), component.digest

    def give_back(self, request: int, data: bytes | None = None) -> None:
        """Return the output to the orchestrator."""
        self._begin(request, Due.RETURN)
        orchestrator = reached(self.peers, self.api(request).orchestrator, Orchestrator)
        output = self.output(request) if data is None else data
        self._give(request, output, orchestrator, Due.RECORD_TOO)
        self._recorded.discard(request)


@attrs.frozen
class Finding:
    """What the contract found of a request by digests.

    Attributes:
        executed: how many steps it found executed.
        convicted: the vendor whom it convicted for its digest, if one.
    """

    executed: int
    convicted: bytes | None


@attrs.define
class Orchestrator(OrchestratedMember):
    """The orchestrator: picks who executes each step, and carries the data (III.D)."""

    def step(self, request: int) -> int:
        """The step that the data has come to."""
        name = f"step/{request}"
        return 0 if self.storage.missing(name) else self._number(name)

    def picked(self, request: int, step: int) -> bytes | None:
        """Whom it picked for a step."""
        name = f"picked/{request}/{step}"
        return None if self.storage.missing(name) else self.storage.get(name)

    def act(self, request: int) -> bool:
        match self.due(request):
            case Due.PICK:
                self.pick(request)
            case Due.RECORD_TOO:
                self.record(request)
            case Due.DELIVER:
                self.deliver(request)
            case _:
                return False
        return True

    def pick(self, request: int, vendor: bytes | None = None, data: bytes | None = None) -> None:
        """Pick a vendor for the step, at random, and pass it the data."""
        self._begin(request, Due.PICK)
        step = self.step(request)
        # A new version of the API can have fewer steps than the request has behind it.
        held = dict(enumerate(self.api(request).holders)).get(step, ())
        require(len(held) > 0 and vendor in (None, *held), "vendor holds the step")
        chosen = vendor or choice(held)
        peer = reached(self.peers, chosen, Vendor)
        given = self.data(request) if data is None else data
        also = [
            (self.identity, f"picked/{request}/{step}", chosen),
            (self.identity, f"given/{request}", given),
            (chosen, f"step/{request}", encode(step)),
        ]
        self._give(request, given, peer, Due.RECORD, also)

    def record(self, request: int, claim: Claim | None = None) -> None:
        """Record the step on the ledger as well."""
        self._begin(request, Due.RECORD_TOO)
        step = self.step(request)
        done = step == len(self.api(request).holders) - 1
        following = {f"step/{request}": encode(step if done else step + 1)}
        following |= _noted(request, Due.DELIVER if done else Due.PICK)
        self._record(claim or self._claim(request), following)

    def _claim(self, request: int) -> Claim:
        step, signature = self.step(request), self.api(request).signature
        with Refusing("orchestrator has passed on data, and was told the component's digest"):
            received = hashed(self.storage.get(f"given/{request}"))
            registered = self.storage.get(f"digest/{signature.hex()}/{step}")
        return received, hashed(self.data(request)), registered

    def deliver(self, request: int, data: bytes | None = None) -> None:
        """Hand the final output to the consumer."""
        self._begin(request, Due.DELIVER)
        output = self.data(request) if data is None else data
        consumer = reached(self.peers, self.contract.made(request).consumer, Consumer)
        self._give(request, output, consumer, Due.CONFIRM)

    def judge(self, request: int) -> Finding:
        """Have the contract compare recorded digests with registered ones, step by step (III.C).

        Raises Refused: there is no such request, or this party was not told the digests.
        """
        made, api = self.contract.made(request), self.api(request)
        steps = range(len(api.holders))
        with Refusing("orchestrator was told the components' digests"):
            digests = [self.storage.get(f"digest/{api.signature.hex()}/{i}") for i in steps]
        components: list[Value] = [*digests]
        # A new version of the API can have fewer steps than the request has behind it.
        while not made.complete and made.turn < len(steps):
            step = made.turn
            number = self._recorded(made.awaited, api.holders[step])
            if number is None:
                return Finding(step, None)
            record = self.contract.records[number]
            kind = "match" if record.claimed == digests[step] else "convict"
            self.send(kind, request=request, record=number, components=components)
            if kind == "convict":
                return Finding(step, record.author)
        return Finding(len(steps), None)

    def _recorded(self, received: bytes, holders: Collection[bytes]) -> int | None:
        """The first record of some vendors for some data: the paper's records name no request."""
        numbered = enumerate(self.contract.records)
        found = (i for i, r in numbered if r.author in holders and r.received == received)
        return next(found, None)


@attrs.define
class Provider(OrchestratedMember):
    """An API provider: splits its model over vendors, with overlap, and registers it (III.D)."""

    def deploy(
        self,
        api: str,
        parts: Sequence[Component],
        holders: Sequence[Sequence[bytes]],
        orchestrator: bytes,
    ) -> None:
        """Hand each part to all its holders, and register the API."""
        signature = self.prepare(parts, holders, orchestrator)
        self.register(api, signature, holders, orchestrator)

    def prepare(
        self, parts: Sequence[Component], holders: Sequence[Sequence[bytes]], orchestrator: bytes
    ) -> bytes:
        """Hand each part to all its holders, and its digest to the orchestrator; the signature."""
        signature = bound_root([part.digest for part in parts])
        carrier = reached(self.peers, orchestrator, Orchestrator)
        for step, (part, held) in enumerate(zip(parts, holders, strict=True)):
            place = f"{signature.hex()}/{step}"
            carrier.storage.put(f"digest/{place}", part.digest)
            for vendor in held:
                self.hand_over(signature, step, vendor, part.canonical())
        return signature

    def hand_over(self, signature: bytes, step: int, vendor: bytes, part: bytes) -> None:
        """Hand a component to a holder. Raises Refused."""
        reached(self.peers, vendor, Vendor).receive(self.identity, signature, step, part)

    def register(
        self,
        api: str,
        signature: bytes,
        holders: Sequence[Sequence[bytes]],
        orchestrator: bytes,
    ) -> None:
        """Record signature, API id, holders and orchestrator."""
        listed: list[Value] = [list(held) for held in holders]
        self.send(
            "register", api=api, signature=signature, holders=listed, orchestrator=orchestrator
        )


@attrs.define
class Consumer(OrchestratedMember):
    """An API consumer: registers digests, and gets its output from the orchestrator (III.D)."""

    def request(self, api: str, data: bytes) -> int:
        """Register (id(M), hash(I)); the request's number."""
        number = len(self.contract.requests)
        keep = {f"input/{number}": data, **_noted(number, Due.SEND)}
        self.send("request", keep, api=api, input=hashed(data))
        return number

    def input(self, request: int) -> bytes:
        """The input that it registered the digest of. Raises Refused."""
        with Refusing("consumer has registered the input"):
            return self.storage.get(f"input/{request}")

    def act(self, request: int) -> bool:
        match self.due(request):
            case Due.SEND:
                self.pass_input(request)
            case Due.CONFIRM:
                self.confirm(request)
            case _:
                return False
        return True

    def pass_input(self, request: int, data: bytes | None = None) -> None:
        """Pass the input to the orchestrator."""
        self._begin(request, Due.SEND)
        orchestrator = reached(self.peers, self.api(request).orchestrator, Orchestrator)
        given = self.input(request) if data is None else data
        self._give(request, given, orchestrator, Due.PICK)

    def confirm(self, request: int, output: bytes | None = None) -> None:
        """Write a hash of the output on the ledger."""
        self._begin(request, Due.CONFIRM)
        said = hashed(self.data(request)) if output is None else output
        self.send("confirm", _noted(request, Due.NOTHING), request=request, output=said)

    def claim_refund(self, request: int) -> None:
        """Say that the output is not the one on the ledger. Raises Refused."""
        self.send("claim_refund", request=request)


def _noted(request: int, due: Due) -> dict[str, bytes]:
    """What says that something is to be done about a request."""
    return {f"due/{request}": due.name.encode()}


def _handed(provider: bytes, signature: bytes, step: int) -> str:
    """Where a vendor keeps what a provider handed over for a step of a model."""
    return f"component/{provider.hex()}/{signature.hex()}/{step}"


def _turn(to: OrchestratedMember, request: int, data: bytes, due: Due) -> list[Change]:
    """What gives somebody data, and the turn."""
    given = {f"data/{request}": data, **_noted(request, due)}
    return [(to.identity, name, kept) for name, kept in given.items()]
