"""What passes between parties and to the ledger, and whom that convicted: so that a run is told."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import attrs

from impl.hardened.contract import HardenedContract
from impl.ledger import sqlite
from impl.ledger.port import Begin, Judge, Ledger, OpenContract
from impl.ledger.transaction import (
    ROTATE,
    MalformedTransaction,
    Refused,
    Transaction,
    parse,
    parse_rotation,
)
from impl.paper.basic.contract import BasicContract
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.steps import A, R, StepContract
from spec.bytes.encoding import Value, encode

LEDGER = "ledger"
"""What takes the place of a party where something is said to everybody."""
ANYBODY = "anybody"
"""Who said what is no transaction, and so bears no name."""


@attrs.frozen
class Passed:
    """Something that a party said.

    Attributes:
        source: who said it.
        target: to whom: a party, or the ledger.
        kind: what it is called.
        body: what it said, if it said that to the ledger.
        about: the request or version that it is about, in the hardened market.
        block: how many blocks had passed, where blocks are counted.
        position: where it stands on the ledger; nowhere if it was not taken, or said to a party.
        refused: why the ledger refused it, if it did.
    """

    source: str
    target: str
    kind: str
    body: Mapping[str, Value] = attrs.field(factory=dict)
    about: bytes = b""
    block: int | None = None
    position: int | None = None
    refused: str = ""

    @property
    def is_in_vain(self) -> bool:
        """Whether it was said to the ledger, which has refused it, or has not decided about it."""
        return self.target == LEDGER and self.position is None


@attrs.define
class Passing:
    """What passes in a market, noted while it does.

    Attributes:
        path: the file of the market's ledger; none without a market.
        begin: the contract of that ledger.
        names: the parties by what the ledger knows them by, in order.
    """

    path: Path | None = None
    begin: Begin = OpenContract
    names: dict[bytes, str] = attrs.field(factory=dict)
    _noted: list[Passed | None] = attrs.field(factory=list, init=False)
    _waiting: defaultdict[Hashable, list[int]] = attrs.field(
        factory=lambda: defaultdict(list), init=False
    )
    _known: set[Hashable] = attrs.field(factory=set, init=False)

    @property
    def said(self) -> Sequence[Passed]:
        """What passed, in order; what is said to the ledger passes when that decides about it."""
        return [passed for passed in self._noted if passed]

    def note(self, passed: Passed) -> int:
        """Note something; where it is noted."""
        self._noted.append(passed)
        return len(self._noted) - 1

    def note_once(self, passed: Passed, known_by: Hashable) -> None:
        """Note something, unless it is known by this already: it may be said in every block."""
        if known_by not in self._known:
            self._known.add(known_by)
            self.note(passed)

    def submitted(self, author: bytes, passed: Passed) -> None:
        """Note what is said to the ledger, until that has decided about it."""
        self._waiting[_named(author, passed.kind, passed.body)].append(self.note(passed))

    @property
    def ledger(self) -> type[sqlite.Ledger]:
        """A ledger that does as one does, and what it decides is noted."""
        passing = self

        class Noted(sqlite.Ledger):
            def append(self, batch: Sequence[bytes]) -> list[int | Refused]:
                outcomes = super().append(batch)
                for data, outcome in zip(batch, outcomes, strict=True):
                    passing.decided(self, data, outcome)
                return outcomes

        return Noted

    def decided(self, ledger: Ledger, data: bytes, outcome: int | Refused) -> None:
        """Note what a ledger has decided: it has taken something, or says why not.

        Of what bears a number that is not its author's next, whoever keeps the ledger decides
        later. That a block passes is said by nobody.
        """
        block = ledger.contract.now if isinstance(ledger.contract, HardenedContract) else None
        reason = outcome.reason if isinstance(outcome, Refused) else ""
        try:
            said = parse(data).transaction
        except MalformedTransaction:
            self.note_once(Passed(ANYBODY, LEDGER, "bytes", block=block, refused=reason), data)
            return
        is_early = said.nonce > ledger.next_nonce(said.author)
        if data in self._known or is_early or (said.kind == "tick" and not reason):
            return
        named = _named(said.author, said.kind, said.body)
        if waiting := self._waiting[named]:
            self._noted[waiting.pop(0)] = None
        passed = Passed(
            self.names.get(said.author, said.author.hex()),
            LEDGER,
            said.kind,
            said.body,
            about(said.body),
            block,
            outcome if isinstance(outcome, int) else None,
            reason,
        )
        self.note_once(passed, named if reason else data)


def about(body: Mapping[str, Value]) -> bytes:
    """The request or version that a transaction is about, if it names one."""
    found = body.get("request", body.get("version"))
    return found if isinstance(found, bytes) else b""


def _named(author: bytes, kind: str, body: Mapping[str, Value]) -> Hashable:
    """By what something that is said to the ledger is known, under whichever number."""
    return author, kind, encode({**body})


def convictions(ledger: Ledger) -> dict[bytes, tuple[int, Transaction]]:
    """Whom a contract convicted, in order, and by which transaction at which position.

    The ledger is gone through once more, so that what convicts is what anybody can read.
    """
    contract = type(ledger.contract)(ledger.genesis)  # type: ignore[call-arg]  # each begins so
    assert isinstance(contract, BasicContract | OrchestratedContract | HardenedContract)
    found: dict[bytes, tuple[int, Transaction]] = {}
    for position, said in ledger:
        if said.kind != ROTATE:
            contract.apply(said)
        elif isinstance(contract, Judge):  # which key signs is the ledger's business, but for these
            contract.replace_key(said.author, parse_rotation(said)[0])
        found |= dict.fromkeys(contract.convicted - found.keys(), (position, said))
    return found


def evidence(ledger: Ledger) -> dict[bytes, str]:
    """Whom a contract convicted, in order, and by which kind of transaction."""
    return {who: said.kind for who, (_, said) in convictions(ledger).items()}


def uncredited(contract: StepContract[A, R], carrier: bytes = b"") -> int:
    """How many records a contract of the paper has not found to execute a step of a request.

    Whoever has recorded them has worked for nothing, or is paid for what nobody asked for.

    Args:
        contract: once it has been asked about every request.
        carrier: whose records execute nothing: the orchestrator, if there is one.
    """
    recorded = Counter(record.author for record in contract.records if record.author != carrier)
    executed = (number for made in contract.requests for number in made.evidence)
    return (recorded - Counter(contract.records[number].author for number in executed)).total()


def told(convicted: Mapping[str, str]) -> str:
    """Who was convicted, and by what."""
    return ", ".join(f"{name}, by {kind}" for name, kind in convicted.items()) or "nobody"
