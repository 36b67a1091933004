"""The process that keeps the ledger, and what else all parties share."""

from collections.abc import Callable
from secrets import token_bytes

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.network import Network
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import (
    MalformedTransaction,
    Refused,
    SignedTransaction,
    Transaction,
    parse,
)

LEDGER = b"ledger"
"""Where the ledger is to be found on the network."""


@attrs.define
class Node:
    """The process that keeps the ledger.

    Attributes:
        key: what blocks are announced with.
        refused: what was sent and not appended, for everybody to see; gone when the process stops.
    """

    ledger: Ledger
    network: Network
    key: SigningKey
    refused: dict[bytes, SignedTransaction] = attrs.field(factory=dict)

    @property
    def contract(self) -> HardenedContract:
        """The contract's state, which is public."""
        assert isinstance(self.ledger.contract, HardenedContract)  # it was opened with one
        return self.ledger.contract

    def act(self) -> bool:
        """Append what has arrived, as a block; whether anything has."""
        batch = list(iter(lambda: self.network.receive(LEDGER), None))
        if batch:
            outcomes = self.ledger.append(batch)
            for data, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Refused) and not isinstance(outcome, MalformedTransaction):
                    self.refused[data] = parse(data)
        return bool(batch)

    def pass_block(self) -> None:
        """A block passes."""
        ledger, author = self.ledger, self.key.public
        tick = Transaction(ledger.identity, "tick", author, ledger.next_nonce(author), {})
        ledger.submit(tick.signed(self.key))
        self.network.pass_block()

    def restart(self) -> "Node":
        """The process stops, and begins again from the file."""
        self.ledger.close()
        self.network.forget(LEDGER)
        ledger = type(self.ledger).open(self.ledger.path, self.key, type(self.contract))
        return type(self)(ledger, self.network, self.key)


@attrs.define
class Surroundings:
    """What all parties share.

    Attributes:
        locks: for what messages to each party are sealed.
        randomness: gives so many bytes that nobody can foresee.
    """

    node: Node
    network: Network
    locks: dict[bytes, bytes] = attrs.field(factory=dict)
    randomness: Callable[[int], bytes] = token_bytes
