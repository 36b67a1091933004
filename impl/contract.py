"""The marketplace's contract: what the paper's transactions do (III.A to III.C).

It refuses for the reasons of the specification and in the order of the specification, from its own
code.
"""

from collections.abc import Mapping, Sequence

import attrs

from impl.transaction import MalformedTransaction, Refused, Transaction, check_fields
from spec.merkle import bound_root


@attrs.frozen
class Registration:
    """A registered API: who registered it, the model's signature, and its vendors in turn."""

    provider: bytes
    signature: bytes
    vendors: tuple[bytes, ...]


@attrs.frozen
class Record:
    """What a vendor recorded: (D_i, O_i, hash(S_i))."""

    author: bytes
    received: bytes
    produced: bytes
    claimed: bytes


@attrs.define
class Request:
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
    taken: bool = False
    contested: bytes | None = None


@attrs.define
class MarketContract:
    """The state that all parties agree on, and what changes it."""

    apis: dict[str, Registration] = attrs.field(factory=dict)
    requests: list[Request] = attrs.field(factory=list)
    records: list[Record] = attrs.field(factory=list)
    convicted: set[bytes] = attrs.field(factory=set)

    def fresh(self) -> "MarketContract":
        """The contract before its first transaction."""
        return type(self)()

    def apply(self, transaction: Transaction) -> None:
        """Carry out a transaction.

        Raises:
            Refused: a guard does not hold.
            MalformedTransaction: there is no such kind, or its body is not of that kind.
        """
        if transaction.kind not in _KINDS:
            kinds = ", ".join(_KINDS)
            raise MalformedTransaction(f"transaction.kind: {transaction.kind!r} is none of {kinds}")
        check_fields(transaction.body, _KINDS[transaction.kind], "transaction.body")
        getattr(self, f"_{transaction.kind}")(transaction.author, **transaction.body)

    def _register(
        self, author: bytes, api: str, signature: bytes, vendors: Sequence[bytes]
    ) -> None:
        _check_list(vendors, "transaction.body.vendors")
        self.apis[api] = Registration(author, signature, tuple(vendors))

    def _request(self, author: bytes, api: str, input: bytes) -> None:
        _require(api in self.apis, "API is registered")
        self.requests.append(Request(author, api, input, awaited=input))

    def _record(self, author: bytes, received: bytes, produced: bytes, claimed: bytes) -> None:
        self.records.append(Record(author, received, produced, claimed))

    def _take(self, author: bytes, request: int, record: int) -> None:
        made = self._made(request)
        _require(made.consumer == author, "consumer made the request")
        _require(not made.taken, "output is not yet taken")
        entry = self._entry(record)
        _require(entry.author == self.apis[made.api].vendors[-1], "record is by the last vendor")
        made.taken = True

    def _match(self, author: bytes, request: int, record: int, components: Sequence[bytes]) -> None:
        made, entry, digest = self._next_step(request, record, components)
        _require(entry.claimed == digest, "digest is the registered one")
        made.evidence.append(record)
        made.awaited = entry.produced
        made.complete = made.turn == len(self.apis[made.api].vendors) - 1
        made.turn += not made.complete

    def _convict(
        self, author: bytes, request: int, record: int, components: Sequence[bytes]
    ) -> None:
        _, entry, digest = self._next_step(request, record, components)
        _require(entry.claimed != digest, "digest differs from the registered one")
        self.convicted.add(entry.author)

    def _next_step(
        self, request: int, record: int, components: Sequence[bytes]
    ) -> tuple[Request, Record, bytes]:
        """A request, the record of its next step, and the digest registered for that step."""
        made = self._made(request)
        entry = self._entry(record)
        _require(not made.complete, "a step is left")
        api = self.apis[made.api]
        # A new version of the API can have fewer steps than the request has behind it.
        vendor = api.vendors[made.turn] if made.turn < len(api.vendors) else None
        _require(entry.author == vendor, "record is by the vendor whose turn it is")
        _require(entry.received == made.awaited, "record continues the sequence")
        _check_list(components, "transaction.body.components")
        if len(components) != len(api.vendors) or bound_root(components) != api.signature:
            raise MalformedTransaction(
                "transaction.body.components: not the digests that the model's signature binds"
            )
        return made, entry, components[made.turn]

    def _contest(self, author: bytes, request: int, output: bytes) -> None:
        made = self._made(request)
        _require(made.consumer == author, "consumer made the request")
        _require(made.complete, "every step is executed")
        _require(made.awaited == output, "output is the one on the ledger")
        made.contested = output

    def _made(self, request: int) -> Request:
        _require(0 <= request < len(self.requests), "request is registered")
        return self.requests[request]

    def _entry(self, record: int) -> Record:
        _require(0 <= record < len(self.records), "record is on the ledger")
        return self.records[record]


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Refused(reason)


def _check_list(items: Sequence[object], place: str) -> None:
    if not items:
        raise MalformedTransaction(f"{place}: empty; give one for each step")
    for number, item in enumerate(items):
        if not isinstance(item, bytes):
            raise MalformedTransaction(f"{place}[{number}]: a {type(item).__name__}, not bytes")


_STEP: Mapping[str, type] = {"request": int, "record": int, "components": list}
# The kinds of transaction and the fields of their bodies; the method of the name carries one out.
_KINDS: Mapping[str, Mapping[str, type]] = {
    "register": {"api": str, "signature": bytes, "vendors": list},
    "request": {"api": str, "input": bytes},
    "record": {"received": bytes, "produced": bytes, "claimed": bytes},
    "take": {"request": int, "record": int},
    "match": _STEP,
    "convict": _STEP,
    "contest": {"request": int, "output": bytes},
}
