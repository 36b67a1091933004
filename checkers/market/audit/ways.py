"""Ways: of which request each record of an orchestrated ledger is, for records name none (III.D).

A record is told as one of the request whose data it continues, or else of any whose step its author
may record. Where requests are alike, what is told of one may turn out to be the other's; where they
are not, it is noted that records can be told otherwise.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

import attrs

from spec.notation.sorts import Value

Holders: TypeAlias = Callable[[str], Sequence[Collection[bytes]]]
"""Who holds each step of an API, as it is registered now."""


@attrs.define
class Way:
    """How far a request has come.

    Attributes:
        made: the position of the transaction that made it.
        api: of which it is.
        awaited: what the next to record must have received.
        records: the positions of its records: of each step its vendor's, and the orchestrator's.
        finished: whether every step is recorded.
    """

    made: int
    api: str
    awaited: Value
    records: list[int] = attrs.field(factory=list)
    finished: bool = False

    @property
    def hop(self) -> int:
        """The step that the data has come to."""
        return len(self.records) // 2

    @property
    def at_vendor(self) -> bool:
        """Whether a vendor is to record the step, and not the orchestrator after it."""
        return len(self.records) % 2 == 0

    @property
    def began(self) -> float:
        """The position of its first record."""
        return self.records[0] if self.records else float("inf")


@attrs.define
class Ways:
    """The ways of all requests.

    Attributes:
        holders: of each API.
        orchestrators: of each API.
        ways: how far each request has come.
        own: of each record, by its position, the request of which it is told.
        confirmed: the requests whose consumers have written down an output.
        answered: the positions of the transactions with which they did, of requests that had one.
        doubtful: the position of the first record that could be another request's, of one that has
            not come as far; None if there is none.
    """

    holders: Holders
    orchestrators: Mapping[str, bytes]
    ways: list[Way] = attrs.field(factory=list, init=False)
    own: dict[int, int] = attrs.field(factory=dict, init=False)
    confirmed: set[int] = attrs.field(factory=set, init=False)
    answered: set[int] = attrs.field(factory=set, init=False)
    doubtful: int | None = attrs.field(default=None, init=False)
    _unfinished: dict[int, None] = attrs.field(factory=dict, init=False)
    _waiting: defaultdict[Value, dict[int, None]] = attrs.field(
        factory=lambda: defaultdict(dict), init=False
    )

    def request(self, position: int, api: str, awaited: Value) -> None:
        """A request is made."""
        self.ways.append(Way(position, api, awaited))
        self._wait(len(self.ways) - 1)

    def record(self, position: int, author: bytes, received: Value, produced: Value) -> None:
        """A step is recorded, of some request; of none, if its author may record none."""
        request = next((r for r in self._waiting[received] if self._may_record(author, r)), None)
        if request is None or self.doubtful is None:
            every = [r for r in self._unfinished if self._may_record(author, r)]
            if not every:
                return
            request = every[0] if request is None else request
            if self.doubtful is None and not self._are_alike(every):
                self.doubtful = position
        self._go_on(request, position, received, produced)

    def confirm(self, position: int, request: int) -> None:
        """A consumer has its output: where its request has not come so far, one like it has."""
        if not self.ways[request].finished:
            others = (other for other in range(len(self.ways)) if other not in self.confirmed)
            like = next((o for o in others if self._can_be_exchanged(request, o)), None)
            if like is not None:
                self._exchange(request, like)
        if self.ways[request].finished:
            self.answered.add(position)
        self.confirmed.add(request)

    def place(self, position: int) -> tuple[int, int]:
        """Of which request a record is told, and as which of its records; of none, as no record."""
        request = self.own.get(position)
        return (0, -1) if request is None else (request, self.ways[request].records.index(position))

    def _go_on(self, request: int, position: int, received: Value, produced: Value) -> None:
        way = self.ways[request]
        self._waiting[way.awaited].pop(request, None)
        self.own[position] = request
        way.awaited = received if way.at_vendor else produced
        way.finished = not way.at_vendor and way.hop == len(self.holders(way.api)) - 1
        way.records.append(position)
        self._wait(request)

    def _wait(self, request: int) -> None:
        """Note what the next to record must have received, if anybody is to."""
        if self.ways[request].finished:
            self._unfinished.pop(request, None)
        else:
            self._unfinished[request] = None
            self._waiting[self.ways[request].awaited][request] = None

    def _may_record(self, author: bytes, request: int) -> bool:
        """Whether a party may be the next to record a step of an unfinished request."""
        way = self.ways[request]
        if not way.at_vendor:
            return author == self.orchestrators[way.api]
        holders = self.holders(way.api)
        return way.hop < len(holders) and author in holders[way.hop]

    def _are_alike(self, requests: Sequence[int]) -> bool:
        """Whether requests are of one API and have come equally far."""
        ways = [self.ways[r] for r in requests]
        return len({(way.api, len(way.records)) for way in ways}) <= 1

    def _can_be_exchanged(self, request: int, other: int) -> bool:
        mine, theirs = self.ways[request], self.ways[other]
        return (
            theirs.finished
            and theirs.api == mine.api
            and theirs.began > mine.made
            and mine.began > theirs.made
        )

    def _exchange(self, request: int, other: int) -> None:
        """What was told of either is told of the other."""
        mine, theirs = self.ways[request], self.ways[other]
        self._waiting[mine.awaited].pop(request, None)
        for name in ("awaited", "records", "finished"):
            kept = getattr(mine, name)
            setattr(mine, name, getattr(theirs, name))
            setattr(theirs, name, kept)
        for number in (request, other):
            self.own.update(dict.fromkeys(self.ways[number].records, number))
            self._wait(number)
