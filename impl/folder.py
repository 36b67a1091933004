"""What every marketplace's folder has: a file, the ledger, and a storage for each name.

In its storage each party keeps its key, and so does whoever keeps the ledger.
"""

from secrets import token_bytes

from impl.ledger.keys import SigningKey
from impl.storage import KEY, Storage

FILE = "ledger.db"
"""The file of the ledger."""
NODE = "ledger"
"""The name of the process that keeps the ledger, among those of the parties."""

SEED = 32
"""Bytes of what a key is made of."""


def new_key(storage: Storage, seed: bytes | None = None) -> SigningKey:
    """Keep the key of a seed in a storage; of none, a new one that nobody can foresee."""
    storage.put(KEY, seed or token_bytes(SEED))
    return kept_key(storage)


def has_key(storage: Storage) -> bool:
    """Whether a storage is one of somebody who has a key."""
    return not storage.missing(KEY)


def kept_key(storage: Storage) -> SigningKey:
    """The key in a storage. Raises KeyError."""
    return SigningKey.from_seed(storage.get(KEY))
