"""Whose turn it is: what no transaction says, and records tell, since each continues another."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

from impl.paper.basic.contract import BasicContract, BasicRegistration


def passed_on(
    contract: BasicContract, vendors: Sequence[bytes], data: bytes, step: int = 0
) -> Iterator[tuple[int, bytes, int | None]]:
    """The steps that some data has come to, from one on: of each the data that its vendor is to
    run, and the number of the vendor's record of that, if there is one."""
    for at in range(step, len(vendors)):
        record = contract.find(vendors[at], data)
        yield at, data, record
        if record is None:
            return
        data = contract.records[record].produced


def follow(contract: BasicContract, request: int) -> list[int]:
    """The records that execute a request, step by step, as far as they go. Raises Refused."""
    made = contract.made(request)
    steps = passed_on(contract, contract.apis[made.api].vendors, made.input)
    return [record for _, _, record in steps if record is not None]


@attrs.frozen
class Turn:
    """Some data has come to a vendor, which is to run it.

    Attributes:
        version: the API as it was registered when the data came.
    """

    request: int
    api: str
    data: bytes
    version: BasicRegistration


Key: TypeAlias = tuple[int, bytes]
"""A request, and data that it has come to: what a turn is told by."""


@attrs.define
class Turns:
    """The turns of a vendor.

    It is told them by what is new on the ledger: each request, record and version is looked at
    once, however many there are. An API that is registered anew takes its requests through its new
    sequence, from their inputs, but for those whose output is taken.

    Attributes:
        vendor: whose they are.
        due: those that have come, until they are taken out.
    """

    vendor: bytes
    due: dict[Key, Turn] = attrs.field(factory=dict, init=False)
    _versions: int = attrs.field(default=0, init=False)
    _requests: int = attrs.field(default=0, init=False)
    _records: int = attrs.field(default=0, init=False)
    _open: dict[str, list[int]] = attrs.field(factory=dict, init=False)
    # By vendor and data, the requests that wait for that record, each with its step and version.
    _waiting: dict[tuple[bytes, bytes], dict[int, tuple[int, BasicRegistration]]] = attrs.field(
        factory=dict, init=False
    )

    def look(self, contract: BasicContract) -> None:
        """Take note of what is new."""
        versions = contract.versions[self._versions :]
        requests = contract.requests[self._requests :]
        records = contract.records[self._records :]
        for api in versions:
            self._start_again(contract, api)
        for number, request in enumerate(requests, self._requests):
            self._open.setdefault(request.api, []).append(number)
            self._go_on(contract, number, 0, contract.apis[request.api], request.input)
        for record in records:
            waited = self._waiting.pop((record.author, record.received), {})
            for number, (step, version) in waited.items():
                self._go_on(contract, number, step + 1, version, record.produced)
        self._versions += len(versions)
        self._requests += len(requests)
        self._records += len(records)

    def is_in_force(self, contract: BasicContract, turn: Turn) -> bool:
        """Whether a turn is one of the API as it is registered now."""
        return contract.apis[turn.api] is turn.version

    def _start_again(self, contract: BasicContract, api: str) -> None:
        left = [r for r in self._open.get(api, ()) if not contract.requests[r].taken]
        self._open[api] = left
        for number in left:
            made = contract.requests[number]
            self._go_on(contract, number, 0, contract.apis[api], made.input)

    def _go_on(
        self,
        contract: BasicContract,
        number: int,
        step: int,
        version: BasicRegistration,
        data: bytes,
    ) -> None:
        """A request has come to a step, and goes on as far as there are records."""
        api = contract.requests[number].api
        if contract.apis[api] is not version:
            return
        for at, given, record in passed_on(contract, version.vendors, data, step):
            if version.vendors[at] == self.vendor:
                self.due[number, given] = Turn(number, api, given, version)
            if record is None:
                waiting = self._waiting.setdefault((version.vendors[at], given), {})
                waiting[number] = at, version
