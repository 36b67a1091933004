"""A ledger's contract that counts, and transactions for it."""

import attrs

from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Agreed, Contract
from impl.ledger.transaction import Refused, Transaction, check_fields
from spec.bytes.encoding import Value

ALICE, BOB, NODE = (SigningKey.from_seed(bytes([seed]) * 32) for seed in (1, 2, 3))
MAIN, OTHER = (Genesis(name, NODE.public, {}) for name in ("main", "other"))


@attrs.define
class Tally(Contract):
    """A contract that counts what each author adds, and takes nothing below one."""

    genesis: Agreed[Genesis]
    counts: dict[bytes, int] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        check_fields(self.genesis.agreed, {}, "genesis.agreed")

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
    ledger: Genesis = MAIN,
    author: SigningKey = ALICE,
    signer: SigningKey | None = None,
) -> bytes:
    body: dict[str, Value] = {"add": added}
    return Transaction(ledger.identity, "add", author.public, nonce, body).signed(signer or author)


def adds(first: int, count: int) -> list[bytes]:
    return [add(nonce) for nonce in range(first, first + count)]
