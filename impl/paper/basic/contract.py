"""The contract of the basic protocol: what the paper's transactions do (III.A to III.C)."""

from collections.abc import Collection, Sequence

import attrs

from impl.ledger.dispatch import transaction
from impl.ledger.port import View
from impl.ledger.transaction import require
from impl.paper.agreed import agree_on_nothing
from impl.paper.steps import Registration, StepContract, StepRequest, check_list
from impl.paper.view import shown


@attrs.frozen
class BasicRegistration(Registration):
    """A registered API, with its vendors in turn."""

    vendors: tuple[bytes, ...]


@attrs.define
class BasicRequest(StepRequest):
    """A consumer's request, and what the consumer did with the output."""

    taken: bool = False
    contested: bytes | None = None


@attrs.define
class BasicContract(StepContract[BasicRegistration, BasicRequest]):
    """What decides about the basic marketplace's transactions."""

    _first: dict[tuple[bytes, bytes], int] = attrs.field(factory=dict, init=False)

    executor = "record is by the vendor whose turn it is"

    def __attrs_post_init__(self) -> None:
        agree_on_nothing(self.genesis)

    def executors(self, api: BasicRegistration) -> Sequence[Collection[bytes]]:
        """One vendor for each step."""
        return [(vendor,) for vendor in api.vendors]

    def view(self) -> View:
        made = list(enumerate(self.requests))
        return {
            **shown(self),
            "taken": {(r,): request.taken for r, request in made},
            "admitted": {(r,): request.contested is not None for r, request in made},
            "contested": {(r,): q.contested for r, q in made if q.contested is not None},
        }

    @transaction
    def register(self, author: bytes, api: str, signature: bytes, vendors: list[bytes]) -> None:
        """A provider registers an API, in place of what it was before."""
        check_list(vendors, bytes, "transaction.body.vendors")
        self._put_in_force(api, BasicRegistration(author, signature, tuple(vendors)))

    @transaction
    def request(self, author: bytes, api: str, input: bytes) -> None:
        """A consumer registers a request."""
        require(api in self.apis, "API is registered")
        self.requests.append(BasicRequest(author, api, input, awaited=input))

    def record(self, author: bytes, received: bytes, produced: bytes, claimed: bytes) -> None:
        super().record(author, received, produced, claimed)
        self._first.setdefault((author, received), len(self.records) - 1)

    def find(self, vendor: bytes, received: bytes) -> int | None:
        """The first record of a vendor for some data: the paper's records name no request."""
        return self._first.get((vendor, received))

    @transaction
    def take(self, author: bytes, request: int, record: int) -> None:
        """A consumer takes the output of a request off the ledger."""
        made = self.made(request)
        require(made.consumer == author, "consumer made the request")
        require(not made.taken, "output is not yet taken")
        entry = self.entry(record)
        require(entry.author == self.apis[made.api].vendors[-1], "record is by the last vendor")
        made.taken = True

    @transaction
    def contest(self, author: bytes, request: int, output: bytes) -> None:
        """A consumer claims that an output is wrong."""
        made = self.made(request)
        require(made.consumer == author, "consumer made the request")
        require(made.complete, "every step is executed")
        require(made.awaited == output, "output is the one on the ledger")
        made.contested = output
