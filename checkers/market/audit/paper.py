"""What the ledgers of the paper's two protocols have in common, told as actions."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs

from checkers.market.audit.retelling import Tale, Touched, body_of
from checkers.market.view import read
from impl.ledger.transaction import Transaction
from impl.paper.steps import StepContract
from impl.paper.view import some_shown
from spec.basic.state import Api, Record, Request
from spec.bytes.merkle import bound_root
from spec.notation.sorts import Value

S = TypeVar("S")
C = TypeVar("C", bound=StepContract[Any, Any])

Model: TypeAlias = tuple[bytes, ...]
"""What stands for a model: its signature, and all else that its registration says of it."""
NOTHING = b""
"""What stands for a party that there is not, and for data and digests that nobody knows."""


@attrs.define
class PaperTale(Tale[S, C]):
    """What there is on a ledger of one of the paper's protocols.

    Attributes:
        digests: the digests of a model's components, by its signature, as far as they were told.
        places: the positions of the transactions that made each request, and each record.
    """

    digests: dict[bytes, Sequence[Value]] = attrs.field(factory=dict, init=False)
    places: dict[str, list[int]] = attrs.field(
        factory=lambda: {"request": [], "record": []}, init=False
    )

    def look(self, position: int, transaction: Transaction) -> None:
        if transaction.kind in self.places:
            self.places[transaction.kind].append(position)
        if transaction.kind in ("match", "convict"):
            components = body_of(transaction)["components"]
            self.digests[bound_root(components)] = components

    def longest(self, field: str) -> int:
        """How many steps the longest model has, by a field that has something for each."""
        bodies = [
            body_of(said)
            for position, said in enumerate(self.said)
            if said.kind == "register" and self.is_accepted(position)
        ]
        return max((len(body[field]) for body in bodies), default=1)

    @abstractmethod
    def model(self, api: Any) -> Value:  # a registration of its protocol
        """What stands for the model of a registration."""

    def roles(self) -> Iterator[tuple[bytes, str]]:
        for api in self.final.apis.values():
            yield api.provider, "provider"
            yield from ((party, "vendor") for held in self.final.executors(api) for party in held)
        yield from ((made.consumer, "consumer") for made in self.final.requests)

    def digest(self, signature: bytes, step: int) -> Value:
        """The digest that is registered for a step; where it is not known, one like no other."""
        known = self.digests.get(signature, ())
        return known[step] if step < len(known) else (signature, step)

    def shown(self, contract: C, touched: Touched | None) -> Mapping[str, Value]:
        apis: Collection[str] = contract.apis.keys()
        parties: Collection[Value] = contract.convicted
        requests: Collection[int] = range(len(contract.requests))
        records: Collection[int] = range(len(contract.records))
        if touched is not None:
            apis = [a for a in touched.get(Api, ()) if a in apis]
            parties = touched.get(self.machine.fields["convicted"].keys[0], ())
            requests = [r for r in touched.get(Request, ()) if r in requests]
            records = [e for e in touched.get(Record, ()) if e in records]
        return {
            **read(some_shown(contract, apis, parties, requests, records)),
            "model": {a: self.model(contract.apis[a]) for a in apis},
            "requests": len(contract.requests),
            "records": len(contract.records),
        }

    def evidence(self, position: int, spec: S) -> Sequence[int]:
        body = body_of(self.said[position])
        return sorted(self.places[kind][body[kind]] for kind in ("request", "record"))
