"""A ledger of another kind is one file: markets live on it, and the kit judges it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen

import attrs
import pytest

from adversaries.deviating.basic.vendors import LazyVendor as LazyBasicVendor
from adversaries.deviating.hardened.vendors import ForgingVendor
from adversaries.deviating.orchestrated.vendors import LazyVendor
from adversaries.victim import API, parts, right_output, victim
from checkers.cli import USAGE
from checkers.conform.conform import hold
from checkers.conform.conformance import Conformance
from checkers.conform.vectors import RELEASED, Vectors
from checkers.lockstep.run import Divergence, Lockstep
from checkers.lockstep.stories import audition
from checkers.market.conforming import stage_of
from checkers.market.hardened.driver import at_work_setup
from checkers.market.hardened.stories import STORIES, whole
from checkers.market.subjects import SUBJECTS
from checkers.naming.names import find_attribute
from examples import served_ledger
from examples.served_ledger import ServedLedger
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST as HARDENED_CAST
from impl.hardened.market import HardenedMarket
from impl.hardened.phases import Phase
from impl.ledger import sqlite
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Contract, KeptLedger, LedgerError, OpenContract
from impl.ledger.transaction import Transaction
from impl.paper.basic.market import CAST as BASIC_CAST
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.market import CAST as ORCHESTRATED_CAST
from impl.paper.orchestrated.market import OrchestratedMarket
from spec.bytes.encoding import encode
from spec.hardened import hardened
from tests.support.command import ROOT, run
from tests.support.disk import no_room_beyond
from tests.support.selection import some_full

FILE = ROOT / "examples" / "served_ledger.py"
INPUT = victim()[1][:1]
KEY = SigningKey.from_seed(bytes(32))
OTHER = SigningKey.from_seed(bytes([1]) * 32)
GENESIS = Genesis("main", KEY.public, {})


# Markets live on it


def basic(folder: Path, ledger: type[KeptLedger]) -> None:
    """A vendor makes up its output, and whoever judges can tell that it is wrong."""
    cast = {**BASIC_CAST, "vendor2": LazyBasicVendor}
    with BasicMarket.create(folder, cast, ledger) as market:
        market.provider.deploy(API, parts(), market.vendors)
        request = market.consumer.request(API, encode(INPUT))
        market.vendors[0].work()
    with BasicMarket.open(folder, cast, ledger=ledger) as market:
        market.work()
        assert market.consumer.take(request) is not None
        found = market.arbitrator.judge(request, market.provider)
        assert (found.executed, found.wrong) == (3, 2)


def orchestrated(folder: Path, ledger: type[KeptLedger]) -> None:
    """A call is served, and its output confirmed; of another, the last vendor makes up its own."""
    cast = {**ORCHESTRATED_CAST, "vendor2": LazyVendor}
    with OrchestratedMarket.create(folder, cast, ledger) as market:
        first, second, last = [vendor.identity for vendor in market.vendors]
        market.provider.deploy(API, parts(), [[first]] * 3, market.orchestrator.identity)
        request = market.consumer.request(API, encode(INPUT))
    with OrchestratedMarket.open(folder, cast, ledger=ledger) as market:
        assert market.serve(request) == right_output(INPUT)
        held = [[first], [second], [last]]
        market.provider.deploy(API, parts(), held, market.orchestrator.identity)
        request = market.consumer.request(API, encode(INPUT))
        assert market.serve(request) != right_output(INPUT)


def in_dispute(folder: Path, ledger: type[KeptLedger]) -> None:
    """A vendor commits to a constant and stands by it: it is convicted, and the price refunded."""
    cast = {**HARDENED_CAST, "vendor0": ForgingVendor}
    with HardenedMarket.create(folder, cast, ledger=ledger) as market:
        version = market.deploy(parts(), holders=[["vendor0"], ["vendor1"], ["vendor2"]], spares=0)
        market.consumer.trust(version, market.model(version))
        market.run(20)
        request = market.consumer.ask(version, encode(INPUT))
    with HardenedMarket.open(folder, cast, ledger=ledger) as market:
        market.run(400)
        assert market.contract.requests[request].phase is Phase.REFUNDED
        assert [market.named(party) for party in market.contract.convicted] == ["vendor0"]
        kept = market.around.node.ledger
        assert kept.view() == market.contract.view()
        assert market.around.node.head is not None


LIVES: Mapping[str, Callable[[Path, type[KeptLedger]], None]] = {
    "basic": basic,
    "orchestrated": orchestrated,
    "hardened": in_dispute,
}


@pytest.mark.parametrize("kind", [sqlite.Ledger, ServedLedger])
@pytest.mark.parametrize("name", LIVES)
def test_a_market_lives_on_a_ledger_of_any_kind(
    tmp_path: Path, name: str, kind: type[KeptLedger]
) -> None:
    LIVES[name](tmp_path, kind)


def test_a_market_comes_to_the_same_on_a_ledger_of_any_kind(tmp_path: Path) -> None:
    """But for what is sealed in it: nobody seals the same twice."""
    told = []
    for kind in (sqlite.Ledger, ServedLedger):
        with HardenedMarket.create(tmp_path / kind.__name__, seed=5, ledger=kind) as market:
            version = market.deploy(parts())
            market.consumer.ask(version, encode(INPUT))
            market.run(40)
            kept = market.around.node.ledger
            blocks = [signed.block.count for signed in kept.blocks(1, kept.height)]
            told.append(([(each.author, each.kind, each.nonce) for _, each in kept], blocks))
    assert told[0] == told[1]


# The kit judges it


ON_LEDGERS = ("ledger", "basic", "orchestrated", "hardened_at_work")


def held(machine: str, file: Path, runs: int = 2) -> Conformance:
    """What the kit says of a machine's contract on the ledger in a file."""
    ledger = f"{file}:ServedLedger"
    program = [sys.executable, "-m", "checkers.cli", "serve", machine, "--ledger", ledger]
    vectors = Vectors.read(RELEASED / f"{machine}.json")
    return hold(stage_of(SUBJECTS[machine]), program, vectors, runs=runs)


@pytest.mark.parametrize(
    "machine",
    some_full(ON_LEDGERS, {"orchestrated", "hardened_at_work"}),
)
def test_it_conforms(machine: str) -> None:
    found = held(machine, FILE)
    found.assert_holds()
    assert found.tally.restarts > 0


class Opaque(ServedLedger):
    """A ledger whose contract is nobody's to look into."""

    @property
    def contract(self) -> Contract:
        raise AssertionError("the driver looks into the contract")


@pytest.mark.parametrize(
    "name", ["settled", "audited by row", "bad", "exposed, and the key replaced"]
)
def test_the_hardened_driver_reads_what_the_ledger_shows_alone(name: str) -> None:
    audition(Lockstep(whole(hardened), at_work_setup(ledger=Opaque)), STORIES[name])


@attrs.frozen
class Fault:
    """A change to the file, which takes some text for another, and what finds it."""

    old: str
    new: str
    found_by: Callable[[Path, Path], bool]


def by_the_kit(machine: str) -> Callable[[Path, Path], bool]:
    """Whether the kit finds a fault in a file, by some machine."""
    return lambda file, _: held(machine, file).failed


def by_a_story(file: Path, _: Path) -> bool:
    """Whether the hardened driver finds it, along a run that is written down."""
    setup = at_work_setup(ledger=find_attribute(f"{file}:ServedLedger", type, "ledger"))
    try:
        audition(Lockstep(whole(hardened), setup), STORIES["settled"])
    except Divergence:
        return True
    return False


def by_the_market(file: Path, folder: Path) -> bool:
    """Whether a market that lives on it does."""
    kind = find_attribute(f"{file}:ServedLedger", type, "ledger")
    try:
        in_dispute(folder, kind)
    except (AssertionError, LedgerError):
        return True
    return False


ADMITTED = "self.chain.admission.admit(data)\n"
UNCHECKED = "self.chain.admission.contract.apply(parse(data).transaction)\n"
KEPT = "[signed, [*self.proposed]]"
SHOWN = "self.chain.admission.contract.view()"
FAULTS = {
    "a block has another order": Fault(KEPT, "[signed, self.proposed[::-1]]", by_the_market),
    "a transaction is lost": Fault(KEPT, "[signed, []]", by_the_kit("ledger")),
    "nothing is kept": Fault("            _put(file, kept)\n", "", by_the_kit("ledger")),
    "no reason is given": Fault("refusal.reason", "'no'", by_the_kit("ledger")),
    "the contract alone is asked": Fault(
        f"try:\n                    {ADMITTED}                except Refused as refusal",
        f"try:\n                    {UNCHECKED}                except Refused as refusal",
        by_the_kit("ledger"),
    ),
    "the contract alone is asked of what was kept": Fault(
        f"for data in batch:\n            {ADMITTED}",
        f"for data in batch:\n            {UNCHECKED}",
        by_the_market,
    ),
    "what is shown is old": Fault(SHOWN, f"vars(self).setdefault('seen', {SHOWN})", by_a_story),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_it_is_found(tmp_path: Path, name: str) -> None:
    fault, text = FAULTS[name], FILE.read_text()
    assert text.count(fault.old) == 1
    file = tmp_path / "served_ledger.py"
    file.write_text(text.replace(fault.old, fault.new))
    assert fault.found_by(file, tmp_path / "market")


# What no machine asks of it


def said(nonce: int) -> bytes:
    return Transaction(GENESIS.identity, "say", KEY.public, nonce, {"body": b"yes"}).signed(KEY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger"
    with ServedLedger.create(path, GENESIS, KEY) as ledger:
        assert ledger.append([said(0), said(1)]) == [0, 1]
    return path


def test_what_was_not_written_whole_is_cut_off(path: Path) -> None:
    whole = path.read_bytes()
    for part in (whole[:20], served_ledger._head(1000), whole[:4]):
        path.write_bytes(whole + part)
        with ServedLedger.read(path) as ledger:
            assert ledger.height == 2
    with ServedLedger.open(path, KEY) as ledger:
        assert ledger.submit(said(2)) == 2
    with ServedLedger.open(path, KEY) as ledger:
        assert [entry.nonce for _, entry in ledger] == [0, 1, 2]


def lengths(data: bytes) -> Iterator[int]:
    """Where lengths stand in a file: two before each thing."""
    at = 0
    while at < len(data):
        yield from range(at, at + 8)
        at += 8 + int.from_bytes(data[at : at + 4])


def test_what_is_damaged_is_not_cut_off(path: Path) -> None:
    """Whichever byte it is."""
    whole = path.read_bytes()
    assert len([*lengths(whole)]) == 2 * 8
    for at in {*lengths(whole), *range(0, len(whole), 7)}:
        for bad in (bytes([whole[at] ^ 4]), bytes(8), b"\xff" * 8):
            path.write_bytes(damaged := (whole[:at] + bad + whole[at + len(bad) :])[: len(whole)])
            if damaged == whole:
                continue
            with pytest.raises(LedgerError), ServedLedger.open(path, KEY):
                pass
            assert path.read_bytes() == damaged


def test_what_was_acknowledged_is_not_gone_in_silence(path: Path) -> None:
    """Wherever the file is cut."""
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(LedgerError), ServedLedger.open(path, KEY):
            pass


def test_a_block_for_which_there_is_no_room_leaves_nothing(path: Path) -> None:
    kept = served_ledger.Kept(path, OpenContract)
    limit = path.stat().st_size + 100
    for room in (no_room_beyond(limit), nullcontext()):
        assert kept.propose([said(2)]) == [2]
        signed = kept.chain.next_block([said(2)]).signed(KEY).canonical()
        with suppress(OSError), room:
            kept.commit(signed)
        assert len(kept.blocks) == 1 + isinstance(room, nullcontext)
    kept.close()
    with ServedLedger.open(path, KEY) as ledger:
        assert [entry.nonce for _, entry in ledger] == [0, 1, 2]


@pytest.mark.parametrize("does", ["print('?' * 99, flush=True)", "import time; time.sleep(99)"])
def test_a_server_that_babbles_or_hangs_is_given_up(
    path: Path, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ServedLedger.open(path, KEY) as ledger:
        server = Popen([sys.executable, "-c", does], stdin=PIPE, stdout=PIPE)
        with monkeypatch.context() as patch:
            patch.setattr(served_ledger, "_PATIENCE", 1.0)
            patch.setattr(served_ledger, "_server", cache(lambda: server))
            with pytest.raises(LedgerError, match="the server has stopped, or babbles"):
                ledger.view()
        server.wait()


def test_one_writes_and_others_read(path: Path) -> None:
    with ServedLedger.open(path, KEY) as ledger:
        with pytest.raises(LedgerError, match="somebody else writes to it"):
            ServedLedger.open(path, KEY)
        with ServedLedger.read(path) as reader:
            assert reader.height == ledger.height == 2
            with pytest.raises(LedgerError, match="opened for reading"):
                reader.submit(said(2))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda path: ServedLedger.create(path, GENESIS, KEY), "File exists"),
        (lambda path: ServedLedger.open(path.with_name("other"), KEY), "No such file"),
        (lambda path: ServedLedger.open(path, OTHER), "not its node"),
        (lambda path: ServedLedger.open(path, KEY, lambda _: OpenContract(GENESIS)), "to import"),
        (
            lambda path: ServedLedger.create(path, GENESIS, KEY, HardenedContract),
            "not created",
        ),
    ],
)
def test_a_ledger_that_cannot_be_had_says_why(
    path: Path, made: Callable[[Path], ServedLedger], told: str
) -> None:
    with pytest.raises(LedgerError, match=told):
        made(path)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["serve", "ledger", "--ledger", "impl.ledger.port:Genesis"], "has no submit()"),
        (
            ["serve", "ledger", "--ledger", f"{FILE}:No"],
            "the class ServedLedger, Kept, Server\n",
        ),
        (["serve", "bisection", "--ledger", f"{FILE}:ServedLedger"], "bisection is on no ledger"),
        (
            ["serve", "ledger", "--against", "specification", "--ledger", f"{FILE}:ServedLedger"],
            "--ledger is of the reference",
        ),
        (
            ["fuzz", "ledger", "--against", "x:y", "--ledger", f"{FILE}:ServedLedger"],
            "--ledger is of the reference",
        ),
    ],
)
def test_what_is_no_ledger_to_judge_is_refused(
    capsys: pytest.CaptureFixture[str], asked: list[str], told: str
) -> None:
    assert run(*asked) == USAGE
    assert told in capsys.readouterr().err
