"""The contract of the orchestrated protocol: digests, and no data, on the ledger (III.D)."""

from collections.abc import Collection, Sequence

import attrs

from impl.ledger.dispatch import transaction
from impl.ledger.port import Agreed, View
from impl.ledger.transaction import require
from impl.paper.agreed import agreed_consumers
from impl.paper.orchestrated.due import Due
from impl.paper.steps import Registration, StepContract, StepRequest, check_list
from impl.paper.view import shown
from spec.bytes.digest import digest


def hashed(data: bytes) -> bytes:
    """What stands for data on the ledger: hash(D_i), hash(O_i)."""
    return digest("data", data)


@attrs.frozen
class OrchestratedRegistration(Registration):
    """A registered API, with those who hold each step and the orchestrator who picks among them."""

    holders: tuple[tuple[bytes, ...], ...]
    orchestrator: bytes


@attrs.define
class OrchestratedRequest(StepRequest):
    """A consumer's request, and what the consumer says that came of it, as a digest."""

    output: bytes | None = None
    refunded: bool = False


@attrs.define
class OrchestratedContract(StepContract[OrchestratedRegistration, OrchestratedRequest]):
    """What decides about the orchestrated marketplace's transactions.

    Attributes:
        consumers: who may request, as the genesis says.
    """

    consumers: Agreed[Collection[bytes]] = attrs.field(init=False)

    executor = "record is by a vendor that holds the step"

    def __attrs_post_init__(self) -> None:
        self.consumers = agreed_consumers(self.genesis)

    def executors(self, api: OrchestratedRegistration) -> Sequence[Collection[bytes]]:
        """Whoever holds a step may execute it."""
        return api.holders

    def view(self) -> View:
        made = list(enumerate(self.requests))
        return {
            **shown(self),
            "confirmed": {(r,): request.output is not None for r, request in made},
            "output": {(r,): request.output for r, request in made if request.output is not None},
            "refunded": {(r,): request.refunded for r, request in made},
        }

    @transaction
    def register(
        self,
        author: bytes,
        api: str,
        signature: bytes,
        holders: list[list[bytes]],
        orchestrator: bytes,
    ) -> None:
        """A provider registers an API, in place of what it was before."""
        check_list(holders, list, "transaction.body.holders")
        for step, held in enumerate(holders):
            check_list(held, bytes, f"transaction.body.holders[{step}]")
        held_by = tuple(tuple(held) for held in holders)
        version = OrchestratedRegistration(author, signature, held_by, orchestrator)
        self._put_in_force(api, version)

    @transaction
    def request(self, author: bytes, api: str, input: bytes) -> None:
        """A consumer registers the digest of an input."""
        require(author in self.consumers, "party is a consumer")
        require(api in self.apis, "API is registered")
        self.requests.append(OrchestratedRequest(author, api, input, awaited=input))

    @transaction
    def confirm(self, author: bytes, request: int, output: bytes) -> None:
        """A consumer writes down the digest of the output that it got."""
        made = self._own(author, request)
        require(made.output is None, Due.CONFIRM.value)
        made.output = output

    @transaction
    def claim_refund(self, author: bytes, request: int) -> None:
        """A consumer got another output than the one on the ledger."""
        made = self._own(author, request)
        require(made.complete, "every step is executed")
        require(made.output is not None, "consumer has written down its output")
        require(made.output != made.awaited, "output differs from the one on the ledger")
        made.refunded = True

    def _own(self, author: bytes, request: int) -> OrchestratedRequest:
        """A request of the author's."""
        made = self.made(request)
        require(made.consumer == author, "consumer made the request")
        return made
