"""Contracts of the basic protocol, each with one fault planted in it."""

from collections.abc import Sequence

from checkers.market.basic import basic_setup
from impl.ledger.transaction import Refused
from impl.paper.basic.contract import BasicContract, BasicRequest
from impl.paper.steps import Record


class MissingGuard(BasicContract):
    """An output can be taken twice."""

    def take(self, author: bytes, request: int, record: int) -> None:
        if 0 <= request < len(self.requests):
            self.requests[request].taken = False
        super().take(author, request, record)


class SwappedChecks(BasicContract):
    """Who made a request is asked before whether it was made."""

    def contest(self, author: bytes, request: int, output: bytes) -> None:
        if all(made.consumer != author for made in self.requests):
            raise Refused("consumer made the request")
        super().contest(author, request, output)


class OffByOneTurn(BasicContract):
    """A request counts as complete one step early."""

    def match(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        super().match(author, request, record, components)
        made = self.requests[request]
        made.complete = made.turn >= len(components) - 1


class LostWrite(BasicContract):
    """A vendor's conviction is not kept."""

    def convict(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        super().convict(author, request, record, components)
        self.convicted = set()


class DoubleRecord(BasicContract):
    """What a vendor records stands on the ledger twice."""

    def record(self, author: bytes, received: bytes, produced: bytes, claimed: bytes) -> None:
        super().record(author, received, produced, claimed)
        super().record(author, received, produced, claimed)


class StaleRead(BasicContract):
    """Every step is compared with the request's input, not with what the step before produced."""

    def _next_step(
        self, request: int, record: int, components: Sequence[bytes]
    ) -> tuple[BasicRequest, Record, bytes]:
        kept = [made.awaited for made in self.requests]
        for made in self.requests:
            made.awaited = made.awaited if made.complete else made.input
        try:
            return super()._next_step(request, record, components)
        finally:
            for made, awaited in zip(self.requests, kept, strict=True):
                made.awaited = awaited


class WrongCulprit(BasicContract):
    """The last vendor is convicted, whoever's record it was."""

    def convict(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        before = set(self.convicted)
        super().convict(author, request, record, components)
        self.convicted = before | {self.apis[self.requests[request].api].vendors[-1]}


class ForgottenVersion(BasicContract):
    """A second registration of an API is ignored."""

    def register(self, author: bytes, api: str, signature: bytes, vendors: list[bytes]) -> None:
        if api not in self.apis:
            super().register(author, api, signature, vendors)


CONTRACTS = [
    MissingGuard,
    SwappedChecks,
    OffByOneTurn,
    LostWrite,
    DoubleRecord,
    StaleRead,
    WrongCulprit,
    ForgottenVersion,
]


class LostRequests(BasicContract):
    """Requests are not kept."""

    def request(self, author: bytes, api: str, input: bytes) -> None:
        super().request(author, api, input)
        self.requests.clear()


lost_requests = basic_setup(LostRequests)
