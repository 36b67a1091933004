"""A ledger's node that deviates: it shows another history, or takes back what it has shown."""

import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TypeVar

import attrs

from adversaries.deviating.hardened.play import named, names
from adversaries.passing import Passing, evidence, told
from adversaries.script import Facts
from impl.database import unnote
from impl.folder import FILE, NODE, kept_key
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, Cast, HardenedMarket
from impl.hardened.network import Faults, Network
from impl.hardened.parties.acts import Act
from impl.hardened.parties.member import Member
from impl.hardened.parties.memory import Memory
from impl.hardened.parties.node import Node, Surroundings
from impl.hardened.parties.shown import HEADS
from impl.hardened.phases import Phase
from impl.ledger.block import SignedBlock
from impl.ledger.port import KeptLedger, LedgerError
from impl.ledger.transaction import MalformedTransaction, Transaction, parse
from impl.ledger.witness import ANNOUNCED, EVERY, HEAD, Forked, Head
from impl.storage import Storage

L = TypeVar("L", bound=KeptLedger)
M = TypeVar("M", bound=Member)


@attrs.define
class CensoringNode(Node):
    """Leaves out what whoever is drawn first for a step records, until it is replaced."""

    def arrived(self) -> Sequence[bytes]:
        return [data for data in super().arrived() if not self._is_disliked(data)]

    def _is_disliked(self, data: bytes) -> bool:
        claim = self.contract.claim(data)
        if claim is None:
            return False
        made = self.contract.requests[claim.request]
        return claim.holder == made.receiver and not made.failed[made.turn]


@attrs.define
class OrderingNode(Node):
    """Hears all that a block brings at its end, and first of it whoever says that time is up.

    It never says of anything that it has not appended it.
    """

    def act(self) -> bool:
        return False

    def arrived(self) -> Sequence[bytes]:
        return sorted(super().arrived(), key=lambda data: _kind(data) not in _ENDS)

    def pass_block(self) -> None:
        while super().act():
            pass
        super().pass_block()


@attrs.define
class HurryingNode(Node):
    """Says that time is up for whoever has something to do, as soon as it has."""

    def act(self) -> bool:
        acted = super().act()
        for made in self.contract.requests.values():
            while made.phase in _WAITING and self.contract.left(made):
                self.pass_block()
        return acted


@attrs.define
class TimelessNode(Node):
    """Never says that a block has passed."""

    def pass_block(self) -> None:
        self.announce()
        self.network.pass_block()


@attrs.define
class AnnouncingNode(Node):
    """Has witnesses sign another block than it has appended."""

    def announce(self) -> None:
        before = self.announced
        super().announce()
        if self.announced is not None and self.announced != before:
            another = attrs.evolve(self.announced.block, root=bytes(32))
            self.announced = another.signed(self.key)


@attrs.define
class StillNode(Node):
    """Announces nothing, and shows on whatever head it has."""

    def announce(self) -> None:
        pass


def keep(node: type[Node], market: HardenedMarket) -> None:
    """From now on a node of this kind keeps a market's ledger."""
    was = market.around.node
    market.around.node = node(was.ledger, was.network, was.key, was.storage)


def said(data: bytes) -> Transaction | None:
    """The transaction in what has arrived, if it is one."""
    try:
        return parse(data).transaction
    except MalformedTransaction:
        return None


def _kind(data: bytes) -> str:
    """What kind of transaction has arrived; of what is none, nothing."""
    found = said(data)
    return found.kind if found else ""


_ENDS = {"replace", "give_up", "withhold", "withhold_input", "concede", "refuse_to_open"}
"""What is said once time is up for somebody."""
_WAITING = {Phase.WORK, Phase.DEMANDED, Phase.PUBLISHED, Phase.DISPUTED, Phase.NARROWED}
"""Where somebody is convicted, or loses, once time is up."""

_BEGUN, _LONG = 2, 3 * EVERY  # blocks


def pliant(role: type[M]) -> type[M]:
    """A witness that signs whatever the node announces, whatever it has seen and signed before."""

    class Pliant(role):  # type: ignore[valid-type, misc]  # whichever it is
        def follow(self) -> Forked | None:
            return None

        def vouch(self) -> Iterator[Act]:
            announced = self.around.node.announced
            if announced is not None:
                signature = announced.block.signed(self.key).signature
                head = Head(announced, {self.identity: signature})
                self.around.network.send(self.identity, HEADS, head.canonical())
            yield from ()

    return Pliant


def absent(role: type[M]) -> type[M]:
    """A witness that signs nothing."""

    class Absent(role):  # type: ignore[valid-type, misc]  # whichever it is
        def vouch(self) -> Iterator[Act]:
            yield from ()

    return Absent


def unsigning(kind: type[L]) -> type[L]:
    """A ledger whose node signs its blocks for witnesses alone, and leaves the file without."""

    class Unsigning(kind):  # type: ignore[valid-type, misc]  # whichever it is
        def _write(self, signed: SignedBlock, accepted: Sequence[bytes]) -> None:
            super()._write(attrs.evolve(signed, signature=bytes(64)), accepted)

    return Unsigning


def forked_ledger(
    folder: Path,
    friends: Collection[str] = (),
    *,
    is_unsigned: bool = False,
    is_still: bool = False,
    restored: Collection[str] = (),
) -> Facts:
    """A node goes back to an early block, and shows everybody another history from there on.

    Args:
        folder: where all of it is to be.
        friends: the witnesses that sign both.
        is_unsigned: whether it signs nothing of that history but what it has witnesses sign.
        is_still: whether it has nothing of that history signed, and shows on the last head of the
            one before.
        restored: the honest witnesses that are set back to what they had kept by that block.
    """
    early, market = folder / "early.db", folder / "market"
    cast = _cast(friends)
    _begin(market, early, cast)
    for name in restored:
        shutil.copytree(market / name, folder / name)
    with HardenedMarket.open(market, cast) as shown:
        shown.provider.set_aside(1)  # or both histories would be one
        _pass_blocks(shown, EVERY - _BEGUN - 2)
        shown.provider.set_aside(2)  # or blocks of the same heights would be announced
        _pass_blocks(shown, _LONG)
        before = shown.around.node.head
    for name in restored:
        shutil.rmtree(market / name)
        shutil.copytree(folder / name, market / name)
    passed = Passing(early, HardenedContract)
    ledger = unsigning(passed.ledger) if is_unsigned else passed.ledger
    with _shown(market, early, cast, ledger) as forked:
        if is_still:
            keep(StillNode, forked)
            forked.around.node.head = before
        _pass_blocks(forked, 2 * _LONG)
        return _taken_back(forked, friends, passed, forked.around.node.head not in (None, before))


def swallowed_head(folder: Path, friends: Collection[str]) -> Facts:
    """A node shows a head of another history over the first, and that history from then on.

    Args:
        folder: where all of it is to be.
        friends: the witnesses that sign both, who have to be a quorum.
    """
    early, market = folder / "early.db", folder / "market"
    cast = _cast(friends)
    _begin(market, early, cast)
    passed = Passing(early, HardenedContract)
    with HardenedMarket.open(market, cast) as shown:
        shown.provider.set_aside(1)  # or both histories would be one
        _pass_blocks(shown, 2 * EVERY)
        with _shown(market, early, {}, passed.ledger) as made:  # before anybody sees it
            _pass_blocks(made, _LONG)
            last = made.around.node.ledger.last
        assert last is not None  # blocks have passed
        signers = [shown.members[name] for name in friends]
        signed = {who.identity: last.block.signed(who.key).signature for who in signers}
        head = Head(last, signed)
        keep(StillNode, shown)
        shown.around.node.head, shown.around.node.announced = head, None
        _pass_blocks(shown, 1)
    with _shown(market, early, cast, passed.ledger) as forked:
        passed.names |= names(forked)
        keep(StillNode, forked)
        forked.around.node.head, forked.around.node.announced = head, None
        _pass_blocks(forked, EVERY)
        return _taken_back(forked, friends, passed, True)


def _cast(friends: Collection[str]) -> Cast:
    """All parties, of whom some sign whatever is announced."""
    return {name: pliant(role) if name in friends else role for name, role in CAST.items()}


def _begin(market: Path, early: Path, cast: Cast) -> None:
    """Begin a market, and keep its ledger's first blocks for another history."""
    with HardenedMarket.create(market, cast) as begun:
        _pass_blocks(begun, _BEGUN)
    shutil.copy(market / FILE, early)


def _taken_back(
    forked: HardenedMarket, friends: Collection[str], passed: Passing, is_witnessed: bool
) -> Facts:
    """What it comes to that a market's node shows another history than before."""
    ledger = forked.around.node.ledger
    convicted = {named(forked, who): kind for who, kind in evidence(ledger).items()}
    return Facts(
        deviated=["node", *friends],
        evidence=convicted,
        harmed=is_witnessed or not convicted,
        lines=[
            f"blocks {_BEGUN} and on are shown anew, others than {len(CAST)} parties have seen",
            f"witnesses sign {'them as well' if is_witnessed else 'none of them'}",
            f"the contract convicted {told(convicted)}",
        ],
        passed=passed,
    )


def unwitnessed(folder: Path, away: Collection[str] = ()) -> Facts:
    """So many witnesses are away that nothing new is witnessed, and the rest could be cut off.

    Args:
        folder: where the market is to be.
        away: the witnesses that sign nothing.
    """
    cast = {name: absent(role) if name in away else role for name, role in CAST.items()}
    with HardenedMarket.create(folder, cast) as market:
        _pass_blocks(market, _LONG)
        charter, node = market.contract.charter, market.around.node
        return Facts(
            deviated=[*away],
            harmed=node.head is None,
            lines=[
                f"{len(away)} of {len(charter.witnesses)} witnesses are away, of whom "
                f"{charter.quorum} have to sign",
                f"of {market.contract.now} blocks {'some' if node.head else 'none'} are witnessed",
            ],
            figures={"away": len(away), "blocks": market.contract.now},
        )


def cut_ledger(folder: Path) -> Facts:
    """A node takes the last blocks from its files, and goes on as if nobody had seen them."""
    with HardenedMarket.create(folder) as market:
        _pass_blocks(market, _LONG)
    with closing(sqlite3.connect(folder / FILE)) as file, file:
        file.execute("DELETE FROM checkpoint")
        for table in ("block", "entry"):
            file.execute(f"DELETE FROM {table} WHERE height > ?", (_BEGUN,))
    unnote(folder / FILE)
    with closing(Storage(folder / NODE)) as storage:
        for name in (ANNOUNCED, HEAD):
            storage.remove(name)
    try:
        HardenedMarket.open(folder, CAST).close()
    except LedgerError as error:
        told = str(error).removeprefix(f"{folder / FILE}: ")
    else:
        told = ""
    return Facts(
        deviated=["node"],
        harmed=not told,
        lines=[
            f"all blocks after block {_BEGUN} are taken from the file",
            f"whoever opens it is told: {told}" if told else "nobody is told",
        ],
    )


def _pass_blocks(market: HardenedMarket, blocks: int) -> None:
    for _ in range(blocks):
        market.pass_block()


def _shown(folder: Path, path: Path, cast: Cast, kind: type[KeptLedger]) -> HardenedMarket:
    """A market whose node shows its parties the ledger in another file, as if it were the one."""
    key, network = kept_key(Storage(folder / NODE)), Network(Faults(), Random(0))
    ledger = kind.open(path, key, HardenedContract)
    around = Surroundings(Node(ledger, network, key, Memory(folder / "another")), network)
    return HardenedMarket.gather(folder, cast, around, Random(0))
