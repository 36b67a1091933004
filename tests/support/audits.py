"""Ledgers that somebody tampered with, and ledgers that somebody made up, each of them judged.

    .venv/bin/python -m tests.support.audits --tampered 10000 --invented 1000

A tampered ledger has what was on it, or the beginning of that, or no longer begins as a ledger.
Where its node tampered, and where a ledger is made up, a node that keeps to its contract says what
is to be found: the ledger departs with the first transaction that such a node refuses, and if it
refuses none, the ledger is a behaviour.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeAlias

from checkers.market.audit.judge import audit
from checkers.market.variants import CONTRACTS, variant_of
from impl.ledger.admission import Admission
from impl.ledger.transaction import Refused, Transaction, parse
from spec.bytes.encoding import encode
from spec.notation import MachineError
from tests.support.invented import invented, pool
from tests.support.program import add_workers, arguments, counted, positive, run
from tests.support.tampered import change, cut, flip, retold
from tests.support.told import MARKETS, Told


class Wrong(AssertionError):
    """A verdict that is none."""


def any_of(chance: Random) -> Told:
    """A ledger that is a behaviour."""
    return chance.choice(pool(chance.choice(MARKETS)))


def refused_at(told: Told) -> int | None:
    """The first transaction that a node refuses which keeps to its contract."""
    admission = Admission(told.genesis.identity, CONTRACTS[variant_of(told.genesis)](told.genesis))
    for position, data in enumerate(told.said):
        try:
            admission.admit(data)
        except Refused:
            return position
    return None


Tamper: TypeAlias = Callable[[Random, Path], None]


def see_tampered(tamper: Tamper, seed: int, folder: Path) -> None:
    """Judge a ledger that somebody tampered with who has no key. Raises Wrong."""
    chance, path = Random(seed), folder / f"{seed}.db"
    told = any_of(chance)
    told.write(path, chance.randint(1, 5))
    tamper(chance, path)
    try:
        found = audit(path)
    except MachineError as error:
        if "\n" in str(error):
            raise Wrong(f"{tamper.__name__} {seed}: {error}") from error
        return
    there = [_plain(parse(data).transaction) for data in told.said]
    kept = [_plain(transaction) for transaction in found.recorded.said]
    is_told = found.failed is (found.recorded.damage is not None)
    if found.departure or kept != there[: len(kept)] or not is_told:
        raise Wrong(f"{tamper.__name__} {seed}: {found.departure}")


def _plain(said: Transaction) -> tuple[str, bytes, bytes]:
    """What matters of a transaction, but for the proof of a rotation."""
    body = {name: value for name, value in said.body.items() if name != "proof"}
    return said.kind, said.author, encode(body)


def see_written(make: Callable[[Random, Told], Told], seed: int, folder: Path) -> None:
    """Judge a ledger whose node wrote what it liked. Raises Wrong."""
    chance, path = Random(seed), folder / f"{seed}.db"
    told = make(chance, any_of(chance))
    told.write(path, chance.randint(1, 5))
    found = audit(path)
    at = None if found.departure is None else found.departure.position
    should = refused_at(told)
    if found.variant == "orchestrated" and at is not None:
        right = should is None or at <= should  # its contract knows less than its specification
    else:
        right = at == should
    if not right or (found.departure and found.departure.why == "contract"):
        raise Wrong(f"{make.__name__} {seed}: refused at {should}, found {found.departure}")


See: TypeAlias = Callable[[int, Path], None]
"""Makes a ledger of a seed in a folder, and judges it. Raises Wrong."""
_AT_ONCE = 50
TAMPERED: Sequence[See] = [
    *(partial(see_tampered, tamper) for tamper in (flip, cut, change)),
    partial(see_written, retold),
]
INVENTED: Sequence[See] = [partial(see_written, invented)]


def see(sees: Sequence[See], seeds: range) -> list[str]:
    """Judge ledgers, each of which follows from its seed; what is wrong with any."""
    wrong = []
    for seed in seeds:
        with TemporaryDirectory(prefix="tallystick-") as folder:
            try:
                sees[seed % len(sees)](seed, Path(folder))
            except Exception as error:  # whatever it is, it is no verdict
                wrong.append(f"seed {seed}: {type(error).__name__}: {error}")
    return wrong


def main() -> int:
    """Judge ledgers, and say of which the verdict is wrong; fails if there is any."""
    parser = arguments("tests.support.audits", __doc__)
    for name, most in (("--tampered", 10_000), ("--invented", 1_000)):
        parser.add_argument(name, type=positive, default=most, metavar="N", help="so many")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed")
    add_workers(parser)
    asked = parser.parse_args()
    work = [(TAMPERED, asked.tampered), (INVENTED, asked.invented)]
    with ProcessPoolExecutor(asked.workers) as processes:
        futures = [
            processes.submit(see, sees, range(first, min(first + _AT_ONCE, asked.first + number)))
            for sees, number in work
            for first in range(asked.first, asked.first + number, _AT_ONCE)
        ]
        wrong = 0
        for found in counted(futures):
            wrong += len(found)
            for line in found:
                print(line, flush=True)
    print(f"{wrong} of {asked.tampered + asked.invented:,} verdicts are wrong")
    return wrong > 0


if __name__ == "__main__":
    run(main)
