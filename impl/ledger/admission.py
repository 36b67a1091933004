"""Who may say what on a ledger: what is asked of a transaction before its contract is asked.

Which key a party signs with is the ledger's business, and no contract's. A party's first key, which
names it, counts until the party brings another into force.
"""

from collections.abc import Sequence

import attrs

from impl.ledger.port import Contract, Judge
from impl.ledger.transaction import (
    ROTATE,
    SignedTransaction,
    Transaction,
    parse,
    parse_rotation,
    proves,
    require,
)
from impl.ledger.undo import Undoable


@attrs.define
class Admission(Undoable):
    """What a ledger asks, and what it must remember for that, wherever it is kept.

    Attributes:
        ledger: the ledger's identity, which its transactions must bear.
        contract: the contract, as all transactions so far have left it.
    """

    ledger: bytes
    contract: Contract
    _next: dict[bytes, int] = attrs.field(factory=dict, init=False)
    _keys: dict[bytes, list[bytes]] = attrs.field(factory=dict, init=False)
    _had: set[tuple[bytes, bytes]] = attrs.field(factory=set, init=False)

    def next_nonce(self, author: bytes) -> int:
        """The running number that the author's next transaction must bear."""
        return self._next.get(author, 0)

    def keys_of(self, author: bytes) -> Sequence[bytes]:
        """The keys that the author has had, in order; the last is in force."""
        return self._keys.get(author, [author])

    def admit(self, data: bytes) -> None:
        """Check a transaction, in the order of the specification, and carry it out.

        Raises Refused; what the contract has changed by then is to be undone.
        """
        signed = parse(data)
        transaction = signed.transaction
        self._check_ledger(transaction)
        self._check_signature(signed)
        self._check_nonce(transaction)
        if transaction.kind == ROTATE:
            self._rotate(transaction)
        else:
            self.contract.apply(transaction)
        self._next[transaction.author] = transaction.nonce + 1

    def _check_ledger(self, transaction: Transaction) -> None:
        require(transaction.ledger == self.ledger, "transaction is for this ledger")

    def _check_signature(self, signed: SignedTransaction) -> None:
        # In one thread: a second one saved a quarter on an idle machine, and on a busy one cost two
        # thirds more, by waiting for the interpreter after every signature.
        in_force = self.keys_of(signed.transaction.author)[-1]
        require(signed.is_signed_with(in_force), "signature is the author's")

    def _check_nonce(self, transaction: Transaction) -> None:
        nonce = self.next_nonce(transaction.author)
        require(transaction.nonce == nonce, "nonce is the author's next")

    def _rotate(self, transaction: Transaction) -> None:
        """Replace a key by one that the author never had before, and has now.

        It may be another party's, and even name that party: what is signed names its author, and
        nobody can bring a key into force, or keep others from it, without having it.
        """
        author = transaction.author
        key, proof = parse_rotation(transaction)
        self.contract.hear(transaction)
        is_new = key != author and (author, key) not in self._had
        require(is_new, "key is new to the author")
        require(proves(transaction, key, proof), "new key has signed as well")
        self._keys.setdefault(author, [author]).append(key)
        self._had.add((author, key))
        if isinstance(self.contract, Judge):
            self.contract.replace_key(author, key)
