"""The marketplace's contract: what the paper's transactions do (III.A to III.C)."""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import attrs

from impl.paper import steps
from impl.paper.steps import Body, Record, StepContract, check_list, require

__all__ = ["MarketContract", "Record", "Registration", "Request"]


@attrs.frozen
class Registration(steps.Registration):
    """A registered API, with its vendors in turn."""

    vendors: tuple[bytes, ...]


@attrs.define
class Request(steps.Request):
    """A consumer's request, and what the consumer did with the output."""

    taken: bool = False
    contested: bytes | None = None


@attrs.define
class MarketContract(StepContract[Registration, Request]):
    """The contract of the basic protocol."""

    kinds: ClassVar[Mapping[str, Body]] = {
        **StepContract.kinds,
        "register": {"api": str, "signature": bytes, "vendors": list},
        "request": {"api": str, "input": bytes},
        "take": {"request": int, "record": int},
        "contest": {"request": int, "output": bytes},
    }
    executor = "record is by the vendor whose turn it is"

    def executors(self, api: Registration) -> Sequence[Collection[bytes]]:
        """One vendor for each step."""
        return [(vendor,) for vendor in api.vendors]

    def _register(
        self, author: bytes, api: str, signature: bytes, vendors: Sequence[bytes]
    ) -> None:
        check_list(vendors, bytes, "transaction.body.vendors")
        self.apis[api] = Registration(author, signature, tuple(vendors))

    def _request(self, author: bytes, api: str, input: bytes) -> None:
        require(api in self.apis, "API is registered")
        self.requests.append(Request(author, api, input, awaited=input))

    def _take(self, author: bytes, request: int, record: int) -> None:
        made = self.made(request)
        require(made.consumer == author, "consumer made the request")
        require(not made.taken, "output is not yet taken")
        entry = self.entry(record)
        require(entry.author == self.apis[made.api].vendors[-1], "record is by the last vendor")
        made.taken = True

    def _contest(self, author: bytes, request: int, output: bytes) -> None:
        made = self.made(request)
        require(made.consumer == author, "consumer made the request")
        require(made.complete, "every step is executed")
        require(made.awaited == output, "output is the one on the ledger")
        made.contested = output
