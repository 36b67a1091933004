"""Genesis: what a ledger begins with, its block 0. Its digest is the ledger's identity.

The identity stands under every signature, so what is signed for one ledger is nothing on any other,
whatever people call them and however much else they have in common.
"""

from functools import cached_property
from typing import Self

import attrs

from impl.ledger.transaction import MalformedTransaction, check_fields, check_key
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode

_TYPES = {"version": int, "name": str, "node": bytes, "agreed": dict}
_VERSION = 1


@attrs.frozen
class Genesis:
    """What stands before the first transaction, and never changes.

    Attributes:
        name: what people call the ledger; others may have the same.
        node: who keeps it, by its public key, 32 bytes.
        agreed: what its contract begins with, in the contract's own terms.
    """

    name: str
    node: bytes
    agreed: dict[str, Value] = attrs.field(eq=encode, hash=False)

    def canonical(self) -> bytes:
        """Its bytes. Raises EncodingError if a field has none."""
        return encode(
            {"version": _VERSION, "name": self.name, "node": self.node, "agreed": self.agreed}
        )

    @cached_property
    def identity(self) -> bytes:
        """What its ledger is called under every signature, 32 bytes."""
        return digest("genesis", self.canonical())

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The genesis in these bytes. Raises MalformedTransaction, naming the place."""
        try:
            fields = decode(data)
        except EncodingError as error:
            raise MalformedTransaction(f"genesis: {error}") from None
        check_fields(fields, _TYPES, "genesis")
        match fields:
            case {"version": 1, "name": str(name), "node": bytes(node), "agreed": dict(agreed)}:
                check_key(node, "genesis.node")
                return cls(name, node, agreed)
        raise MalformedTransaction(f"genesis.version: not {_VERSION}: make one of that version")
