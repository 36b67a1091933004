"""The keys of a party: the first, which names it, and those that have replaced one another.

A key is kept before the ledger hears of it, and which of those that are kept signs is read off the
ledger each time. So a party that stops at any moment, before its rotation is appended or after,
goes on with the key that is in force. None is thrown away: what was sealed for one can still be
under way when the next comes into force, and a ledger that was cut has the one before again.
"""

from collections.abc import Callable, Iterator, Sequence

import attrs

from impl.folder import SEED
from impl.ledger.keys import SigningKey
from impl.ledger.port import Ledger
from impl.ledger.transaction import Transaction, require, rotation
from impl.refusing import Refusing
from impl.storage import KEY, Storage


@attrs.define
class Keyring:
    """What a party signs with, and opens letters with. Raises Refused if a key cannot be read.

    Attributes:
        first: the key that names the party on every ledger.
        storage: where it keeps all that come after.
    """

    first: SigningKey
    storage: Storage
    _later: list[SigningKey] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        while not self.storage.missing(self._next_name):
            with Refusing(f"{self.storage.folder.name} can read its {self._next_name}"):
                self._later.append(SigningKey.from_seed(self.storage.get(self._next_name)))

    def __iter__(self) -> Iterator[SigningKey]:
        """All that are kept, the newest first."""
        return reversed([self.first, *self._later])

    def add(self, seed: bytes) -> None:
        """Keep the key of a seed, to be brought into force."""
        self.storage.put(self._next_name, seed)
        self._later.append(SigningKey.from_seed(seed))

    def renew(self, ledger: Ledger, randomness: Callable[[int], bytes]) -> None:
        """Keep another key, to be brought into force; the newest serves, if it never was.

        Args:
            randomness: gives so many bytes that nobody can foresee.
        """
        if self.coming(ledger) is None:
            self.add(randomness(SEED))

    def signing(self, ledger: Ledger) -> SigningKey:
        """The key in force; if that is not kept, the first, with which nothing is accepted."""
        in_force = self._had(ledger)[-1]
        return next((key for key in self if key.public == in_force), self.first)

    def has_in_force(self, ledger: Ledger) -> bool:
        """Whether the key in force is kept, so that what it signs is accepted."""
        return self.signing(ledger).public == self._had(ledger)[-1]

    def coming(self, ledger: Ledger) -> SigningKey | None:
        """The newest key, if it was never in force: it is to be."""
        return None if self._newest.public in self._had(ledger) else self._newest

    def rotation(self, ledger: Ledger, nonce: int) -> Transaction | None:
        """What brings the next key into force, if there is one.

        Raises Refused if the key in force is not kept: whoever replaced the last one that is has
        the identity.
        """
        if self._newest.public == self._had(ledger)[-1]:  # as most often
            return None
        require(self.has_in_force(ledger), "party has kept its key in force")
        new = self.coming(ledger)
        return None if new is None else rotation(ledger.identity, self.first.public, nonce, new)

    @property
    def _newest(self) -> SigningKey:
        return self._later[-1] if self._later else self.first

    def _had(self, ledger: Ledger) -> Sequence[bytes]:
        return ledger.keys_of(self.first.public)

    @property
    def _next_name(self) -> str:
        return f"{KEY}/{1 + len(self._later)}"
