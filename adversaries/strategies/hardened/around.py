"""What surrounds the parties, and is against them: the network, and the node that keeps the ledger.

Between parties nothing is taken for granted: whatever one says to another may be lost for good. Of
the ledger it is that what is sent to it in time stands on it in time (`Assumption.INCLUSION`), and
here the node decides what that comes to: it leaves out what it likes for as long as it may, puts
the rest in any order, appends at once or only when a block ends, announces any block, and shows any
in its file.
"""

import sqlite3
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TypeVar

import attrs

from adversaries.deviating.hardened.node import said
from adversaries.strategies.hardened.wild import Coalition
from impl.hardened.market import HardenedMarket
from impl.hardened.network import Network
from impl.hardened.parties.hearing import Hearing
from impl.hardened.parties.node import Node
from impl.hardened.parties.shown import HEADS, LEDGER
from impl.ledger.block import NUMBERS, Block, SignedBlock
from impl.ledger.transaction import MalformedTransaction
from impl.ledger.witness import EVERY

T = TypeVar("T")

NODE, NETWORK = "node", "network"
"""What these are called among those who are corrupted."""
PATIENCE = 1
"""Blocks for which a node may leave out what a party says again in each of them.

Half of a window may be over before a party knows that it has to act, and then it may have to say
one thing after another: so a window must have `2 * (2 * PATIENCE + 1)` blocks.
"""
FATES: Mapping[str, Sequence[int]] = {
    "arrives": (0,),
    "is lost": (),
    "arrives a block later": (1,),
    "arrives a window later": (8,),
    "arrives twice": (0, 0),
    "arrives again": (0, 3),
}
"""What becomes of a message: after how many blocks it arrives, each time."""
APPENDS = ("at once", "in the end")
"""When in a block a node appends what arrives."""
NOBODY, ANYBODY = "nobody", "anybody"
ORDERS = ("as it came", "backwards", "friends first", "friends last", "endings first")
ANNOUNCED = ("its last block", "another one", "none")
"""What a node has witnesses sign."""
SHOWN = ("what it has appended", "another block")
"""What a node shows of what it has appended, until a block ends."""
ENDINGS = frozenset(
    {
        "lapse",
        "pass_over",
        "abandon",
        "replace",
        "give_up",
        "withhold",
        "withhold_input",
        "refuse_to_open",
        "concede",
        "settle",
    }
)
"""What is said once time is up for somebody."""


@attrs.define
class WildNetwork(Network):
    """A network that loses, delays and repeats what one party says to another.

    Attributes:
        coalition: to which it belongs.
    """

    coalition: Coalition = attrs.field(kw_only=True)

    def send(
        self, sender: bytes, receiver: bytes, data: bytes, about: Hashable | None = None
    ) -> None:
        """Send data, which may arrive; what is for the node is its own to leave out."""
        if receiver in (LEDGER, HEADS):
            super().send(sender, receiver, data, about)
            return
        for blocks in FATES[self._fate(sender, receiver, about)]:
            self._under_way[self.now + blocks].append((receiver, data))
        self._deliver()

    def _fate(self, sender: bytes, receiver: bytes, about: Hashable | None) -> str:
        """What becomes of a message: what always does between these two, or of this one."""
        pick, names = self.coalition.will.pick, self.coalition.names
        way = f"{NETWORK} {names[sender]} to {names.get(receiver, 'nobody')}"
        usual = pick(way, "way", [*FATES])
        if usual != "arrives":
            return usual
        told = about if isinstance(about, tuple) else ()
        said = " ".join(each.hex()[:6] if isinstance(each, bytes) else str(each) for each in told)
        return pick(f"@{self.now} {way} {said}", "message", [*FATES])


@attrs.define
class _Noting(Hearing):
    """Hears what everybody says, and notes since when; also of what has to wait for its turn."""

    since: dict[bytes, int] = attrs.field(factory=dict, init=False)

    def hear(self, data: bytes) -> None:
        self.since.setdefault(data, self.contract.now)
        super().hear(data)


@attrs.define
class WildNode(Node):
    """A node that orders what arrives as it likes, and leaves out some of it for a while.

    Attributes:
        coalition: to which it belongs.
        patience: for how many blocks it leaves out what is said again in each of them, at most.
    """

    coalition: Coalition = attrs.field(kw_only=True)
    patience: int = attrs.field(kw_only=True)
    _hearing: _Noting = attrs.field(init=False)
    _hidden: Sequence[sqlite3.Row] = attrs.field(default=(), init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._hearing = _Noting(self.ledger, self.contract)

    def choose(self, about: str, moves: Sequence[str]) -> str:
        """The move that this node makes in this block; the first is honest."""
        return self.coalition.will.pick(f"@{self.contract.now} {NODE} {about}", about, moves)

    def draw(self, about: str, moves: Sequence[T]) -> T:
        """Any of some moves in this block, where none is more honest than the others."""
        at = f"@{self.contract.now} {NODE} {about}"
        return self.coalition.will.pick(at, about, moves, free=True)

    def act(self) -> bool:
        if not self._hidden and self.choose("shows", SHOWN) == "another block":
            self._show_another()
        return self.choose("appends", APPENDS) == "at once" and super().act()

    def pass_block(self) -> None:
        """A block passes; what is declined at its end is told in the next one."""
        self._show_all()
        told = set[bytes]()
        if self.choose("appends", APPENDS) == "in the end":
            while super().act():
                pass
            told |= self.declined
        super().pass_block()
        self.declined.update(told)

    def arrived(self) -> Sequence[bytes]:
        arrived = super().arrived()
        return self._ordered(self._included(arrived)) if arrived else arrived

    def _included(self, batch: Sequence[bytes]) -> Sequence[bytes]:
        """All but what those say whom it leaves out, ever or in this block, if that can wait."""
        parties = [name for name in self.coalition.names.values() if name != NODE]
        moves = [NOBODY, ANYBODY, *parties]
        usual = self.coalition.will.pick(f"{NODE} leaves out", "ever leaves out", moves)
        hushed = {usual, self.choose("leaves out", moves)} - {NOBODY}
        if not hushed:
            return batch
        return [data for data in batch if not (self._is_by(data, hushed) and self._can_wait(data))]

    def _is_by(self, data: bytes, names: set[str]) -> bool:
        found = said(data)
        return ANYBODY in names or (
            found is not None and self.coalition.names.get(found.author) in names
        )

    def _can_wait(self, data: bytes) -> bool:
        return self.contract.now < self._hearing.since[data] + self.patience

    def _ordered(self, batch: Sequence[bytes]) -> Sequence[bytes]:
        match self.choose("orders", ORDERS):
            case "backwards":
                return batch[::-1]
            case "friends first":
                return sorted(batch, key=lambda data: not self._is_friendly(data))
            case "friends last":
                return sorted(batch, key=self._is_friendly)
            case "endings first":
                return sorted(batch, key=lambda data: not _is_ending(data))
        return batch

    def _is_friendly(self, data: bytes) -> bool:
        found = said(data)
        return found is not None and self.coalition.names.get(found.author) in self.coalition.keys

    def announce(self) -> None:
        before = self.announced
        super().announce()
        if self.announced is None or self.announced is before:
            return
        match self.choose("announces", ANNOUNCED):
            case "another one":
                self.announced = self._another(self.announced)
            case "none":
                self.announced = before

    def _another(self, signed: SignedBlock) -> SignedBlock | None:
        """A block that differs from one in a field; None if it is one that nobody can read."""
        fields = {**signed.block.body, "signature": signed.signature}
        name, other = self.draw("announced otherwise", self.coalition.changes(fields))
        changed = {**attrs.asdict(signed.block), name: other}
        signature = changed.pop("signature", None)
        block = Block(**changed)
        made = block.signed(self.key) if signature is None else SignedBlock(block, signature)
        try:
            return SignedBlock.parse(made.canonical())
        except MalformedTransaction:
            return None

    def _show_another(self) -> None:
        """Change a field of a block before the last one, in the file that everybody reads."""
        with self._file() as file:
            file.row_factory = sqlite3.Row
            last = self.ledger.last
            query = "SELECT * FROM block WHERE height <= ? ORDER BY height"
            rows = file.execute(query, (last.block.height if last else 0,)).fetchall()
            changes = [
                (row["height"], name, other)
                for row in rows[-EVERY:-1]  # the last may be replaced, too
                for name, other in self.coalition.changes(dict(row))
                if isinstance(other, bytes) or other in NUMBERS
            ]
            if changes:
                height, name, other = self.draw("shown otherwise", changes)
                change = f"UPDATE OR REPLACE block SET {name} = ? WHERE height = ?"
                file.execute(change, (other, height))
                self._hidden = rows

    def _show_all(self) -> None:
        """Have all blocks in the file again as they were."""
        if self._hidden:
            with self._file() as file:
                file.execute("DELETE FROM block WHERE height <= ?", (self._hidden[-1][0],))
                file.executemany("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)", self._hidden)
            self._hidden = ()

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        """The ledger's file, of which nobody sees what is changed until it is done."""
        with closing(sqlite3.connect(self.ledger.path)) as file, file:
            yield file


def surround(market: HardenedMarket, names: frozenset[str], wild: Coalition, patience: int) -> None:
    """Have a market's network and node belong to a coalition, if they are corrupted by name."""
    around = market.around
    if NETWORK in names:
        was = around.network
        around.network = WildNetwork(was.faults, was.chance, coalition=wild)
        around.node.network = around.network
    if NODE in names:
        node = around.node
        around.node = WildNode(
            node.ledger,
            around.network,
            node.key,
            node.storage,
            coalition=wild,
            patience=patience,
        )


def _is_ending(data: bytes) -> bool:
    found = said(data)
    return found is not None and found.kind in ENDINGS
