"""What the contracts of the paper's protocols share: records, and comparing requests with them.

They refuse for the reasons of the specification and in the order of the specification, from their
own code.
"""

from collections.abc import Collection, Sequence
from typing import ClassVar, Generic, TypeVar

import attrs

from impl.ledger.dispatch import Dispatch, transaction
from impl.ledger.genesis import Genesis
from impl.ledger.port import Agreed
from impl.ledger.transaction import MalformedTransaction, require
from impl.ledger.undo import Undoable
from spec.bytes.merkle import bound_root


@attrs.frozen
class Registration:
    """A registered API: who registered it, and the model's signature."""

    provider: bytes
    signature: bytes


@attrs.frozen
class Record:
    """What is recorded of a step: its input, its output, and the digest of its component."""

    author: bytes
    received: bytes
    produced: bytes
    claimed: bytes


@attrs.define
class StepRequest(Undoable):
    """A consumer's request, and how far the contract has found it executed.

    Attributes:
        awaited: what the next vendor must have received; once complete, the output.
        evidence: for each executed step the record that shows it.
    """

    consumer: bytes
    api: str
    input: bytes
    awaited: bytes
    turn: int = 0
    complete: bool = False
    evidence: list[int] = attrs.field(factory=list)


A = TypeVar("A", bound=Registration)
R = TypeVar("R", bound=StepRequest)


@attrs.define
class StepContract(Dispatch, Generic[A, R]):
    """The state that all parties agree on, and the changes to it that are always the same.

    Attributes:
        versions: the APIs in the order in which they were registered, again each time.
        executor: what must hold of the author of a step's record.
    """

    genesis: Agreed[Genesis]
    apis: dict[str, A] = attrs.field(factory=dict)
    versions: list[str] = attrs.field(factory=list)
    requests: list[R] = attrs.field(factory=list)
    records: list[Record] = attrs.field(factory=list)
    convicted: set[bytes] = attrs.field(factory=set)

    executor: ClassVar[str]

    def executors(self, api: A) -> Sequence[Collection[bytes]]:
        """Who may execute each step of an API."""
        raise NotImplementedError  # each protocol distributes a model in its own way

    def made(self, request: int) -> R:
        """A request by its number. Raises Refused."""
        require(0 <= request < len(self.requests), "request is registered")
        return self.requests[request]

    def entry(self, record: int) -> Record:
        """A record by its number. Raises Refused."""
        require(0 <= record < len(self.records), "record is on the ledger")
        return self.records[record]

    @transaction
    def record(self, author: bytes, received: bytes, produced: bytes, claimed: bytes) -> None:
        """Somebody records a step."""
        self.records.append(Record(author, received, produced, claimed))

    @transaction
    def match(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        """A record shows that the next step of a request was executed."""
        made, entry, digest = self._next_step(request, record, components)
        require(entry.claimed == digest, "digest is the registered one")
        made.evidence.append(record)
        made.awaited = entry.produced
        made.complete = made.turn == len(components) - 1
        made.turn += not made.complete

    @transaction
    def convict(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        """A record of a request's next step names another component than the registered one."""
        _, entry, digest = self._next_step(request, record, components)
        require(entry.claimed != digest, "digest differs from the registered one")
        self.convicted.add(entry.author)

    def _put_in_force(self, name: str, api: A) -> None:
        """An API is registered, in place of what it was before."""
        self.apis[name] = api
        self.versions.append(name)

    def _next_step(
        self, request: int, record: int, components: Sequence[bytes]
    ) -> tuple[R, Record, bytes]:
        """A request, the record of its next step, and the digest registered for that step."""
        made = self.made(request)
        entry = self.entry(record)
        require(not made.complete, "a step is left")
        api = self.apis[made.api]
        steps = self.executors(api)
        # A new version of the API can have fewer steps than the request has behind it.
        require(made.turn < len(steps) and entry.author in steps[made.turn], self.executor)
        require(entry.received == made.awaited, "record continues the sequence")
        check_list(components, bytes, "transaction.body.components")
        if len(components) != len(steps) or bound_root(components) != api.signature:
            raise MalformedTransaction(
                "transaction.body.components: not the digests that the model's signature binds"
            )
        return made, entry, components[made.turn]


def check_list(items: Sequence[object], kind: type, place: str) -> None:
    """Check that a list has something for each step, and all of one kind."""
    if not items:
        raise MalformedTransaction(f"{place}: empty; give one for each step")
    for number, item in enumerate(items):
        if not isinstance(item, kind):
            raise MalformedTransaction(
                f"{place}[{number}]: a {type(item).__name__}, not {kind.__name__}"
            )
