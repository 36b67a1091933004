"""What surrounds the parties, and is against them: the network, and the node that keeps the ledger.

Between parties nothing is taken for granted: whatever one says to another may be lost for good. Of
the ledger it is that what is sent to it in time stands on it in time (`Assumption.INCLUSION`), and
here the node decides what that comes to: it leaves out what it likes for as long as it may, puts
the rest in any order, appends at once or only when a block ends, and announces any block.
"""

from collections.abc import Hashable, Mapping, Sequence

import attrs

from adversaries.deviating.hardened.node import said
from adversaries.strategies.hardened.wild import Coalition
from impl.hardened.market import HardenedMarket
from impl.hardened.network import Network
from impl.hardened.parties.node import HEADS, LEDGER, Node

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
class WildNode(Node):
    """A node that orders what arrives as it likes, and leaves out some of it for a while.

    Attributes:
        coalition: to which it belongs.
        patience: for how many blocks it leaves out what is said again in each of them, at most.
    """

    coalition: Coalition = attrs.field(kw_only=True)
    patience: int = attrs.field(kw_only=True)
    _since: dict[bytes, int] = attrs.field(factory=dict, init=False)

    def choose(self, about: str, moves: Sequence[str]) -> str:
        """The move that this node makes in this block; the first is honest."""
        return self.coalition.will.pick(f"@{self.contract.now} {NODE} {about}", about, moves)

    def act(self) -> bool:
        return self.choose("appends", APPENDS) == "at once" and super().act()

    def pass_block(self) -> None:
        """A block passes; what is declined at its end is told in the next one."""
        told = set[bytes]()
        if self.choose("appends", APPENDS) == "in the end":
            super().act()
            told |= self.declined
        super().pass_block()
        self.declined |= told

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
        now = self.contract.now
        return now < self._since.setdefault(data, now) + self.patience

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
                another = attrs.evolve(self.announced.block, root=bytes(32))
                self.announced = another.signed(self.key)
            case "none":
                self.announced = before


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
