"""What the paper's marketplaces have in common when they are at work."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeAlias, TypeVar

import attrs

from impl.folder import FILE, NODE, kept_key, new_key
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Begin, KeptLedger
from impl.ledger.sqlite import Ledger
from impl.paper.member import Member
from impl.storage import Storage
from spec.bytes.encoding import Value

M = TypeVar("M", bound=Member)
R = TypeVar("R", bound=Member)

Keys: TypeAlias = Mapping[str, SigningKey]
"""The key of each party, and of the ledger's node, by name."""


@attrs.define
class PaperMarket(ABC, Generic[M]):
    """A ledger, and the parties around it, each with a storage of its own, in one folder.

    Attributes:
        variant: what the genesis is called.
        begin: the contract of its ledger.
        node: the key of who keeps the ledger.
        members: the parties by name.
    """

    variant: ClassVar[str]
    begin: ClassVar[Begin]

    ledger: KeptLedger
    node: SigningKey
    members: dict[str, M]

    @classmethod
    def create(
        cls, folder: Path, cast: Mapping[str, type[M]], ledger: type[KeptLedger] = Ledger
    ) -> Self:
        """A new marketplace, whose parties have new keys.

        Args:
            folder: where all of it is to be.
            cast: who takes part, by name.
            ledger: what keeps transactions.

        Raises LedgerError if the folder has a ledger already.
        """
        keys = {name: new_key(Storage(folder / name)) for name in (NODE, *cast)}
        genesis = Genesis(cls.variant, keys[NODE].public, cls.agreed(cast, keys))
        appended = ledger.create(folder / FILE, genesis, keys[NODE], cls.begin)
        return cls.gather(appended, folder, cast, keys)

    @classmethod
    def open(
        cls,
        folder: Path,
        cast: Mapping[str, type[M]],
        *,
        reading: bool = False,
        ledger: type[KeptLedger] = Ledger,
    ) -> Self:
        """A marketplace as it was left in a folder; what parties were about to do, they do.

        Args:
            folder: where all of it is.
            cast: who takes part, by name.
            reading: to look at it alone, also while another process goes on with it.
            ledger: what keeps its transactions.

        Raises:
            LedgerError: the ledger cannot be opened.
            KeyError: a party's key is gone.
        """
        keys = {name: kept_key(Storage(folder / name)) for name in (NODE, *cast)}
        path, begin = folder / FILE, cls.begin
        kept = ledger.read(path, begin) if reading else ledger.open(path, keys[NODE], begin)
        market = cls.gather(kept, folder, cast, keys)
        if not reading:
            for member in market.members.values():
                member.resume()
        return market

    @classmethod
    @abstractmethod
    def gather(
        cls, ledger: KeptLedger, folder: Path, cast: Mapping[str, type[M]], keys: Keys
    ) -> Self:
        """The parties around a ledger, as they were left in a folder."""

    @classmethod
    def agreed(cls, cast: Mapping[str, type[M]], keys: Keys) -> dict[str, Value]:
        """What the contract begins with; by itself, nothing."""
        return {}

    def named(self, identity: bytes) -> str:
        """The name of a party by its identity on the ledger; of a stranger, the identity."""
        names = (name for name, member in self.members.items() if member.identity == identity)
        return next(names, identity.hex())

    def member(self, name: str, role: type[R]) -> R:
        """The party of a name, who has a role."""
        found = self.members[name]
        assert isinstance(found, role)  # by its cast
        return found

    def of_role(self, role: type[R]) -> list[R]:
        """The parties of a role, in order."""
        return [member for member in self.members.values() if isinstance(member, role)]

    def close(self) -> None:
        """Let go of the ledger, and of what each party keeps."""
        for member in self.members.values():
            member.storage.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
