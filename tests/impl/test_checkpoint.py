"""A ledger opens from its node's last checkpoint as it opens in full, whatever became of that."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impl.database import unnote
from impl.ledger import sqlite
from impl.ledger.admission import Admission
from impl.ledger.chain import Chain
from impl.ledger.checkpoint import Checkpoint
from impl.ledger.codec import Codec, NoState
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Agreed, Contract, LedgerCorrupt, LedgerError
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction, rotation
from impl.ledger.undo import Undoable
from spec.bytes.encoding import Value, decode, encode
from tests.support.in_order import in_order
from tests.support.lived import LIVES, Lived, lived
from tests.support.tally import ALICE, BOB, MAIN, NODE, OTHER, Tally, add, adds

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

GONE = "the block of its checkpoint is gone or is another than it was"
FALSE = r"its node has signed a checkpoint that is not what .* up to block 5"
NEW = SigningKey.from_seed(bytes(32))


@contextmanager
def asked() -> Iterator[Callable[[], int]]:
    """How many transactions are carried out meanwhile."""
    count = 0
    admit = Admission.admit

    def counting(self: Admission, data: bytes) -> None:
        nonlocal count
        count += 1
        admit(self, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Admission, "admit", counting)
        yield lambda: count


def opened(path: Path, contract: Any = Tally, **options: Any) -> tuple[int, object]:  # as `read`
    """How many transactions are carried out to read a ledger, and what it has come to."""
    with asked() as count, Ledger.read(path, contract, **options) as ledger:
        return count(), in_order(ledger._chain)


def altered(path: Path, sql: str, *given: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql, given)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of 13 transactions, with a checkpoint after the first nine, and a replaced key."""
    path = tmp_path / "ledger.db"
    with Ledger.create(path, MAIN, NODE, Tally) as ledger:
        for first in (0, 4):
            ledger.append(adds(first, 4))
        ledger.submit(rotation(MAIN.identity, BOB.public, 0, NEW).signed(BOB))
        ledger.keep_checkpoint()
        ledger.append([add(1, author=BOB, signer=NEW)])
        ledger.append(adds(8, 3))
    return path


# The bytes of a state


@pytest.mark.parametrize("name", LIVES)
def test_every_state_of_a_contract_comes_back(name: str) -> None:
    """After each transaction of a market's life, all that a ledger holds, in its order."""
    life = lived(name)
    chain = Chain.begin(life.genesis, life.contract)
    for block in life.blocks:
        for data in block:
            chain.admission.admit(data)
        chain.grow(chain.next_block(block).signed(life.node))
        written = Codec(chain.admission.contract).write(chain)
        reading = Codec(life.contract(life.genesis))
        again = reading.read(written)
        assert in_order(again) == in_order(chain)
        assert reading.write(again) == written
        assert again.last is not None
        assert again.last.block.digest == again.head  # it can be looked up like any other


@pytest.mark.parametrize("name", LIVES)
def test_a_contract_goes_on_from_its_state(name: str) -> None:
    """Halfway through a market's life: what is read is as alive as what was written."""
    life = lived(name)
    half = len(life.blocks) // 2
    chain = Chain.begin(life.genesis, life.contract)
    for data in (data for block in life.blocks[:half] for data in block):
        chain.admission.admit(data)
    again = Codec(life.contract(life.genesis)).read(Codec(chain.admission.contract).write(chain))
    for data in (data for block in life.blocks[half:] for data in block):
        for each in (chain, again):
            each.admission.admit(data)
    assert in_order(again) == in_order(chain)


@cache
def hardened_bytes() -> tuple[Lived, bytes]:
    life = lived("hardened")
    chain = Chain.begin(life.genesis, life.contract)
    for data in (data for block in life.blocks[:120] for data in block):
        chain.admission.admit(data)
    return life, Codec(chain.admission.contract).write(chain)


def places(value: object, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    yield path
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


@given(st.data())
def test_what_no_state_is_written_as_is_refused(data: st.DataObject) -> None:
    """Nothing else happens, whatever stands where."""
    life, written = hardened_bytes()
    value = decode(written)
    *inside, last = data.draw(st.sampled_from([*places(value)][1:]))
    inner: Any = value  # lists within lists
    for index in inside:
        inner = inner[index]
    others: list[Value] = [None, True, 7, "open", b"", [], [[]], [b"", b""], {}]
    inner[last] = data.draw(st.sampled_from(others))
    codec = Codec(life.contract(life.genesis))
    try:
        again = codec.read(encode(value))
    except NoState:
        return
    codec.write(again)  # it is another state


@attrs.frozen
class This:
    number: int


@attrs.frozen
class That:
    number: int


@attrs.define
class Both(Tally):
    """A contract that holds two things of the same bytes, one of them twice."""

    these: tuple[This, This] = attrs.field(factory=lambda: 2 * (This(1),))
    that: That = attrs.field(factory=lambda: That(1))


def test_what_is_held_twice_is_held_twice_again_and_nothing_else_for_it() -> None:
    chain = Chain.begin(MAIN, Both)
    contract = Codec(Both(MAIN)).read(Codec(Both(MAIN)).write(chain)).admission.contract
    assert isinstance(contract, Both)
    assert contract.these[0] is contract.these[1]
    assert (contract.these, contract.that) == ((This(1), This(1)), That(1))


@attrs.define
class Changing(Undoable):
    number: int = 0


@attrs.define
class Aliasing(Tally):
    """A contract that holds what changes in two places."""

    one: Changing = attrs.field(factory=Changing)
    other: Changing = attrs.field(default=attrs.Factory(lambda self: self.one, takes_self=True))


def test_what_changes_is_not_held_twice() -> None:
    """It would be two things once it is read."""
    with pytest.raises(NoState, match="Changing: it changes, and stands in two places"):
        Codec(Aliasing(MAIN)).write(Chain.begin(MAIN, Aliasing))


def test_bytes_of_nothing_are_refused() -> None:
    with pytest.raises(NoState, match="the bytes end here"):
        Codec(Tally(MAIN)).read(b"")


@attrs.define
class Odd(Contract):
    """A contract with a state of any kind."""

    genesis: Agreed[Genesis]
    odd: Any = None

    def apply(self, transaction: Transaction) -> None:
        self.odd = transaction.nonce


@attrs.define
class Keeping(Tally):
    """A contract with a state that is annotated with what is said elsewhere."""

    said: Transaction | None = None


@attrs.frozen
class Telling(Contract):
    """A contract that holds a function."""

    genesis: Agreed[Genesis]
    tell: Callable[[Transaction], None] = print

    def apply(self, transaction: Transaction) -> None:
        """Do nothing."""


class Bare(Contract):
    """A contract of no class of attrs."""

    def __init__(self, genesis: Genesis) -> None:
        self.genesis = genesis

    def apply(self, transaction: Transaction) -> None:
        """Do nothing."""


class Extended(Tally):
    """A contract with more state than its class says."""

    def apply(self, transaction: Transaction) -> None:
        super().apply(transaction)
        self.more = transaction.nonce


@pytest.mark.parametrize("contract", [Odd, Keeping, Telling, Bare, Extended])
def test_a_contract_without_annotations_opens_in_full(
    tmp_path: Path, contract: Callable[[Genesis], Contract]
) -> None:
    with Ledger.create(tmp_path / "ledger", MAIN, NODE, contract) as ledger:
        ledger.append(adds(0, 3))
        with pytest.raises(LedgerError, match=r"no checkpoint: .*(canonical bytes|what Extended)"):
            ledger.keep_checkpoint()
        assert ledger.append(adds(3, 3)) == [3, 4, 5]
    with asked() as count, Ledger.open(tmp_path / "ledger", NODE, contract):
        assert count() == 6


# Opening


def test_only_what_follows_on_a_checkpoint_is_carried_out(path: Path) -> None:
    resumed, full = opened(path), opened(path, in_full=True)
    assert (resumed[0], full[0]) == (4, 13)
    assert resumed[1] == full[1]
    with Ledger.open(path, NODE, Tally) as ledger:
        assert ledger.keys_of(BOB.public) == [BOB.public, NEW.public]
        ledger.append(adds(11, 2))
        with asked() as count:
            ledger.verify()
            assert count() == 15
    assert opened(path)[1] == opened(path, in_full=True)[1]


def test_a_later_checkpoint_takes_the_place_of_an_earlier(path: Path) -> None:
    with Ledger.open(path, NODE, Tally) as ledger:
        ledger.keep_checkpoint()
        ledger.keep_checkpoint()
    assert opened(path)[0] == 0


def test_a_ledger_with_a_checkpoint_of_all_goes_on(path: Path) -> None:
    """As one has that was closed: nothing that it shows was made by carrying anything out."""
    with Ledger.open(path, NODE, Tally) as ledger:
        ledger.keep_checkpoint()
    with Ledger.open(path, NODE, Tally) as ledger, Ledger.read(path, Tally) as reader:
        assert reader.last is not None
        ledger.see(reader.last)
        ledger.append(adds(11, 2))
        assert reader.follow() == 2


def test_a_checkpoint_of_nothing(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "ledger", MAIN, NODE, Tally) as ledger:
        ledger.keep_checkpoint()
        ledger.append(adds(0, 2))
    assert opened(tmp_path / "ledger")[0] == 2


def test_checkpoints_are_made_as_a_ledger_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time that it is three times as long, so that all of them cost no more than the last."""
    monkeypatch.setattr(sqlite, "_FEW", 5)
    made = []
    write = Codec.write

    def counting(self: Codec, chain: Chain) -> bytes:
        made.append(chain.height)
        return write(self, chain)

    monkeypatch.setattr(Codec, "write", counting)
    with Ledger.create(tmp_path / "ledger", MAIN, NODE, Tally) as ledger:
        for nonce in range(100):
            ledger.submit(add(nonce))
        assert made == [5, 20, 65]
    assert made == [5, 20, 65, 100]
    with Ledger.open(tmp_path / "ledger", NODE, Tally) as ledger:
        ledger.append(adds(100, 4))
    assert made == [5, 20, 65, 100]  # four more do not matter
    assert opened(tmp_path / "ledger")[0] == 4


def test_a_checkpoint_that_cannot_be_written_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_FEW", 5)
    with Ledger.create(tmp_path / "ledger", MAIN, NODE, Tally) as ledger:
        ledger._connection.set_authorizer(
            lambda action, table, *_: (
                sqlite3.SQLITE_DENY
                if (action, table) == (sqlite3.SQLITE_INSERT, "checkpoint")
                else sqlite3.SQLITE_OK
            )
        )
        assert ledger.append(adds(0, 6)) == [*range(6)]
        with pytest.raises(LedgerError, match=r"no checkpoint: .*not authorized"):
            ledger.keep_checkpoint()
        assert ledger.append(adds(6, 2)) == [6, 7]
    assert opened(tmp_path / "ledger")[0] == 8


def test_only_the_writer_makes_checkpoints(path: Path) -> None:
    with (
        Ledger.read(path, Tally) as reader,
        pytest.raises(LedgerError, match="opened for reading"),
    ):
        reader.keep_checkpoint()


# What is wrong with a checkpoint


def row(path: Path) -> Checkpoint:
    with closing(sqlite3.connect(path)) as connection:
        return Checkpoint(*connection.execute("SELECT * FROM checkpoint").fetchone())


def put(path: Path, checkpoint: Checkpoint) -> None:
    altered(path, "DELETE FROM checkpoint")
    altered(path, "INSERT INTO checkpoint VALUES (?, ?, ?)", *attrs.astuple(checkpoint))


def assert_ignored(path: Path) -> None:
    """It counts for nothing, and another takes its place."""
    whole = opened(path, in_full=True)
    assert opened(path) == whole
    assert whole[0] == 13
    with Ledger.open(path, NODE, Tally) as ledger:
        ledger.keep_checkpoint()
    assert opened(path) == (0, whole[1])


@pytest.mark.parametrize("part", [field.name for field in attrs.fields(Checkpoint)])
def test_an_altered_checkpoint_counts_for_nothing(path: Path, part: str) -> None:
    old: bytes = getattr(row(path), part)
    for new in (b"", old[:-1], old + b"\0", bytes([old[0] ^ 1]) + old[1:], bytes(len(old))):
        altered(path, f"UPDATE checkpoint SET {part} = ?", new)
        assert opened(path)[0] == 13
    assert_ignored(path)


def test_a_checkpoint_that_is_gone_counts_for_nothing(path: Path) -> None:
    altered(path, "DELETE FROM checkpoint")
    assert_ignored(path)


def test_a_checkpoint_by_somebody_else_counts_for_nothing(path: Path) -> None:
    with Ledger.read(path, Tally) as ledger:
        assert ledger._codec is not None
        forged = Checkpoint.of(ledger._chain, ledger._codec, ALICE)
    put(path, forged)
    assert_ignored(path)


@attrs.define
class OtherTally(Tally):
    """The same under another name."""


@attrs.define
class LongerTally(Tally):
    """One that remembers more."""

    most: int = 0


LongerTally.__name__ = "Tally"


@pytest.mark.parametrize("contract", [OtherTally, LongerTally])
def test_a_checkpoint_of_another_contract_counts_for_nothing(
    path: Path, contract: Callable[[Genesis], Contract]
) -> None:
    assert opened(path, contract)[0] == 13


def test_what_a_node_has_signed_a_checkpoint_of_was_there(path: Path) -> None:
    """By itself, a file from which the last blocks were cut is an older ledger."""
    altered(path, "DELETE FROM block WHERE height > 2")
    altered(path, "DELETE FROM entry WHERE height > 2")
    unnote(path)
    for in_full in (False, True):
        with pytest.raises(LedgerCorrupt, match=GONE):
            Ledger.read(path, Tally, in_full=in_full)


def test_a_checkpoint_of_another_ledger_of_the_node_is_told(path: Path, tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "other", OTHER, NODE, Tally) as ledger:
        ledger.submit(add(0, ledger=OTHER))
        ledger.keep_checkpoint()
    put(path, row(tmp_path / "other"))
    with pytest.raises(LedgerCorrupt, match=GONE):
        Ledger.read(path, Tally)


def test_a_node_that_signs_what_was_not_is_found_in_full(path: Path) -> None:
    """Who trusts it goes on from there."""
    with Ledger.open(path, NODE, Tally) as ledger:
        assert isinstance(ledger.contract, Tally)
        ledger.contract.counts[ALICE.public] += 1000
        ledger.keep_checkpoint()
    with Ledger.read(path, Tally) as ledger:
        assert ledger.contract == Tally(MAIN, {ALICE.public: 1011, BOB.public: 1})
        with pytest.raises(LedgerCorrupt, match=FALSE):
            ledger.verify()
    with Ledger.open(path, NODE, Tally, in_full=True) as ledger:  # and mends it
        ledger.verify()
    assert opened(path)[1] == opened(path, in_full=True)[1]


# What is wrong with what lies before it


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("UPDATE entry SET data = x'00' WHERE position = 5", "block 2: its root is not"),
        ("UPDATE entry SET position = -1 WHERE position = 0", "block 1: its transactions are not"),
        ("INSERT INTO entry VALUES (-1, 0, x'00')", "block 1: its root is not"),
        ("UPDATE entry SET height = 3 WHERE position = 7", "block 2: its root is not"),
        ("DELETE FROM entry WHERE height = 2", "block 2: its root is not"),
        ("UPDATE block SET root = x'00' WHERE height = 2", "block 2: its root is not"),
        ("UPDATE block SET previous = x'00' WHERE height = 2", "block 2: its previous is not"),
        ("UPDATE block SET digest = x'00' WHERE height = 2", "block 2: its digest is not"),
        ("DELETE FROM block WHERE height = 2", "block 2: its height is not"),
        (
            "INSERT INTO block VALUES (0, x'00', x'00', 0, x'00', x'00')",
            "block 1: its height is not",
        ),
    ],
)
def test_damage_before_a_checkpoint_is_found(path: Path, sql: str, message: str) -> None:
    altered(path, sql)
    for in_full in (False, True):
        with pytest.raises(LedgerCorrupt, match=message):
            Ledger.read(path, Tally, in_full=in_full)


def test_another_signature_of_a_block_before_a_checkpoint_is_found_once_it_is_asked_for(
    path: Path,
) -> None:
    """The chain vouches for the block, so nobody is misled."""
    whole = opened(path)
    altered(path, "UPDATE block SET signature = x'00' WHERE height = 2")
    assert opened(path) == whole
    with Ledger.read(path, Tally) as ledger:
        assert len(ledger.blocks(1, 9)) == len(ledger.digests())
        node = ledger.genesis.node
        assert [each.is_signed_with(node) for each in ledger.blocks(1, 3)] == [True, False, True]
    with pytest.raises(LedgerCorrupt, match="block 2: its signature is not the node's"):
        Ledger.read(path, Tally, in_full=True)


def test_whoever_shows_blocks_again_shows_what_is_in_the_file_by_then(path: Path) -> None:
    """The writer as well as a reader: what was read counts until anybody has written."""
    with Ledger.open(path, NODE, Tally) as writer, Ledger.read(path, Tally) as reader:
        for ledger in (writer, reader):
            before = ledger.blocks(2, 3)
            assert ledger.blocks(2, 3) == before != ledger.blocks(1, 2)
            altered(path, "UPDATE block SET signature = zeroblob(64) WHERE height = 3")
            assert ledger.blocks(2, 3) != before
            altered(
                path,
                f"UPDATE block SET signature = x'{before[1].signature.hex()}' WHERE height = 3",
            )
            assert ledger.blocks(2, 3) == before
        height = writer.last.block.height if writer.last else 0
        assert len(writer.blocks(height, height + 1)) == 1
        writer.append([add(writer.next_nonce(ALICE.public))])
        assert len(writer.blocks(height, height + 1)) == 2


def test_blocks_that_do_not_follow_one_another_are_given_to_nobody(path: Path) -> None:
    with Ledger.read(path, Tally) as ledger:
        assert ledger.blocks(1, 9)
        altered(path, "UPDATE block SET root = zeroblob(32) WHERE height = 2")
        assert ledger.blocks(3, 9)
        with pytest.raises(LedgerCorrupt, match="block 3: it does not follow the one before"):
            ledger.blocks(1, 9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bit_is_found_or_changes_nothing(path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    _, whole = opened(path, in_full=True)
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(changed)
    try:
        with suppress(LedgerCorrupt):
            assert opened(path)[1] == whole
    finally:
        path.write_bytes(content)
