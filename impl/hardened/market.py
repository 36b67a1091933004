"""The hardened marketplace at work: a ledger, a network, and parties that may stop at any time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Self, TypeAlias

import attrs

from impl.hardened.charter import Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.network import Faults, Network
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.member import Member
from impl.hardened.parties.memory import Memory
from impl.hardened.parties.node import Node, Surroundings
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Beacon, Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.terms import Terms
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.models.model import Component
from impl.quarrel.outline import Outline

NODE = "ledger"
"""The name of the process that keeps the ledger, among those of the parties."""
PURSE = 1000
"""The money that each party starts with."""
WINDOW = 8
"""Blocks for each phase; on a network without faults, two are enough for anything."""
WAGE, TOLL = 10, 5
"""What a step and the provider are paid for a request, and what a demand costs."""

NO_FAULTS = Faults()

Cast: TypeAlias = Mapping[str, type[Member]]
"""Who takes part, by name."""
CAST: Cast = {
    "provider": Provider,
    "vendor0": Vendor,
    "vendor1": Vendor,
    "vendor2": Vendor,
    "consumer": Consumer,
    "beacon": Beacon,
    "watcher": Watcher,
}


@attrs.frozen
class Crash:
    """A process stops after so many acts, forgets all that it has not kept, and begins again.

    Attributes:
        name: the party's, or that of the process that keeps the ledger.
        acts: after how many acts.
        blocks: how many blocks pass before it begins again; none while there is no ledger.
    """

    name: str
    acts: int
    blocks: int = 0


@attrs.define
class HardenedMarket:
    """A ledger, a network and the parties around them, in one folder.

    Attributes:
        chance: decides who acts next.
        crashes: what is to happen to whom.
        acts: how often each process has acted.
        down: the block in which each process that is down begins again.
    """

    folder: Path
    around: Surroundings
    members: dict[str, Member]
    chance: Random
    crashes: Sequence[Crash] = ()
    acts: Counter[str] = attrs.field(factory=Counter)
    down: dict[str, int] = attrs.field(factory=dict)

    @classmethod
    def create(
        cls,
        folder: Path,
        cast: Cast = CAST,
        *,
        windows: int = WINDOW,
        seed: int = 0,
        faults: Faults = NO_FAULTS,
        crashes: Sequence[Crash] = (),
        contract: type[HardenedContract] = HardenedContract,
        ledger: type[Ledger] = Ledger,
    ) -> Self:
        """A new marketplace, in which everything that is left to chance follows from a seed.

        A request may stay so many blocks in each phase.
        """
        folder.mkdir(parents=True, exist_ok=True)
        randomness = Random(seed).randbytes
        keys = {name: randomness(32) for name in (NODE, *cast)}
        parties = {name: SigningKey.from_seed(key).public for name, key in keys.items()}
        purses = {party: PURSE for name, party in parties.items() if name != NODE}
        lasting = dict.fromkeys(Phase, windows)
        charter = Charter(purses, parties["beacon"], parties[NODE], lasting)
        genesis = Genesis("market", parties[NODE], charter.body())
        key = SigningKey.from_seed(keys[NODE])
        appended = ledger.create(folder / "ledger.db", genesis, key, contract)
        network = Network(faults, Random(seed))
        node = Node(appended, network, key)
        around = Surroundings(node, network, randomness=randomness)
        members = {}
        for name, role in cast.items():
            storage = Memory(folder / name)
            storage.put("key", keys[name])
            members[name] = role(name, storage, around)
        return cls(folder, around, members, Random(seed), crashes)

    @property
    def contract(self) -> HardenedContract:
        """The contract's state, which is public."""
        return self.around.node.contract

    @property
    def provider(self) -> Provider:
        """Who offers versions."""
        provider = self.members["provider"]
        assert isinstance(provider, Provider)  # the cast has one of that name
        return provider

    @property
    def consumer(self) -> Consumer:
        """Who asks for outputs."""
        consumer = self.members["consumer"]
        assert isinstance(consumer, Consumer)  # the cast has one of that name
        return consumer

    def named(self, party: bytes) -> str:
        """The name of a party by its identity on the ledger."""
        return next(name for name, member in self.members.items() if member.identity == party)

    def deploy(self, parts: Sequence[Component], rows: int = 1) -> bytes:
        """Have the provider offer parts that every vendor holds, for so many rows; the root.

        Everybody sets aside what a few requests need.
        """
        vendors = [m.identity for m in self.members.values() if isinstance(m, Vendor)]
        for member in self.members.values():
            if isinstance(member, Backer):
                member.set_aside(PURSE // 2)
        price = WAGE * (len(parts) + 1)
        steps = [Outline.of(part).steps(rows) for part in parts]
        draft = Terms(
            api="api",
            number=1,
            provider=self.provider.identity,
            shares={self.provider.identity: 100},
            steps=[dict.fromkeys(vendors, b"") for _ in parts],
            spares=1,
            costs=[price - WAGE * i for i in range(len(parts) + 1)],
            stake=price + TOLL,
            toll=TOLL,
            rounds=[(count - 1).bit_length() for count in steps],
        )
        return self.provider.offer(draft, [part.canonical() for part in parts])

    def run(self, blocks: int) -> None:
        """Let blocks pass until nothing happens any more, but no more than so many."""
        for _ in range(blocks):
            if not self.pass_block():
                return

    def pass_block(self) -> bool:
        """Everybody does what is due, as chance orders it, and a block passes.

        Whether anybody did anything, or still may.
        """
        for name in [name for name, block in self.down.items() if block <= self.contract.now]:
            self._begin_again(name)
        before = self.acts.total()
        while sum(self._act(name) for name in self._in_any_order()):
            pass
        goes_on = self.acts.total() > before or self._waits()
        self.around.node.pass_block()
        return goes_on

    def _waits(self) -> bool:
        """Whether something is under way, a deadline is ahead, or somebody is down."""
        left = map(self.contract.left, self.contract.requests.values())
        return bool(self.down or self.around.network.is_busy or any(left))

    def close(self) -> None:
        """Let go of the ledger."""
        self.around.node.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _in_any_order(self) -> Sequence[str]:
        names = [name for name in (NODE, *self.members) if name not in self.down]
        self.chance.shuffle(names)
        return names

    def _act(self, name: str) -> bool:
        """Let a process act, and stop it if that is to happen now; whether it did anything."""
        process = self.around.node if name == NODE else self.members[name]
        acted = process.act()
        self.acts[name] += acted
        for crash in self.crashes:
            if acted and (crash.name, crash.acts) == (name, self.acts[name]):
                self._stop(crash)
        return acted

    def _stop(self, crash: Crash) -> None:
        if crash.name == NODE or not crash.blocks:
            self._begin_again(crash.name)
        else:
            self.down[crash.name] = self.contract.now + crash.blocks

    def _begin_again(self, name: str) -> None:
        """A process begins from what it has kept; what arrived while it was down is gone."""
        self.down.pop(name, None)
        if name == NODE:
            self.around.node = self.around.node.restart()
        else:
            stopped = self.members[name]
            self.around.network.forget(stopped.identity)
            storage = Memory(stopped.storage.folder)
            self.members[name] = type(stopped)(name, storage, self.around)
