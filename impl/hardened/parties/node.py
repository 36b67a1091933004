"""The process that keeps the ledger, and what else all parties share."""

from collections.abc import Callable, Sequence
from secrets import token_bytes

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.dispute import Claim
from impl.hardened.network import Network
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger, LedgerCorrupt, LedgerError
from impl.ledger.transaction import Refused, Transaction

LEDGER = b"ledger"
"""Where the ledger is to be found on the network."""


@attrs.define
class Node:
    """The process that keeps the ledger.

    Attributes:
        key: what blocks are announced with.
        refused: of each request, the records of its steps that holders have signed and that were
            not appended, for everybody to see; gone when nothing is at stake any more, or the
            process stops.
        failure: why what arrived last could not be written, if it could not.
    """

    ledger: Ledger
    network: Network
    key: SigningKey
    refused: dict[bytes, list[Claim]] = attrs.field(factory=dict)
    failure: str = ""

    @property
    def contract(self) -> HardenedContract:
        """The contract's state, which is public."""
        assert isinstance(self.ledger.contract, HardenedContract)  # it was opened with one
        return self.ledger.contract

    def act(self) -> bool:
        """Append what has arrived, as a block; whether anything has."""
        batch = list(iter(lambda: self.network.receive(LEDGER), None))
        if batch:
            for data, outcome in zip(batch, self._append(batch), strict=True):
                if isinstance(outcome, Refused):
                    self._remember(data)
        return bool(batch)

    def _append(self, batch: Sequence[bytes]) -> Sequence[int | Refused]:
        """Append a batch; of each its position, or why it is left out.

        What cannot be written, for want of room among other reasons, is lost, and said again in the
        next block; until it can be, none passes. A ledger that is corrupt is no such reason.
        """
        self.failure = ""
        try:
            return self.ledger.append(batch)
        except LedgerCorrupt:
            raise
        except LedgerError as error:
            self.failure = str(error)
            return [Refused(self.failure)] * len(batch)

    def _remember(self, data: bytes) -> None:
        """Remember what was refused, if it can become a second record.

        Of two outputs for a step at least one is not what its holder records: no third is needed.
        """
        claim = self.contract.claim(data)
        if claim is None:
            return
        known = self.refused.setdefault(claim.request, [])
        same = [each for each in known if (each.step, each.holder) == (claim.step, claim.holder)]
        if claim not in same and len(same) < 2:
            known.append(claim)

    def pass_block(self) -> None:
        """A block passes."""
        requests = self.contract.requests
        self.refused = {
            name: claims for name, claims in self.refused.items() if not requests[name].is_done
        }
        ledger, author = self.ledger, self.key.public
        tick = Transaction(ledger.identity, "tick", author, ledger.next_nonce(author), {})
        self._append([tick.signed(self.key)])
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
