"""A ledger's contract that counts, and transactions for it."""

import attrs

from impl.ledger.keys import SigningKey
from impl.ledger.transaction import Refused, Transaction
from spec.bytes.encoding import Value

ALICE, BOB = (SigningKey.from_seed(bytes([seed]) * 32) for seed in (1, 2))


@attrs.define
class Tally:
    """A contract that counts what each author adds, and takes nothing below one."""

    counts: dict[bytes, int] = attrs.field(factory=dict)

    def fresh(self) -> "Tally":
        return Tally()

    def apply(self, transaction: Transaction) -> None:
        match transaction.body:
            case {"add": int(added)} if added >= 1:
                author = transaction.author
                self.counts[author] = self.counts.get(author, 0) + added
            case _:
                raise Refused("something is added")


def add(
    nonce: int,
    added: int = 1,
    *,
    ledger: str = "main",
    author: SigningKey = ALICE,
    signer: SigningKey | None = None,
) -> bytes:
    body: dict[str, Value] = {"add": added}
    return Transaction(ledger, "add", author.public, nonce, body).signed(signer or author)


def adds(first: int, count: int) -> list[bytes]:
    return [add(nonce) for nonce in range(first, first + count)]
