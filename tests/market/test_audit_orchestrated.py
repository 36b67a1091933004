"""Records of the orchestrated protocol name no request: the judge is held to all that they can be.

Who holds what, who calls, and who records what in which order is left to chance.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import attrs
import pytest

from checkers.market.audit.judge import audit
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from tests.support.selection import some_full
from tests.support.told import Saying, Told

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

NODE, PROVIDER, CONSUMER, STRANGER, *OTHERS = (
    SigningKey.from_seed(bytes([number]) * 32) for number in range(1, 9)
)
CARRIERS, VENDORS = OTHERS[:2], OTHERS[2:]
GENESIS = Genesis("orchestrated", NODE.public, {"consumers": [CONSUMER.public]})


@attrs.frozen
class Api:
    """An API: who may record what of it, in turn, each vendor's records before the orchestrator's.

    Attributes:
        recorders: for each record of a request, who may make it.
    """

    name: str
    recorders: tuple[tuple[SigningKey, ...], ...]

    @property
    def registered(self) -> Saying:
        """How it is registered."""
        body = {
            "api": self.name,
            "signature": self.name.encode(),
            "holders": [[vendor.public for vendor in held] for held in self.recorders[::2]],
            "orchestrator": self.recorders[1][0].public,
        }
        return "register", PROVIDER, body


Event: TypeAlias = tuple[str, int, SigningKey]
"""A request, a record or a confirmation; of which request; and by whom."""


def some_api(chance: Random, name: str) -> Api:
    carrier = (chance.choice(CARRIERS),)
    held = [
        tuple(chance.sample(VENDORS, chance.choice([1, 2]))) for _ in range(chance.choice([1, 2]))
    ]
    return Api(name, tuple(each for holders in held for each in (holders, carrier)))


def some_events(chance: Random, apis: Sequence[Api]) -> Iterator[Event]:
    """What happens to some requests, to each in its order, and some that should not."""
    left = [
        [("record", r, chance.choice(may)) for may in api.recorders] + [("confirm", r, CONSUMER)]
        for r, api in enumerate(apis)
    ]
    for events in left:
        del events[chance.choice([0, 1, 2, 5, 5, 5]) :]
    for request in range(len(apis)):
        yield "request", request, CONSUMER
    while any(left):
        events = chance.choice([events for events in left if events])
        if chance.random() < 0.1:
            yield "record", 0, chance.choice([*VENDORS, *CARRIERS, STRANGER])
        if chance.random() < 0.95:
            yield events[0]
        del events[0]


def can_be(apis: Sequence[Api], events: Sequence[Event]) -> bool:
    """Whether every record can be one of a request that is made by then, so that all come about."""

    @cache
    def from_here(position: int, done: tuple[int, ...], confirmed: frozenset[int]) -> bool:
        if position == len(events):
            return True
        kind, request, author = events[position]
        if kind == "request":
            return from_here(position + 1, (*done, 0), confirmed)
        if kind == "confirm":
            there = done[request] == len(apis[request].recorders) and request not in confirmed
            return there and from_here(position + 1, done, confirmed | {request})
        return any(
            from_here(position + 1, (*done[:r], records + 1, *done[r + 1 :]), confirmed)
            for r, records in enumerate(done)
            if author in (*apis[r].recorders, ())[records]
        )

    return from_here(0, (), frozenset())


def told(chance: Random, apis: Sequence[Api], events: Sequence[Event]) -> Told:
    """The ledger of it; what is recorded mostly continues what was, and is anything else else."""
    awaited, fresh = dict[int, bytes](), count()
    body: dict[str, Any]
    said = [api.registered for api in dict.fromkeys(apis)]
    for kind, request, author in events:
        given = (
            awaited.get(request, b"none") if chance.random() < 0.7 else chance.choice([b"a", b"b"])
        )
        match kind:
            case "request":
                awaited[request] = chance.choice([b"a", b"b", b"%d" % next(fresh)])
                body = {"api": apis[request].name, "input": awaited[request]}
            case "record":
                awaited[request] = chance.choice([given, b"%d" % next(fresh)])
                body = {"received": given, "produced": awaited[request], "claimed": b""}
            case _:
                body = {"request": request, "output": given}
        said.append((kind, author, body))
    return Told(GENESIS, NODE, []).saying(*said)


@pytest.mark.parametrize("seeds", some_full([range(60), range(60, 1500)], [range(60, 1500)]))
def test_no_verdict_is_wrong(seeds: range, tmp_path: Path) -> None:
    verdicts = []
    for seed in seeds:
        chance = Random(seed)
        kinds = [some_api(chance, name) for name in ("digits", "letters")]
        apis = [chance.choice(kinds) for _ in range(chance.choice([1, 2, 3]))]
        events = list(some_events(chance, apis))
        told(chance, apis, events).write(tmp_path / f"{seed}.db")
        departure = audit(tmp_path / f"{seed}.db").departure
        right = can_be(apis, events)
        if departure is None or departure.is_certain:
            assert (departure is None) is right, seed
        verdicts.append((right, departure is None))
    assert {(True, True), (False, False)} <= set(verdicts)
    undecided = verdicts.count((True, False))
    assert undecided < 0.2 * verdicts.count((True, True))
