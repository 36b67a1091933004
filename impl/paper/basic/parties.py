"""The parties of the basic marketplace: vendors, provider, consumer and arbitrator.

Parties reach each other in two ways only: through the ledger, which all of them read and append to,
and by what a provider hands to its vendors off the ledger (III.C).
"""

from collections.abc import Sequence

import attrs

from impl.ledger.transaction import Refused, require
from impl.models.component import Component, component_of
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.turns import Key, Turn, Turns, follow
from impl.paper.member import Member
from impl.paper.outside import computed
from impl.paper.steps import Record
from impl.refusing import Refusing
from spec.bytes.encoding import Value
from spec.bytes.merkle import bound_root


@attrs.define
class BasicMember(Member):
    """A party of the basic marketplace."""

    @property
    def contract(self) -> BasicContract:
        """The contract's state, which is public."""
        assert isinstance(self.ledger.contract, BasicContract)  # the market opened it with one
        return self.ledger.contract


@attrs.define
class Vendor(BasicMember):
    """A cloud vendor: keeps what it is handed, and runs it when its turn comes (III.C).

    Attributes:
        refused: why it does not execute a request, by the request's number.
    """

    refused: dict[int, str] = attrs.field(factory=dict, init=False)
    _turns: Turns = attrs.field(init=False)
    _put_off: dict[str, dict[Key, Turn]] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._turns = Turns(self.identity)

    def receive(self, api: str, component: bytes) -> None:
        """Take over a component for an API, off the ledger, and try again what was refused there.

        Raises Refused if it is none.
        """
        with Refusing("what is handed over is a component"):
            component_of(component)
        self.storage.put(f"component/{api}", component)
        self._turns.due.update(self._put_off.pop(api, {}))

    def held(self, api: str) -> Component:
        """The component that was handed over for an API. Raises Refused."""
        with Refusing("vendor holds a component of the API"):
            return component_of(self.storage.get(f"component/{api}"))

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        """What the component makes of data, and the component's digest. Raises Refused."""
        component = self.held(api)
        return computed(component, data), component.digest

    def work(self) -> int:
        """Record a step for every request whose turn is this vendor's; how many there were.

        What it cannot run it refuses, and does what else there is.
        """
        self.look()
        return sum(map(self._serve, [*self._turns.due]))

    def look(self) -> None:
        """Take note of what is new on the ledger."""
        self._turns.look(self.contract)

    def _serve(self, key: Key) -> bool:
        """Record a step, unless that is done, or refused; whether it was recorded."""
        turn = self._turns.due[key]
        try:
            recorded = self._record(turn)
        except Refused as refusal:
            self.refused[turn.request] = refusal.reason
            self._put_off.setdefault(turn.api, {})[key] = turn
            recorded = False
        del self._turns.due[key]
        return recorded

    def _record(self, turn: Turn) -> bool:
        """Run what has come and record it; whether that was still to be done. Raises Refused."""
        note = f"recorded/{turn.request}/{turn.data.hex()}"
        left = self._turns.is_in_force(self.contract, turn) and self.storage.missing(note)
        if left:
            produced, claimed = self.run(turn.api, turn.data)
            self.send(
                "record", {note: claimed}, received=turn.data, produced=produced, claimed=claimed
            )
            self.refused.pop(turn.request, None)
        return left


@attrs.define
class Provider(BasicMember):
    """An API provider: splits its model over vendors and registers it (III.C)."""

    def deploy(self, api: str, parts: Sequence[Component], vendors: Sequence[Vendor]) -> None:
        """Hand each part to a vendor and register the API.

        Raises:
            ValueError: there is not one vendor for each part.
        """
        if len(parts) != len(vendors):
            raise ValueError(f"{len(parts)} parts for {len(vendors)} vendors: give one to each")
        for part, vendor in zip(parts, vendors, strict=True):
            self.hand_over(api, part, vendor)
        self.register(api, parts, vendors)

    def hand_over(self, api: str, part: Component, vendor: Vendor) -> None:
        """Hand a vendor the part that it is to execute. Raises Refused."""
        vendor.receive(api, part.canonical())

    def register(self, api: str, parts: Sequence[Component], vendors: Sequence[Vendor]) -> None:
        """Record signature, API id and the vendors' sequence; keep the parts for disputes."""
        for step, part in enumerate(parts):
            self.storage.put(f"component/{api}/{step}", part.canonical())
        signature = bound_root([part.digest for part in parts])
        self.send("register", api=api, signature=signature, vendors=[v.identity for v in vendors])

    def reveal(self, api: str) -> list[Component]:
        """The registered parts, for the contract's hash-matches and for an arbitrator.

        Raises Refused if it has not kept them.
        """
        with Refusing("provider has kept the registered parts"):
            steps = range(len(self.contract.apis[api].vendors))
            return [component_of(self.storage.get(f"component/{api}/{step}")) for step in steps]


@attrs.define
class Consumer(BasicMember):
    """An API consumer: registers requests and picks up outputs (III.C)."""

    def request(self, api: str, data: bytes) -> int:
        """Register (id(M), I); the request's number."""
        number = len(self.contract.requests)
        self.send("request", {f"input/{number}": data}, api=api, input=data)
        return number

    def take(self, request: int) -> bytes | None:
        """Follow a request's records to the last vendor and take the output, if it is there.

        Raises Refused: it is not this consumer's, or it is taken, among other reasons.
        """
        chain = follow(self.contract, request)
        if len(chain) < len(self.contract.apis[self.contract.made(request).api].vendors):
            return None
        output = self.contract.records[chain[-1]].produced
        self.send("take", {f"output/{request}": output}, request=request, record=chain[-1])
        return output

    def taken(self, request: int) -> bytes:
        """The output that it took. Raises Refused."""
        with Refusing("consumer has kept the output"):
            return self.storage.get(f"output/{request}")

    def contest(self, request: int, output: bytes) -> None:
        """Claim that the service gave a wrong output (III.F).

        Raises:
            Refused: it is not the output on the ledger, among other reasons.
        """
        self.send("contest", request=request, output=output)


@attrs.frozen
class Finding:
    """What an arbitrator found.

    Attributes:
        executed: how many steps the contract found executed.
        convicted: the vendor whom the contract convicted for its digest, if one.
        wrong: the step whose recorded output is not what its component gives, if one.
    """

    executed: int
    convicted: bytes | None
    wrong: int | None


@attrs.define
class Arbitrator(BasicMember):
    """The trusted arbitrator: has the contract compare digests, and runs parts again (I; III.C)."""

    def judge(self, request: int, provider: Provider) -> Finding:
        """Settle a request from the ledger and from the parts that its provider reveals.

        Raises Refused: there is no such request, or the provider does not reveal what it has
        registered.
        """
        made = self.contract.made(request)
        parts = provider.reveal(made.api)
        digests: list[Value] = [part.digest for part in parts]
        version = self.contract.apis[made.api]
        bound = bound_root([part.digest for part in parts])
        require(
            (bound, len(parts)) == (version.signature, len(version.vendors)),
            "parts are the registered ones",
        )
        shown = zip(parts, map(self.contract.records.__getitem__, made.evidence), strict=False)
        wrong = next((step for step, each in enumerate(shown) if not gives(*each)), None)
        # A new version of the API can have fewer steps than the request has behind it.
        while not made.complete and made.turn < len(parts):
            step = made.turn
            vendor = version.vendors[step]
            number = self.contract.find(vendor, made.awaited)
            if number is None:
                return Finding(step, None, wrong)
            record = self.contract.records[number]
            kind = "match" if record.claimed == digests[step] else "convict"
            kept = {f"judged/{request}/{step}": parts[step].canonical()}
            keep = kept if kind == "match" else None
            self.send(kind, keep, request=request, record=number, components=digests)
            if kind == "convict":
                return Finding(step, vendor, wrong)
            if wrong is None and not gives(parts[step], record):
                wrong = step
        return Finding(len(parts), None, wrong)


def gives(part: Component, record: Record) -> bool:
    """Whether a component makes of what was received what a record says."""
    try:
        return computed(part, record.received) == record.produced
    except Refused:  # it makes nothing of that
        return False
