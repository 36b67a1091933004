"""Records of the orchestrated protocol name no request: the judge is held to all that they can be.

Who holds what, who calls, and who records what in which order is left to chance.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeAlias, TypeVar

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


T = TypeVar("T")
Recorders: TypeAlias = tuple[tuple[SigningKey, ...], ...]
"""For each record of a request, who may make it: each vendor's before the orchestrator's."""
Event: TypeAlias = tuple[str, int, SigningKey]
"""A registration, and of which API; or a request, a record or a confirmation, and of which request;
each with who makes it."""


@attrs.frozen
class Market:
    """What there can be.

    Attributes:
        versions: of each API, the recorders of what is registered in turn.
        asked: of each request, its API.
    """

    versions: Sequence[Sequence[Recorders]]
    asked: Sequence[int]


def some_market(chance: Random) -> Market:
    apis = [[*some_versions(chance, chance.choice(CARRIERS))] for _ in range(2)]
    return Market(apis, [chance.randrange(2) for _ in range(chance.choice([1, 2, 3]))])


def some_versions(chance: Random, carrier: SigningKey) -> Iterator[Recorders]:
    for _ in range(chance.choice([1, 1, 2, 3])):
        yield tuple(
            each
            for _ in range(chance.choice([1, 2]))
            for each in (tuple(chance.sample(VENDORS, chance.choice([1, 2]))), (carrier,))
        )


def some_events(chance: Random, market: Market) -> Iterator[Event]:
    """What happens to some requests, to each in its order, and some that should not."""
    for api in range(len(market.versions)):
        yield "register", api, PROVIDER
    again = [("register", a, PROVIDER) for a, each in enumerate(market.versions) for _ in each[1:]]
    ways = [[*some_way(chance, market, request)] for request in range(len(market.asked))]
    begun = 0
    while any(ways) or again:
        may = [way for way in [again, *ways[: begun + 1]] if way]
        events = chance.choice(may or [way for way in ways if way])
        if chance.random() < 0.1 and begun:
            yield "record", 0, chance.choice([*VENDORS, *CARRIERS, STRANGER])
        if events[0][0] in ("request", "register") or chance.random() < 0.95:
            yield events[0]
        begun += events[0][0] == "request"
        del events[0]


def some_way(chance: Random, market: Market, request: int) -> Iterator[Event]:
    """A request, and what may be said of it, under any version."""
    recorders = chance.choice(market.versions[market.asked[request]])
    events = [("record", request, chance.choice(may)) for may in recorders]
    events.append(("confirm", request, CONSUMER))
    yield "request", request, CONSUMER
    yield from events[: chance.choice([0, 1, 2, 5, 5, 5])]


@attrs.frozen
class Going:
    """A request, and where its data is.

    Attributes:
        api: of which it is.
        records: how many it has.
        may: who may make the next one.
        is_through: whether it has them all.
        is_over: whether its consumer has said so.
    """

    api: int
    records: int
    may: frozenset[bytes]
    is_through: bool = False
    is_over: bool = False

    def under(self, recorders: Recorders) -> "Going":
        """The request, where another version comes into force: a vendor was picked, or is now."""
        if self.is_through or self.records % 2 == 1:
            return self
        return attrs.evolve(self, may=self.may | arrived(self.api, self.records, recorders).may)


def arrived(api: int, records: int, recorders: Recorders) -> Going:
    """A request of so many records, as the last of them leaves it."""
    may = recorders[1] if records % 2 else dict(enumerate(recorders)).get(records, ())
    return Going(api, records, frozenset(key.public for key in may), records == len(recorders))


def can_be(market: Market, events: Sequence[Event]) -> bool:
    """Whether every record can be one of a request that is made by then, so that all come about."""

    @cache
    def from_here(position: int, registered: tuple[int, ...], going: tuple[Going, ...]) -> bool:
        if position == len(events):
            return True
        kind, number, author = events[position]
        now = [each[max(n - 1, 0)] for each, n in zip(market.versions, registered, strict=True)]
        made = {r: each for r, each in enumerate(going) if author.public in each.may}
        match kind:
            case "register":
                new = market.versions[number][registered[number]]
                registered = (
                    *registered[:number],
                    registered[number] + 1,
                    *registered[number + 1 :],
                )
                ways = [tuple(g.under(new) if g.api == number else g for g in going)]
            case "request":
                api = market.asked[number]
                ways = [(*going, arrived(api, 0, now[api]))]
            case "confirm":
                over = attrs.evolve(going[number], is_over=True)
                is_next = going[number].is_through and not going[number].is_over
                ways = [replaced(going, number, over)] if is_next else []
            case _:
                ways = [
                    (
                        *going[:r],
                        arrived(each.api, each.records + 1, now[each.api]),
                        *going[r + 1 :],
                    )
                    for r, each in made.items()
                ]
        return any(from_here(position + 1, registered, way) for way in ways)

    return from_here(0, (0,) * len(market.versions), ())


def replaced(items: tuple[T, ...], at: int, by: T) -> tuple[T, ...]:
    return (*items[:at], by, *items[at + 1 :])


def told(
    market: Market, events: Sequence[Event], choose: Callable[[Sequence[bytes]], bytes]
) -> Told:
    """The ledger of it; which data is recorded is chosen, mostly from what continues what was."""
    awaited, fresh = dict[int, bytes](), count()
    coming = [iter(versions) for versions in market.versions]
    body: dict[str, Any]
    said: list[Saying] = []
    for kind, number, author in events:
        given = choose([*[awaited.get(number, b"none")] * 5, b"a", b"b"])
        match kind:
            case "register":
                recorders = next(coming[number])
                body = {
                    "api": f"api{number}",
                    "signature": b"%d" % number,
                    "holders": [[vendor.public for vendor in held] for held in recorders[::2]],
                    "orchestrator": recorders[1][0].public,
                }
            case "request":
                awaited[number] = choose([b"a", b"b", b"%d" % next(fresh)])
                body = {"api": f"api{market.asked[number]}", "input": awaited[number]}
            case "record":
                awaited[number] = choose([given, b"%d" % next(fresh)])
                body = {"received": given, "produced": awaited[number], "claimed": b""}
            case _:
                body = {"request": number, "output": given}
        said.append((kind, author, body))
    return Told(GENESIS, NODE, []).saying(*said)


CARRIER, FIRST, SECOND = CARRIERS[0], *VENDORS[:2]
TWO_STEPS = ((FIRST,), (CARRIER,), (SECOND,), (CARRIER,))
SWAPPED = ((SECOND,), (CARRIER,), (FIRST,), (CARRIER,))
ONE_STEP = ((FIRST,), (CARRIER,))
REGISTER = ("register", 0, PROVIDER)
EARLIER, LATER = (("request", request, CONSUMER) for request in (0, 1))
CONFIRM = ("confirm", 1, CONSUMER)


def equal(_: Sequence[bytes]) -> bytes:
    return b"a"


def records(*authors: SigningKey) -> Sequence[Event]:
    return [("record", 0, author) for author in authors]


BEGUN = [REGISTER, EARLIER, *records(FIRST, CARRIER), LATER]
BOTH = [REGISTER, EARLIER, LATER]


@pytest.mark.parametrize(
    ("versions", "events", "verdict"),
    [
        (  # the later overtakes the earlier, which began before the later was made
            [TWO_STEPS],
            [*BEGUN, *records(FIRST, CARRIER, SECOND, CARRIER), CONFIRM],
            "behaves",
        ),
        ([TWO_STEPS], [*BEGUN, *records(SECOND, CARRIER), CONFIRM], "departs"),
        (  # the vendor was picked while it held the step
            [TWO_STEPS, SWAPPED],
            [REGISTER, EARLIER, REGISTER, *records(FIRST)],
            "behaves",
        ),
        ([TWO_STEPS, SWAPPED], [REGISTER, REGISTER, EARLIER, *records(FIRST)], "departs"),
        (  # whoever came later to its second step is through, if that is none any more
            [TWO_STEPS, ONE_STEP],
            [*BOTH, *records(FIRST, FIRST, CARRIER), REGISTER, *records(CARRIER), CONFIRM],
            "undecided",
        ),
    ],
)
def test_requests_with_equal_data_are_told_apart_by_who_is_through(
    versions: Sequence[Recorders], events: Sequence[Event], verdict: str, tmp_path: Path
) -> None:
    market = Market([versions], [0, 0])
    assert can_be(market, events) is (verdict != "departs")
    told(market, events, equal).write(tmp_path / "ledger.db")
    departure = audit(tmp_path / "ledger.db").departure
    certain = "departs" if departure and departure.is_certain else "undecided"
    assert (certain if departure else "behaves") == verdict


def test_what_the_contract_refuses_departs_whoever_the_records_are_of(tmp_path: Path) -> None:
    market = Market([[ONE_STEP], [ONE_STEP]], [0, 1])
    events = [REGISTER, ("register", 1, PROVIDER), EARLIER, LATER, *records(FIRST)]
    refused = ("confirm", CARRIER, {"request": 0, "output": b""})
    told(market, events, equal).saying(refused).write(tmp_path / "ledger.db")
    departure = audit(tmp_path / "ledger.db").departure
    assert departure is not None
    assert (departure.is_refused, departure.is_certain) == (True, True)


@pytest.mark.parametrize("seeds", some_full([range(60), range(60, 1500)], [range(60, 1500)]))
def test_no_verdict_is_wrong(seeds: range, tmp_path: Path) -> None:
    verdicts = []
    for seed in seeds:
        chance = Random(seed)
        market = some_market(chance)
        events = list(some_events(chance, market))
        told(market, events, chance.choice).write(tmp_path / f"{seed}.db")
        departure = audit(tmp_path / f"{seed}.db").departure
        right = can_be(market, events)
        if departure is None or departure.is_certain:
            assert (departure is None) is right, seed
        verdicts.append((right, departure is None))
    assert {(True, True), (False, False)} <= set(verdicts)
    undecided = verdicts.count((True, False))
    assert undecided < 0.2 * verdicts.count((True, True))
