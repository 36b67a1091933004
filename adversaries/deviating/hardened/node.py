"""A ledger's node that deviates: it shows another history, or takes back what it has shown."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

from adversaries.deviating.hardened.play import named
from adversaries.passing import evidence, told
from adversaries.script import Facts
from impl.folder import FILE, NODE, kept_key
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, HardenedMarket
from impl.hardened.network import Faults, Network
from impl.hardened.parties.memory import Memory
from impl.hardened.parties.node import Node, Surroundings
from impl.ledger.sqlite import Ledger, LedgerError
from impl.ledger.witness import EVERY
from impl.storage import Storage

_BEGUN, _LONG = 2, 3 * EVERY  # blocks


def forked_ledger(folder: Path) -> Facts:
    """A node goes back to an early block, and shows everybody another history from there on."""
    early, market = folder / "early.db", folder / "market"
    with HardenedMarket.create(market) as begun:
        _pass_blocks(begun, _BEGUN)
    shutil.copy(market / FILE, early)
    with HardenedMarket.open(market, CAST) as shown:
        _pass_blocks(shown, _LONG)
    with _shown(market, early) as forked:
        forked.provider.set_aside(1)  # or both histories would be one
        _pass_blocks(forked, _LONG)
        node, head = forked.around.node, forked.around.node.head
        convicted = {named(forked, who): kind for who, kind in evidence(node.ledger).items()}
        return Facts(
            deviated=["node"],
            evidence=convicted,
            harmed=head is not None or not convicted,
            lines=[
                f"blocks {_BEGUN} and on are shown anew, others than {len(CAST)} parties have seen",
                f"witnesses sign {'them as well' if head else 'none of them'}",
                f"the contract convicted {told(convicted)}",
            ],
        )


def cut_ledger(folder: Path) -> Facts:
    """A node takes the last blocks from its file, and goes on as if nobody had seen them."""
    with HardenedMarket.create(folder) as market:
        _pass_blocks(market, _LONG)
    with closing(sqlite3.connect(folder / FILE)) as file, file:
        file.execute("DELETE FROM checkpoint")
        for table in ("block", "entry"):
            file.execute(f"DELETE FROM {table} WHERE height > ?", (_BEGUN,))
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


def _shown(folder: Path, path: Path) -> HardenedMarket:
    """A market whose node shows its parties the ledger in another file, as if it were the one."""
    key, network = kept_key(Storage(folder / NODE)), Network(Faults(), Random(0))
    ledger = Ledger.open(path, key, HardenedContract)
    around = Surroundings(Node(ledger, network, key, Memory(folder / "another")), network)
    return HardenedMarket.gather(folder, CAST, around, Random(0))
