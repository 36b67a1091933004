"""The hardened marketplace at work: a ledger, a network, and parties that may stop at any time."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random, SystemRandom
from typing import Self, TypeAlias

import attrs

from impl.folder import FILE, NODE, kept_key, new_key
from impl.hardened.charter import QUOTA, Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.network import Faults, Network
from impl.hardened.parties.agenda import Agenda
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.parties.member import Member
from impl.hardened.parties.memory import Memory
from impl.hardened.parties.node import Node, Surroundings
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Beacon, Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.hardened.terms import Part, Terms
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger, LedgerCorrupt
from impl.ledger.sqlite import Ledger
from impl.ledger.witness import Followed
from impl.models.component import Component
from impl.quarrel.plan import Plan
from impl.storage import Storage

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
        passed_over: what is kept as blocks of the ledger's, and its node has not signed.
    """

    folder: Path
    around: Surroundings
    members: dict[str, Member]
    chance: Random
    crashes: Sequence[Crash] = ()
    acts: Counter[str] = attrs.field(factory=Counter)
    down: dict[str, int] = attrs.field(factory=dict)
    passed_over: Sequence[Followed] = ()
    _pending: Agenda = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._pending = Agenda(self._may_change)

    @classmethod
    def create(
        cls,
        folder: Path,
        cast: Cast = CAST,
        *,
        purse: int = PURSE,
        windows: int = WINDOW,
        quota: int = QUOTA,
        seed: int | None = 0,
        faults: Faults = NO_FAULTS,
        crashes: Sequence[Crash] = (),
        contract: type[HardenedContract] = HardenedContract,
        ledger: type[KeptLedger] = Ledger,
    ) -> Self:
        """A new marketplace, each party of which keeps its key in its own storage.

        Args:
            folder: where all of it is to be.
            cast: who takes part.
            purse: the money that each party starts with.
            windows: how many blocks a request may stay in each phase.
            quota: how many transactions of each party a block can have.
            seed: what everything follows from that is left to chance; None for what nobody can
                foresee.
            faults: what the network does to messages.
            crashes: what is to happen to whom.
            contract: what decides about transactions.
            ledger: what keeps them.

        Raises LedgerError if the folder has a ledger already, or none can begin so.
        """
        randomness = chance(seed).randbytes
        keys = {name: randomness(32) for name in (NODE, *cast)}
        parties = {name: SigningKey.from_seed(key).public for name, key in keys.items()}
        purses = {party: purse for name, party in parties.items() if name != NODE}
        lasting = dict.fromkeys(Phase, windows)
        witnesses = tuple(parties[n] for n, role in cast.items() if issubclass(role, Correspondent))
        charter = Charter(
            purses,
            parties["beacon"],
            parties[NODE],
            lasting,
            witnesses=witnesses,
            quorum=len(witnesses) // 2 + 1 if witnesses else 0,
            quota=quota,
        )
        genesis = Genesis("hardened", parties[NODE], charter.body())
        folder.mkdir(parents=True, exist_ok=True)
        key = SigningKey.from_seed(keys[NODE])
        appended = ledger.create(folder / FILE, genesis, key, contract)
        for name, kept in keys.items():
            new_key(Storage(folder / name), kept)
        network = Network(faults, chance(seed))
        node = Node(appended, network, key, Memory(folder / NODE))
        around = Surroundings(node, network, randomness=randomness)
        return cls.gather(folder, cast, around, chance(seed), crashes)

    @classmethod
    def open(
        cls,
        folder: Path,
        cast: Cast,
        *,
        reading: bool = False,
        ledger: type[KeptLedger] = Ledger,
    ) -> Self:
        """A marketplace as it was left in a folder, however that was.

        Each party begins again from its storage and the ledger. What was under way between them is
        gone, and is said again.

        Args:
            folder: where all of it is.
            cast: who takes part.
            reading: to look at it alone, also while another process goes on with it.
            ledger: what keeps its transactions.

        Raises:
            LedgerError: the ledger cannot be opened, or lacks what somebody has seen of it.
            KeyError: a party's key is gone.
        """
        key = kept_key(Storage(folder / NODE))
        network = Network(NO_FAULTS, SystemRandom())
        path, contract = folder / FILE, HardenedContract
        found = followed(folder, [*cast, NODE])
        kept = ledger.read(path, contract) if reading else ledger.open(path, key, contract)
        with ExitStack() as on_failure:
            on_failure.callback(kept.close)
            passed_over = _held(kept, found)
            node = Node(kept, network, key, Memory(folder / NODE))
            around = Surroundings(node, network)
            market = cls.gather(folder, cast, around, SystemRandom())
            market.passed_over = passed_over
            on_failure.pop_all()
        return market

    @classmethod
    def gather(
        cls,
        folder: Path,
        cast: Cast,
        around: Surroundings,
        chance: Random,
        crashes: Sequence[Crash] = (),
    ) -> Self:
        """The parties around a ledger, as they were left in a folder. Raises KeyError."""
        members = {name: role(name, Memory(folder / name), around) for name, role in cast.items()}
        return cls(folder, around, members, chance, crashes)

    @property
    def contract(self) -> HardenedContract:
        """The contract's state, which is public."""
        return self.around.node.contract

    @property
    def provider(self) -> Provider:
        """Who offers versions."""
        return next(m for m in self.members.values() if isinstance(m, Provider))

    @property
    def consumer(self) -> Consumer:
        """Who asks for outputs; of several, the first."""
        return next(m for m in self.members.values() if isinstance(m, Consumer))

    def named(self, party: bytes) -> str:
        """The name of a party by its identity on the ledger."""
        return next(name for name, member in self.members.items() if member.identity == party)

    def deploy(
        self,
        parts: Sequence[Component],
        rows: int = 1,
        *,
        api: str = "api",
        holders: Sequence[Collection[str]] | None = None,
        contributors: Sequence[str] | None = None,
        shares: Mapping[str, int] | None = None,
        spares: int = 1,
        face: bytes = b"",
    ) -> bytes:
        """Have the provider offer a version; its root.

        Everybody sets aside what a few requests need.

        Args:
            parts: the components, in order.
            rows: of an input.
            api: whose next version it is.
            holders: the vendors of each part, by name; unless given, each vendor holds every part.
            contributors: whose each part is, by name; unless given, the provider's.
            shares: hundredths of what is earned, by name; unless given, all are the provider's.
            spares: how many holders of a part may fail before a request does.
            face: the digest of what consumers see of the model, if that is bound.
        """
        for member in self.members.values():
            if isinstance(member, Backer) and member.wanted is None:
                member.set_aside(self.contract.charter.purses[member.identity] // 2)
        vendors = [name for name, m in self.members.items() if isinstance(m, Vendor)]
        named = [vendors] * len(parts) if holders is None else holders
        held = [[self.members[name].identity for name in names] for names in named]
        provider = self.provider
        owned = [provider.name] * len(parts) if contributors is None else contributors
        owners = [self._contributor(name) for name in owned]
        shared = {provider.name: 100} if shares is None else shares
        offered = [version.terms for version in self.contract.versions.values()]
        before = [
            terms.number
            for terms in offered
            if (terms.api, terms.provider) == (api, provider.identity)
        ]
        price = WAGE * (len(parts) + 1)
        plans = [Plan(part.program) for part in parts]
        number = max(before, default=0) + 1
        steps = [
            Part(owner.identity, tuple(some), owner.contribute(api, number, i, part.canonical()))
            for i, (part, some, owner) in enumerate(zip(parts, held, owners, strict=True))
        ]
        terms = Terms(
            api=api,
            number=number,
            provider=provider.identity,
            shares={self.members[name].identity: share for name, share in shared.items()},
            steps=steps,
            rows=rows,
            widths=[parts[0].program.takes, *(part.program.gives for part in parts)],
            spares=spares,
            costs=[price - WAGE * i for i in range(len(parts) + 1)],
            stake=price + TOLL,
            toll=TOLL,
            rounds=[plan.halvings(rows) for plan in plans],
            face=face,
        )
        root = provider.offer(terms)
        for name in shared:
            if name != provider.name:
                self._contributor(name).agree(root)
        return root

    def model(self, version: bytes) -> list[bytes]:
        """The components of a version that was offered, each after its secret. Raises Refused.

        Who is given them can tell which step is wrong, and dispute it.
        """
        parts = self.provider.terms(version).steps
        named = [self.named(part.provider) for part in parts]
        owners = map(self._contributor, named)
        return [who.contributed(part.bound) for who, part in zip(owners, parts, strict=True)]

    def _contributor(self, name: str) -> Provider:
        """A party of whom a version can have a part."""
        member = self.members[name]
        assert isinstance(member, Provider)  # nobody else can contribute
        return member

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
        """Whether something is under way or to be said again, a deadline left, or somebody down."""
        is_busy = self.around.network.is_busy or self.around.node.failure
        is_held_up = any(member.is_held_up for member in self.members.values())
        pending = self._pending.look(self.contract, self.around.node.ledger.height)
        left = map(self._left, pending)
        return bool(self.down or is_busy or is_held_up or any(left))

    def _left(self, made: Request) -> int:
        """The blocks after which more can be done about a request than now."""
        if made.phase is Phase.WINDOW and self.contract.audits_left(made):
            return self.contract.left_to_auditors(made)
        return self.contract.left(made)

    def _may_change(self, made: Request) -> bool:
        return not made.is_over or self.contract.left(made) > 0

    def close(self) -> None:
        """Let go of the ledger, and of what each party keeps."""
        for member in self.members.values():
            member.storage.close()
        self.around.node.storage.close()
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
            stopped.storage.close()
            self.around.network.forget(stopped.identity)
            storage = Memory(stopped.storage.folder)
            self.members[name] = type(stopped)(name, storage, self.around)


def chance(seed: int | None) -> Random:
    """What follows from a seed; without one, the system's randomness."""
    return SystemRandom() if seed is None else Random(seed)


def followed(folder: Path, names: Iterable[str]) -> Sequence[Followed]:
    """What parties, and the node, keep as the blocks to which they have followed a market's ledger.

    It is read before the ledger is: that grows meanwhile.
    """
    found = list[Followed]()
    for name in names:
        with closing(Storage(folder / name)) as storage:
            found += Followed.of(name, storage)
    return found


def _held(ledger: KeptLedger, found: Sequence[Followed]) -> Sequence[Followed]:
    """See that a ledger has all to which it was followed; of that, what it need not have.

    Else its node would go on from less, and have signed two histories, honest as it is. Raises
    LedgerCorrupt, naming who knows of what it lacks.
    """
    passed_over = []
    for each in found:
        known = each.known(ledger.genesis)
        if known is None:
            passed_over.append(each)
            continue
        try:
            ledger.see(known)
        except LedgerCorrupt as error:
            both = _signed_instead(ledger, known.block.height)
            raise LedgerCorrupt(f"{error}{both}: {each.told}") from None
    return passed_over


def _signed_instead(ledger: KeptLedger, height: int) -> str:
    """That a ledger's node has signed the block that stands there, if so it is."""
    stands = [each.is_signed_with(ledger.genesis.node) for each in ledger.blocks(height, height)]
    return ", and its node has signed both" if any(stands) else ""
