"""Ledgers to judge: those that drivers leave behind, and any that a node cares to write."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

import attrs

from checkers.lockstep.run import Divergence, Lockstep, Run
from checkers.lockstep.stories import Story, tell
from checkers.lockstep.trial import Trial, kept_trials
from checkers.market.forgeries import Forgery
from checkers.market.hardened.agreed import (
    ANYBODY,
    BEACON,
    CLOCK,
    CONSUMER,
    JOINT,
    ONE,
    PARTIES,
    PROVIDER,
    VERSIONS,
    WINDOWS,
    genesis,
)
from checkers.market.ledger_file import LedgerFile
from checkers.market.subjects import SUBJECTS
from checkers.market.values import keys
from impl.hardened.chance import drawn, seed_of
from impl.hardened.digests import commitment, request_id
from impl.hardened.phases import Phase
from impl.ledger.block import Block
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction, parse
from impl.quarrel.salts import SALT, Occasion, Salting, salting_key
from spec.bytes.merkle import root
from spec.bytes.suite import BLAKE3

KEYS = keys(90, 10)
"""The keys of everybody whom a driver speaks for, by their public keys."""
MARKETS = ("basic", "orchestrated", "hardened", "hardened_at_work")
"""The machines whose drivers have ledgers of a marketplace."""


Saying: TypeAlias = tuple[str, SigningKey, Mapping[str, Any]]  # Any: the value of a field
"""A kind of transaction, who signs it, and its body."""


@attrs.frozen
class Told:
    """What a ledger begins with, its node's key, and what is said on it, as it was signed."""

    genesis: Genesis
    node: SigningKey
    said: Sequence[bytes]

    @classmethod
    def read(cls, path: Path) -> "Told":
        """What is in a file that a driver's node keeps."""
        with closing(sqlite3.connect(path)) as file:
            [(data,)] = file.execute("SELECT data FROM genesis")
            said = [data for (data,) in file.execute("SELECT data FROM entry ORDER BY position")]
        begun = Genesis.parse(data)
        return cls(begun, KEYS[begun.node], said)

    def saying(self, *more: Saying) -> "Told":
        """The ledger with more on it: kinds and bodies, rightly signed, whatever they are."""
        nonces = Counter(parse(data).transaction.author for data in self.said)
        said = [*self.said]
        for kind, key, body in more:
            author = key.public
            transaction = Transaction(self.genesis.identity, kind, author, nonces[author], {**body})
            said.append(transaction.signed(key))
            nonces[author] += 1
        return attrs.evolve(self, said=said)

    def write(self, path: Path, size: int = 3) -> None:
        """Have its node write it, in blocks of a size; nothing is asked of what is said."""
        Ledger.create(path, self.genesis, self.node).close()
        head, position = self.genesis.identity, 0
        with closing(sqlite3.connect(path)) as file, file:
            for height, start in enumerate(range(0, len(self.said), size), 1):
                batch = self.said[start : start + size]
                block = Block(self.genesis.identity, height, head, root(batch), len(batch))
                signature = block.signed(self.node).signature
                row = height, head, block.root, block.count, block.digest, signature
                file.execute("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)", row)
                for data in batch:
                    file.execute("INSERT INTO entry VALUES (?, ?, ?)", (position, height, data))
                    position += 1
                head = block.digest


@contextmanager
def left_behind() -> Iterator[list[Told]]:
    """What is on each ledger whose driver is closed meanwhile."""
    left: list[Told] = []
    close = LedgerFile.close

    def look(driver: LedgerFile) -> None:
        driver.ledger.close()
        left.append(Told.read(driver.ledger.path))
        close(driver)

    with patch.object(LedgerFile, "close", look):
        yield left


@cache
def kept(name: str) -> Sequence[Told]:
    """What is on the ledger after each kept trial, and each forgery, of a machine."""
    every = list(attempts(name))
    assert not any(how for _, how in every)
    return [told for told, _ in every]


def attempts(name: str) -> Iterator[tuple[Told, str]]:
    """The same, where something may be missing in the code.

    With each, how the implementation differs from the specification then, if it does.
    """
    subject = SUBJECTS[name]
    assert subject.setup
    lockstep = Lockstep(subject.machine, subject.setup)
    for trial in kept_trials(lockstep):
        yield from _left_by(lockstep, partial(_take, trial))
    for story, forgeries in subject.forgeries:
        for forgery in forgeries:
            yield from _left_by(lockstep, partial(_forge, story, forgery))


def _left_by(lockstep: Lockstep[Any], go: Callable[[Run[Any]], None]) -> Iterator[tuple[Told, str]]:
    with left_behind() as left:
        how = ""
        try:
            with lockstep.run() as run:
                go(run)
        except Divergence as divergence:
            how = divergence.how
    yield from ((told, how) for told in left)


def _take(trial: Trial[Any], run: Run[Any]) -> None:
    for step, _ in trial:
        run.take(step)


def _forge(story: Story, forgery: Forgery, run: Run[Any]) -> None:
    tell(run, story)
    run.refuse(forgery.what, forgery.submitted, forgery.reason)


def busy(calls: int, at_once: int = 5) -> Told:
    """A hardened ledger of so many calls that are served and paid, some at a time."""
    terms, begun = VERSIONS[JOINT].terms, genesis(each=10**6)
    holders = [(i, v) for i in range(len(terms.steps)) for v in terms.holders(i)]
    said: list[Saying] = [
        *(("deposit", key, {"amount": 5 * 10**6}) for key in PARTIES.values()),
        ("propose", PARTIES[PROVIDER], {"terms": terms.body()}),
        *(("sign", PARTIES[p], {"version": JOINT}) for p in terms.shares),
        *(("acknowledge", PARTIES[v], {"version": JOINT, "step": i}) for i, v in holders),
        ("activate", ANYBODY, {"version": JOINT}),
    ]
    for first in range(0, calls, at_once):
        made = [called(begun.identity, number) for number in range(first, first + at_once)]
        names = [{"request": request} for request, _ in made]
        pots = [{**name, "step": i} for name in names for i in range(len(terms.steps))]
        said += [saying for _, sayings in made for saying in sayings]
        said += [("tick", CLOCK, {})] * WINDOWS[Phase.WINDOW]
        said += [("settle", ANYBODY, name) for name in names]
        said += [("tick", CLOCK, {})] * WINDOWS[Phase.SETTLED]
        said += [("collect", ANYBODY, pot) for pot in pots]
        said += [("collect_share", PARTIES[PROVIDER], {"version": JOINT})]
    return Told(begun, CLOCK, []).saying(*said)


def openings(request: bytes) -> list[bytes]:
    """Of what goes into each step of a request and out of the last: one, whatever it should be."""
    made = [ONE]
    for step in range(len(VERSIONS[JOINT].parts)):
        salting = Salting(
            made[-1][:SALT],
            salting_key(VERSIONS[JOINT].handed(step)[:SALT]),
            Occasion(request, step),
        )
        made.append(salting.output + ONE[SALT:])
    return made


def called(ledger: bytes, number: int) -> tuple[bytes, Sequence[Saying]]:
    """A request, and what is said of it up to the last record."""
    terms = VERSIONS[JOINT].terms
    request, beacon = request_id(BLAKE3, ledger, CONSUMER, number, JOINT), number.to_bytes(8)
    seed = seed_of(BLAKE3, beacon, request)
    executors = [drawn(BLAKE3, terms.holders(i), seed, i, 0) for i in range(len(terms.steps))]
    links = [commitment(request, i, opening) for i, opening in enumerate(openings(request))]
    asked = {"request": request, "nonce": number, "version": JOINT, "input": links[0]}
    done = [
        saying
        for i, executor in enumerate(executors)
        for saying in (
            ("assign", PARTIES[executor], {"request": request}),
            ("record", PARTIES[executor], {"request": request, "step": i, "output": links[i + 1]}),
        )
    ]
    routed = ("route", BEACON, {"request": request, "beacon": beacon})
    return request, [("request", PARTIES[CONSUMER], asked), routed, *done]
