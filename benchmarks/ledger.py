"""What a ledger adds to the cost of its parts, and how long it takes to open: `python -m
benchmarks.ledger`.

Signed, validated, hash-chained appends in batches, against bare signing, verifying and inserting of
the same bytes, each by itself and in one thread; what is inserted is on disk with each batch, there
as here. The goal is to stay within a factor of two.

Then a hardened ledger of 100,000 transactions is opened, from its checkpoint and in full, after it
was made in a minute. The goal is two seconds. All is processor time, so other work matters less.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import attrs

from benchmarks import ledger_market
from impl.hardened.contract import HardenedContract
from impl.ledger import keys
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction
from spec.bytes.encoding import encode

NODE = SigningKey()
GENESIS = Genesis("main", NODE.public, {})
COUNT = 5000
BATCHES = [slice(start, start + 100) for start in range(0, COUNT, 100)]
REPETITIONS = 5
LONG = 100_000


@attrs.frozen
class Load:
    """The same transactions in all the forms that the measured steps take."""

    key: SigningKey
    transactions: list[Transaction]
    messages: list[bytes]
    signatures: list[bytes]
    signed: list[bytes]

    @classmethod
    def of(cls, count: int) -> "Load":
        """Records of a step, by one vendor."""
        key = SigningKey.from_seed(bytes(32))
        transactions = [
            Transaction(
                GENESIS.identity,
                "record",
                key.public,
                nonce,
                {"request": nonce, "output": bytes(32)},
            )
            for nonce in range(count)
        ]
        messages = [encode(transaction.fields()) for transaction in transactions]
        signatures = [key.sign(message) for message in messages]
        return cls(key, transactions, messages, signatures, [t.signed(key) for t in transactions])


def sign(load: Load, folder: Path) -> None:
    """Sign each message, and nothing else."""
    for message in load.messages:
        load.key.sign(message)


def verify(load: Load, folder: Path) -> None:
    """Verify each signature, and nothing else."""
    for message, signature in zip(load.messages, load.signatures, strict=True):
        keys.verify(load.key.public, message, signature)


def insert(load: Load, folder: Path) -> None:
    """Insert the bytes of each transaction into a table, in the same batches as a ledger."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE entry (data BLOB NOT NULL) STRICT")
        for batch in BATCHES:
            with connection:
                connection.execute("BEGIN")
                rows = [(data,) for data in load.signed[batch]]
                connection.executemany("INSERT INTO entry VALUES (?)", rows)


def append(load: Load, folder: Path) -> None:
    """Sign each transaction, and have a ledger append it."""
    with Ledger.create(folder / "ledger.db", GENESIS, NODE) as ledger:
        for batch in BATCHES:
            ledger.append([t.signed(load.key) for t in load.transactions[batch]])


def seconds(work: Callable[[Load, Path], None], load: Load) -> float:
    """How long one run of some work takes, in a folder of its own."""
    with TemporaryDirectory() as folder:
        return timed(lambda: work(load, Path(folder)))


def timed(work: Callable[[], None]) -> float:
    """How long some work takes."""
    start = process_time()
    work()
    return process_time() - start


def measure_appends() -> None:
    """Measure each step by itself, and the ledger against them all."""
    load = Load.of(COUNT)
    steps = {"sign": sign, "verify": verify, "insert": insert, "append": append}
    runs = [{name: seconds(step, load) for name, step in steps.items()} for _ in range(REPETITIONS)]
    best = {name: min(run[name] for run in runs) for name in steps}
    bare = best["sign"] + best["verify"] + best["insert"]

    print(f"{COUNT} transactions of {len(load.signed[0])} bytes, best of {REPETITIONS} runs")
    for name, taken in [*best.items(), ("bare", bare)]:
        print(f"{name:8}{taken / COUNT * 1e6:8.1f} us{COUNT / taken:12,.0f} /s")
    print(f"append / (sign + verify + insert) = {best['append'] / bare:.2f}")


def measure_opening() -> None:
    """Measure how long a ledger takes to open, and what its checkpoint takes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "market.db"
        made = timed(lambda: ledger_market.make(path, LONG))
        opened = timed(lambda: Ledger.read(path, HardenedContract).close())
        in_full = timed(lambda: Ledger.read(path, HardenedContract, in_full=True).close())
        with Ledger.open(path, ledger_market.NODE, HardenedContract) as ledger:
            kept = timed(ledger.keep_checkpoint)
            height, requests = ledger.height, len(ledger_market.contract_of(ledger).requests)
        print(f"{height} transactions about {requests} requests, {path.stat().st_size >> 20} MiB")
    for name, taken in (("made", made), ("in full", in_full), ("opened", opened), ("kept", kept)):
        print(f"{name:8}{taken:8.2f} s")


def main() -> None:
    """Measure both."""
    measure_appends()
    measure_opening()


if __name__ == "__main__":
    main()
