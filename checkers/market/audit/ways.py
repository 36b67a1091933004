"""Ways: of which request each record of an orchestrated ledger is, for records name none (III.D).

A record is told as one of a request that waits for its author. Requests that wait for the same step
of one API, and came to it under the same version, are alike: each can have the rest of another's
way. So a record is that one's whose consumer is the first to write down an output (the earliest
deadline first): if it is not through by then, it is in no way of telling the records. Where
requests that are not alike wait for the same author, a record continues the data of some if it can,
and it is noted that it can be told otherwise. So it is where a version has more or fewer steps than
the one before, for then whoever came later may be through earlier.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from heapq import heappop, heappush
from math import inf
from typing import TypeAlias

import attrs

from spec.notation.sorts import Value

Holders: TypeAlias = Sequence[Collection[bytes]]
"""Who holds each step of a version of an API."""


@attrs.frozen
class Stage:
    """How far a request has come.

    Attributes:
        api: of which it is.
        count: how many records it has: of each step its vendor's, and then the orchestrator's.
        since: the version of the API that was in force when the data came to the orchestrator, who
            can have picked a vendor from then on; 0 once the vendor has recorded.
        finished: whether every step is recorded.
    """

    api: str
    count: int
    since: int
    finished: bool = False

    @property
    def hop(self) -> int:
        """The step that the data has come to."""
        return self.count // 2

    @property
    def at_vendor(self) -> bool:
        """Whether a vendor is to record the step, and not the orchestrator after it."""
        return self.count % 2 == 0


@attrs.define
class _Waiting:
    """The requests that wait at a stage.

    Attributes:
        requests: with the position before which each has to be through, as a heap.
        awaited: what the next to record must have received, of them all.
    """

    requests: list[tuple[float, int]] = attrs.field(factory=list)
    awaited: Counter[Value] = attrs.field(factory=Counter)


@attrs.define
class Ways:
    """The ways of all requests.

    Attributes:
        orchestrators: of each API.
        confirmed: the position at which the consumer of a request writes down an output, of those
            that do.
        stages: how far each request has come.
        places: of each record, by its position, the request of which it is told, and as which of
            its records.
        picked: of each registration of a version, by its position, the records of vendors that were
            picked before it and hold the step no longer.
        answered: the requests that were through when their consumers wrote down an output.
        doubtful: the first position up to which a record could be another request's, of one that is
            not alike; None if there is none.
    """

    orchestrators: Mapping[str, bytes]
    confirmed: Mapping[int, int]
    stages: list[Stage] = attrs.field(factory=list, init=False)
    places: dict[int, tuple[int, int]] = attrs.field(factory=dict, init=False)
    picked: dict[int, list[int]] = attrs.field(factory=dict, init=False)
    answered: set[int] = attrs.field(factory=set, init=False)
    doubtful: int | None = attrs.field(default=None, init=False)
    _versions: dict[str, list[tuple[int, Holders]]] = attrs.field(factory=dict, init=False)
    _held: dict[tuple[str, int, bytes], int] = attrs.field(factory=dict, init=False)
    _waiting: dict[Stage, _Waiting] = attrs.field(factory=dict, init=False)

    def register(self, position: int, api: str, holders: Holders) -> None:
        """An API is registered; it is another version if others hold its steps."""
        versions = self._versions.setdefault(api, [])
        if versions and versions[-1][1] == holders:
            return
        for step, held in enumerate(holders):
            self._held |= dict.fromkeys(((api, step, party) for party in held), len(versions))
        if versions and len(versions[-1][1]) != len(holders) and self._has_waiting(api):
            self._doubt(position)
        versions.append((position, holders))

    def request(self, api: str, awaited: Value) -> None:
        """A request is made."""
        request = len(self.stages)
        self.stages.append(self._stage(api, 0))
        self._wait(request, awaited)

    def record(self, position: int, author: bytes, received: Value, produced: Value) -> None:
        """A step is recorded, of some request; of none, if its author may record none."""
        stages = [stage for stage in self._waiting if self._may_record(author, stage)]
        if not stages:
            return
        if len(stages) > 1:
            self._doubt(position)
        stage = next((s for s in stages if received in self._waiting[s].awaited), stages[0])
        request = self._leave(stage, received)
        self.places[position] = request, stage.count
        if stage.at_vendor:
            self._note_pick(position, author, stage)
        self.stages[request] = self._stage(stage.api, stage.count + 1)
        self._wait(request, received if stage.at_vendor else produced)

    def confirm(self, request: int) -> None:
        """The consumer of a request has its output."""
        if self.stages[request].finished:
            self.answered.add(request)

    def _stage(self, api: str, count: int) -> Stage:
        """The stage of a request of an API that has so many records by now."""
        versions = self._versions[api]
        _, holders = versions[-1]
        at_vendor = count % 2 == 0
        finished = at_vendor and count == 2 * len(holders)
        return Stage(api, count, len(versions) - 1 if at_vendor else 0, finished)

    def _wait(self, request: int, awaited: Value) -> None:
        """A request waits for a record, unless every step is recorded."""
        stage = self.stages[request]
        if not stage.finished:
            waiting = self._waiting.setdefault(stage, _Waiting())
            heappush(waiting.requests, (self.confirmed.get(request, inf), request))
            waiting.awaited[awaited] += 1

    def _leave(self, stage: Stage, received: Value) -> int:
        """The request that leaves a stage with a record, and its data: what was received, if it is
        awaited, or else any."""
        waiting = self._waiting[stage]
        _, request = heappop(waiting.requests)
        data = received if received in waiting.awaited else next(iter(waiting.awaited))
        waiting.awaited[data] -= 1
        if not waiting.awaited[data]:
            del waiting.awaited[data]
        if not waiting.requests:
            del self._waiting[stage]
        return request

    def _doubt(self, position: int) -> None:
        """From a position on, the records can be told otherwise."""
        if self.doubtful is None:
            self.doubtful = position

    def _has_waiting(self, api: str) -> bool:
        """Whether requests of an API wait for a record."""
        return any(stage.api == api for stage in self._waiting)

    def _may_record(self, author: bytes, stage: Stage) -> bool:
        """Whether a party may be the next to record a step of the requests at a stage."""
        if not stage.at_vendor:
            return author == self.orchestrators[stage.api]
        return self._last_held(author, stage) >= stage.since

    def _last_held(self, vendor: bytes, stage: Stage) -> int:
        """The last version by which a vendor holds the step of a stage; below 0, none does."""
        return self._held.get((stage.api, stage.hop, vendor), -1)

    def _note_pick(self, position: int, vendor: bytes, stage: Stage) -> None:
        """Note that a vendor was picked before a version by which it holds the step no longer."""
        later = self._versions[stage.api][self._last_held(vendor, stage) + 1 :]
        if later:
            replaced_at, _ = later[0]
            self.picked.setdefault(replaced_at, []).append(position)
