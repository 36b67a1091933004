"""Whatever somebody says to the paper's parties, they refuse or do it, and serve everybody else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adversaries.victim import API, parts, right_output, victim, worse
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger
from impl.ledger.transaction import Refused
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.paper.outside import computed
from spec.bytes.encoding import Value, encode
from tests.support.linear import linear

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

INPUT = victim()[1][:1]
OTHERS = ["other", "../../x", ""]
"""APIs of somebody else's; what the honest one is, the paper lets anybody register anew."""

numbers = st.integers(-3, 12) | st.integers(-(2**63), 2**64 - 1)
arrays = st.lists(numbers.filter(lambda n: n < 2**63), max_size=4).map(
    lambda items: np.array(items, np.int64)
)
values: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5) | st.binary(max_size=40) | arrays,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
layers: st.SearchStrategy[Value] = st.fixed_dictionaries(
    {
        "weights": st.just(np.ones((2, 2), np.int64)) | values,
        "bias": st.just(np.zeros(2, np.int64)) | values,
        "shift": numbers,
        "rectified": st.booleans() | values,
    }
)
components: st.SearchStrategy[bytes] = st.fixed_dictionaries(
    {
        "arithmetic": st.just("fixed-point, saturating at 2**23, halves up") | values,
        "layers": st.lists(layers, max_size=2) | values,
    }
).map(lambda fields: encode({**fields}))
junk = st.one_of(
    st.binary(max_size=60),
    values.map(encode),
    components,
    st.sampled_from([encode(INPUT), encode(INPUT[:, :5]), encode(INPUT[0]), encode(INPUT[:0])]),
    st.sampled_from([part.canonical() for part in parts()]),
)
"""Bytes that are no data, or of another shape, or a component; and some that are as they should."""


@attrs.frozen
class Said:
    """What somebody says on a ledger: all its fields, which need not be those of a transaction."""

    fields: Mapping[str, Value]

    def to(self, ledger: KeptLedger, key: SigningKey) -> int | Refused:
        """Say it, signed; what the ledger answers."""
        bare: dict[str, Value] = {"nonce": ledger.next_nonce(key.public), **self.fields}
        [answer] = ledger.append([encode({**bare, "signature": key.sign(encode(bare))})])
        return answer


def said(
    ledger: bytes, kinds: Mapping[str, Mapping[str, type]], author: bytes, parties: Sequence[bytes]
) -> st.SearchStrategy[Said]:
    """A transaction of which any field is as it should be, or anything, or absent, or one more."""
    identities = st.sampled_from([*parties, author])
    fitting: Mapping[type, st.SearchStrategy[Value]] = {
        int: numbers,
        str: st.sampled_from([API, *OTHERS]),
        bytes: junk | identities,
        list: st.lists(identities | st.lists(identities, max_size=3), max_size=4),
    }

    def bodies(kind: str) -> st.SearchStrategy[Value]:
        right = {name: fitting[given] for name, given in kinds[kind].items()}
        if kind == "register":
            right["api"] = st.sampled_from(OTHERS)
        return broken(right)

    def transactions(kind: str) -> st.SearchStrategy[Said]:
        fields: dict[str, Value] = {"version": 1, "ledger": ledger}
        fields |= {"kind": kind, "author": author}
        right = {name: st.just(value) for name, value in fields.items()}
        return broken({**right, "body": bodies(kind)}).map(Said)

    return st.sampled_from(sorted(kinds)).flatmap(transactions)


def broken(
    fields: Mapping[str, st.SearchStrategy[Value]],
) -> st.SearchStrategy[dict[str, Value]]:
    """A dictionary that is as it should be, or has anything in a field, or one less or more."""
    names = st.sampled_from([*fields, "nonce", "signature", "more"])
    anything = names.flatmap(lambda name: st.fixed_dictionaries({**fields, name: values}))
    less = names.map(lambda name: {n: field for n, field in fields.items() if n != name})
    right = st.fixed_dictionaries({**fields})
    return st.one_of(right, right, anything, less.flatmap(st.fixed_dictionaries))


def try_to(act: Callable[[], object]) -> None:
    """Do something that may be refused."""
    with suppress(Refused):
        act()


# The basic marketplace


@pytest.fixture
def market(tmp_path: Path) -> Iterator[BasicMarket]:
    with BasicMarket.create(tmp_path / "market") as market:
        market.provider.deploy(API, parts(), market.vendors)
        yield market


def serves(market: BasicMarket) -> bool:
    request = market.consumer.request(API, encode(INPUT))
    market.work()
    return market.consumer.take(request) == right_output(INPUT)


@settings(max_examples=40)  # each is a marketplace
@given(st.data())
def test_basic_parties_serve_whatever_else_is_said(data: st.DataObject) -> None:
    key = SigningKey()
    with TemporaryDirectory() as folder, BasicMarket.create(Path(folder)) as market:
        market.provider.deploy(API, parts(), market.vendors)
        parties = [party.identity for party in (market.consumer, *market.vendors)]
        saying = said(market.ledger.identity, BasicContract.kinds, key.public, parties)
        handing = st.tuples(st.sampled_from(OTHERS) | st.text(max_size=4), junk)
        for act in data.draw(st.lists(saying | handing | st.binary(), max_size=6)):
            match act:
                case Said():
                    act.to(market.ledger, key)
                case bytes():
                    market.ledger.append([act])
                case api, part:
                    for vendor in market.vendors:
                        try_to(partial(vendor.receive, api, part))
            market.work()
        assert serves(market)
        for number in range(-1, len(market.consumer.contract.requests) + 1):
            try_to(partial(market.consumer.take, number))
            try_to(partial(market.arbitrator.judge, number, market.provider))
        assert serves(market)


def test_what_a_vendor_cannot_run_it_refuses(market: BasicMarket) -> None:
    first, *others = market.vendors
    for data in (b"", encode(1), encode(INPUT[:, :5]), encode(INPUT[0])):
        request = market.consumer.request(API, data)
        market.work()
        assert first.refused[request].startswith("component runs on the data: ")
        assert not any(vendor.refused for vendor in others)
    assert serves(market)


def test_what_a_vendor_has_no_component_for_it_does_once_it_has(market: BasicMarket) -> None:
    vendor = market.vendors[0]
    model = victim()[0].component
    market.provider.register("late", [model], [vendor])
    request = market.consumer.request("late", encode(INPUT))
    market.work()
    assert vendor.refused[request].startswith("vendor holds a component of the API: ")
    vendor.receive("late", model.canonical())
    market.work()
    assert market.consumer.take(request) == right_output(INPUT)
    assert not vendor.refused


def test_a_component_is_not_replaced_by_what_is_none(market: BasicMarket) -> None:
    for part in (b"", encode(INPUT), encode({})):
        with pytest.raises(Refused, match="what is handed over is a component: "):
            market.vendors[0].receive(API, part)
    assert serves(market)


def test_data_that_grows_beyond_a_record_is_not_computed() -> None:
    wide = linear(np.ones((1, 2**12), np.int64), np.zeros(2**12, np.int64))
    assert len(computed(wide, encode(np.ones((2, 1), np.int64)))) > 2**16
    with pytest.raises(Refused, match="of a size that can be recorded"):
        computed(wide, encode(np.ones((2**13, 1), np.int64)))


def test_who_reveals_other_parts_settles_nothing(market: BasicMarket) -> None:
    request = market.consumer.request(API, encode(INPUT))
    market.work()
    first, *others = parts()
    for revealed in ([], [first], [*others, first]):
        for step, part in enumerate(revealed):
            market.provider.storage.put(f"component/{API}/{step}", part.canonical())
        for step in range(len(revealed), 3):
            market.provider.storage.remove(f"component/{API}/{step}")
        with pytest.raises(Refused, match="registered"):
            market.arbitrator.judge(request, market.provider)


def test_a_record_of_what_cannot_be_run_is_wrong(market: BasicMarket) -> None:
    """The first vendor says that its component makes something of no data."""
    vendor = market.vendors[0]
    request = market.consumer.request(API, b"junk")
    vendor.send("record", received=b"junk", produced=b"", claimed=parts()[0].digest)
    finding = market.arbitrator.judge(request, market.provider)
    assert (finding.executed, finding.convicted, finding.wrong) == (1, None, 0)


@pytest.mark.parametrize("number", [-1, 1, 2**64 - 1])
def test_there_is_no_such_request(market: BasicMarket, number: int) -> None:
    market.consumer.request(API, encode(INPUT))
    with pytest.raises(Refused, match="request is registered"):
        market.consumer.take(number)
    with pytest.raises(Refused, match="request is registered"):
        market.arbitrator.judge(number, market.provider)


def test_a_shorter_version_in_the_middle_settles_nothing_more(market: BasicMarket) -> None:
    request = market.consumer.request(API, encode(INPUT))
    market.vendors[0].work()
    market.arbitrator.judge(request, market.provider)
    market.provider.deploy(API, parts()[:1], market.vendors[:1])
    finding = market.arbitrator.judge(request, market.provider)
    assert (finding.executed, finding.convicted) == (1, None)


def test_strangers_are_named_by_their_identities(market: BasicMarket) -> None:
    assert market.named(market.consumer.identity) == "consumer"
    assert market.named(b"stranger") == b"stranger".hex()


# The orchestrated marketplace


def deployed(folder: Path) -> OrchestratedMarket:
    market = OrchestratedMarket.create(folder)
    held = [vendor.identity for vendor in market.vendors]
    market.provider.deploy(API, parts(), [held] * 3, market.orchestrator.identity)
    return market


@pytest.fixture
def orchestrated(tmp_path: Path) -> Iterator[OrchestratedMarket]:
    with deployed(tmp_path / "market") as market:
        yield market


def call(market: OrchestratedMarket, api: str, data: bytes) -> bytes:
    return market.serve(market.consumer.request(api, data))


@settings(max_examples=40)  # each is a marketplace
@given(st.data())
def test_orchestrated_parties_serve_whatever_else_is_said(data: st.DataObject) -> None:
    key = SigningKey()
    with TemporaryDirectory() as folder, deployed(Path(folder)) as market:
        saying = said(
            market.ledger.identity, OrchestratedContract.kinds, key.public, [*market.provider.peers]
        )
        models = st.just(market.consumer.contract.apis[API].signature) | junk
        handing = st.tuples(models, st.integers(0, 2) | numbers, junk)
        calling = st.tuples(st.sampled_from([API, *OTHERS]), junk)
        for act in data.draw(st.lists(saying | handing | calling | st.binary(), max_size=6)):
            match act:
                case Said():
                    act.to(market.ledger, key)
                case bytes():
                    market.ledger.append([act])
                case signature, step, part:
                    for vendor in market.vendors:
                        try_to(partial(vendor.receive, key.public, signature, step, part))
                case api, data_:
                    try_to(partial(call, market, api, data_))
        assert call(market, API, encode(INPUT)) == right_output(INPUT)
        for number in range(-1, len(market.consumer.contract.requests) + 1):
            try_to(partial(market.serve, number))
        assert call(market, API, encode(INPUT)) == right_output(INPUT)


def test_what_a_picked_vendor_cannot_run_it_refuses(orchestrated: OrchestratedMarket) -> None:
    for data in (b"", encode(1), encode(INPUT[:, :5]), encode(INPUT[0])):
        with pytest.raises(Refused, match="component runs on the data: "):
            call(orchestrated, API, data)
    assert call(orchestrated, API, encode(INPUT)) == right_output(INPUT)


def test_who_cannot_be_reached_is_told(orchestrated: OrchestratedMarket) -> None:
    provider, consumer = orchestrated.provider, orchestrated.consumer
    signature = consumer.contract.apis[API].signature
    carrier = orchestrated.orchestrator.identity
    for stranger in (b"stranger", consumer.identity):
        provider.register("nobody carries", signature, [[stranger]], stranger)
        with pytest.raises(Refused, match="orchestrator can be reached"):
            call(orchestrated, "nobody carries", encode(INPUT))
        provider.register("nobody runs", signature, [[stranger]], carrier)
        with pytest.raises(Refused, match="vendor can be reached"):
            call(orchestrated, "nobody runs", encode(INPUT))


def test_what_nobody_was_handed_is_not_run(orchestrated: OrchestratedMarket) -> None:
    vendor, carrier = orchestrated.vendors[0], orchestrated.orchestrator.identity
    orchestrated.provider.register("bare", b"unknown", [[vendor.identity]], carrier)
    with pytest.raises(Refused, match="vendor holds a component for the step"):
        call(orchestrated, "bare", encode(INPUT))
    handed = partial(vendor.receive, orchestrated.provider.identity, b"unknown", 0)
    vendor.receive(b"stranger", b"unknown", 0, victim()[0].component.canonical())
    with pytest.raises(Refused, match="vendor holds a component for the step"):
        call(orchestrated, "bare", encode(INPUT))
    handed(victim()[0].component.canonical())
    with pytest.raises(Refused, match="was told the component's digest"):
        call(orchestrated, "bare", encode(INPUT))
    with pytest.raises(Refused, match="what is handed over is a component"):
        handed(b"junk")


def test_what_a_stranger_hands_over_replaces_nothing(orchestrated: OrchestratedMarket) -> None:
    signature = orchestrated.consumer.contract.apis[API].signature
    for vendor in orchestrated.vendors:
        for step, part in enumerate(parts()):
            vendor.receive(b"stranger", signature, step, worse(part).canonical())
    assert call(orchestrated, API, encode(INPUT)) == right_output(INPUT)


def test_a_shorter_version_in_the_middle_ends_a_request(orchestrated: OrchestratedMarket) -> None:
    request = orchestrated.consumer.request(API, encode(INPUT))
    while not orchestrated.orchestrator.step(request):
        for member in orchestrated.members.values():
            member.act(request)
    provider, carrier = orchestrated.provider, orchestrated.orchestrator.identity
    provider.deploy(API, [victim()[0].component], [[orchestrated.vendors[0].identity]], carrier)
    with pytest.raises(Refused, match="vendor holds the step"):
        orchestrated.serve(request)
    assert call(orchestrated, API, encode(INPUT)) == right_output(INPUT)
