"""A batch is appended whole or not at all, on disk and in memory, at a cost that is the batch's."""

import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest

import impl.ledger
from impl.ledger import sqlite
from impl.ledger.admission import Admission
from impl.ledger.keys import SigningKey
from impl.ledger.port import LedgerError
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, Transaction, rotation
from tests.support.in_order import in_order
from tests.support.lived import LIVES, lived
from tests.support.selection import some_full
from tests.support.tally import ALICE, MAIN, NODE, Tally, add, adds

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

KEYS = [SigningKey.from_seed(bytes([seed]) * 32) for seed in range(10, 18)]


class Stopped(BaseException):
    """What no program expects, as an interrupt, or that no memory is left."""


# What can go wrong with a commit


@contextmanager
def none(ledger: Ledger) -> Iterator[None]:
    """Nothing goes wrong."""
    yield


@contextmanager
def full(ledger: Ledger) -> Iterator[None]:
    """No room is left on the disk."""
    connection = ledger._connection
    [most] = connection.execute("PRAGMA max_page_count").fetchone()
    connection.execute("PRAGMA max_page_count = 1")  # or as many as there are
    yield
    connection.execute(f"PRAGMA max_page_count = {most}")


@contextmanager
def busy(ledger: Ledger) -> Iterator[None]:
    """Somebody else writes to the file."""
    ledger._connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def stopped(ledger: Ledger, *, late: bool) -> Iterator[None]:
    """Something unexpected comes just before the commit, or just after it."""
    with pytest.MonkeyPatch.context() as patch:
        write = ledger._write

        def stop(*args: Any) -> None:  # as it takes them
            if late:
                write(*args)
            raise Stopped

        patch.setattr(ledger, "_write", stop)
        yield


Fault = Callable[[Ledger], AbstractContextManager[None]]
UNWRITTEN: Sequence[Fault] = [full, busy, partial(stopped, late=False)]
WRITTEN: Fault = partial(stopped, late=True)


def attempt(ledger: Ledger, batch: Sequence[bytes], fault: Fault) -> bool:
    """Append a batch while something goes wrong; whether it is on the ledger all the same."""
    before = ledger.height
    with fault(ledger), suppress(LedgerError, Stopped):
        ledger.append(batch)
    return ledger.height > before


class Talk:
    """Parties that say anything: what is right, what is refused, and new keys."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.identities = [key.public for key in KEYS[:3]]

    def batch(self, ledger: Ledger) -> list[bytes]:
        batch = []
        said = dict.fromkeys(self.identities, 0)
        for _ in range(self.chance.randint(1, 6)):
            author = self.chance.choice(self.identities)
            in_force = ledger.keys_of(author)[-1]
            key = next(key for key in KEYS if key.public == in_force)
            nonce = ledger.next_nonce(author) + said[author]
            if self.chance.random() < 0.05:
                said[author] += 100  # no other of this batch is right: which key, is not known yet
                batch.append(
                    rotation(MAIN.identity, author, nonce, self.chance.choice(KEYS)).signed(key)
                )
            else:
                body = {"add": self.chance.choice([0, 1, 1, 2])}
                said[author] += body["add"] > 0
                batch.append(Transaction(MAIN.identity, "add", author, nonce, {**body}).signed(key))
        return batch


def test_what_failed_was_never_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over thousands of transactions: all is as on a ledger that never saw the failed batches.

    Nothing is asked of a transaction again, but of those that are found to be written all the same.
    """
    asked, chance, talk = 0, Random(0), Talk(0)
    admit = Admission.admit

    def counting(self: Admission, data: bytes) -> None:
        nonlocal asked
        asked += 1
        admit(self, data)

    with (
        Ledger.create(tmp_path / "one", MAIN, NODE, Tally) as ledger,
        Ledger.create(tmp_path / "other", MAIN, NODE, Tally) as other,
    ):
        written = Counter[Fault]()
        for _ in range(1000):
            batch, asked = talk.batch(other), 0
            fault = chance.choice([none, *UNWRITTEN, WRITTEN])
            with monkeypatch.context() as patch:
                patch.setattr(Admission, "admit", counting)
                on_it = attempt(ledger, batch, fault)
            before = other.height
            if on_it:
                other.append(batch)
                written[fault] += 1
            taken_in = other.height - before if fault is WRITTEN else 0
            assert asked == len(batch) + taken_in
            assert in_order(ledger._chain) == in_order(other._chain)
        assert ledger.height > 1000
        assert min(written[none], written[WRITTEN]) > 100
        assert written[busy] == written[UNWRITTEN[-1]] == 0
        assert max(len(ledger.keys_of(author)) for author in talk.identities) > 2
        ledger.verify()


@pytest.mark.parametrize("name", LIVES)
def test_contracts_are_as_if_a_failed_batch_was_never_said(name: str, tmp_path: Path) -> None:
    """Every transaction of a market's life fails once before it is appended."""
    life = lived(name)
    with (
        Ledger.create(tmp_path / "one", life.genesis, life.node, life.contract) as ledger,
        Ledger.create(tmp_path / "other", life.genesis, life.node, life.contract) as other,
    ):
        for batch in life.blocks:
            attempt(ledger, batch, partial(stopped, late=False))
            assert in_order(ledger._chain) == in_order(other._chain)
            assert ledger.append(batch) == other.append(batch)
        assert ledger._chain == other._chain


# A contract that fails


class Halting(Tally):
    """Stops after it has done half of something, or refuses then."""

    def apply(self, transaction: Transaction) -> None:
        super().apply(transaction)
        if transaction.body["add"] == 3:
            raise Stopped
        if transaction.body["add"] == 5:
            raise Refused("it is no five")


def test_half_a_transaction_is_none(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "ledger", MAIN, NODE, Halting) as ledger:
        ledger.append(adds(0, 2))
        before = in_order(ledger._chain)
        with pytest.raises(Stopped):
            ledger.append([add(2), add(3, 5), add(3, 3)])
        assert in_order(ledger._chain) == before
        outcomes = ledger.append([add(2), add(3, 5), add(3)])
        assert [*map(str, outcomes)] == ["2", "it is no five", "3"]
        assert ledger.contract == Halting(MAIN, {ALICE.public: 4})
        ledger.verify()


# An interrupt


@contextmanager
def stopped_at(place: int) -> Iterator[Callable[[], bool]]:
    """Something unexpected comes at a place of the ledger's, counted from here; whether it came.

    A place is an instruction where the file is written, and a line anywhere else.
    """
    left = place
    folder = str(Path(str(impl.ledger.__file__)).parent)

    def trace(frame: FrameType, event: str, _: object) -> Any:  # itself, for what is within
        nonlocal left
        if not frame.f_code.co_filename.startswith(folder):
            return None
        finely = frame.f_code.co_filename == sqlite.__file__
        frame.f_trace_opcodes, frame.f_trace_lines = finely, not finely
        left -= event in ("line", "opcode")
        if left < 0:
            raise Stopped
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lambda: left < 0
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("fault", some_full([none, *UNWRITTEN, WRITTEN], UNWRITTEN))
def test_an_interrupt_anywhere_leaves_memory_as_the_disk(tmp_path: Path, fault: Fault) -> None:
    """When it is used again at the latest; also one that comes while another failure is undone."""

    with (
        Ledger.create(tmp_path / "ledger", MAIN, NODE, Tally) as ledger,
        Ledger.read(tmp_path / "ledger", Tally) as reader,
    ):
        written, place, came = set(), 0, True
        while came:
            before, nonce = ledger.height, ledger.next_nonce(ALICE.public)
            batch = [add(nonce), add(nonce + 1, 0), add(nonce + 1)]
            with fault(ledger), suppress(LedgerError, Stopped), stopped_at(place) as has_come:
                ledger.append(batch)
            came, place = has_come(), place + 1
            (ledger.keep_checkpoint if place % 2 else lambda: ledger.append([]))()
            reader._take_in()
            assert in_order(ledger._chain) == in_order(reader._chain)
            written.add(ledger.height - before)
        assert place > 100
        assert written == ({0} if fault in UNWRITTEN[1:] else {0, 2})
        ledger.verify()


def test_an_interrupt_of_a_checkpoint_costs_nothing_else(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "ledger", MAIN, NODE, Tally) as ledger:
        ledger.keep_checkpoint()  # what is done once would hide what comes after it
        place, came = 0, True
        while came:
            with suppress(Stopped), stopped_at(place) as has_come:
                ledger.keep_checkpoint()
            came, place = has_come(), place + 1
            assert ledger.append([add(place - 1)]) == [place - 1]
        assert place > 90
        ledger.verify()


@pytest.mark.full
def test_an_interrupt_of_a_reader_costs_nothing_else(tmp_path: Path) -> None:
    with (
        Ledger.create(tmp_path / "ledger", MAIN, NODE, Tally) as ledger,
        Ledger.read(tmp_path / "ledger", Tally) as reader,
    ):
        place, came = 0, True
        while came:
            ledger.append(adds(ledger.height, 2))
            with suppress(Stopped), stopped_at(place) as has_come:
                reader.follow()
            came, place = has_come(), place + 1
            reader.follow()
            assert in_order(reader._chain) == in_order(ledger._chain)
        assert place > 300
