"""The ledger: what the paper takes a blockchain to give (I.A; III.A; III.F, "immutable ledger").

Every transaction names the ledger it is for, its author and the author's running number, and is
signed. The ledger checks these in turn and appends. That nobody signs for another is what the
`signer` of a transaction stands for: the holder of the key with which it was really signed.
"""

from spec.notation import (
    Machine,
    Map,
    Ordinal,
    Sort,
    action,
    all_of,
    exists,
    forall,
    implies,
    require,
    state,
)


class Party(Sort):
    """Whoever holds a key: a provider, a vendor, a consumer, an arbitrator."""


class Chain(Sort):
    """The name of a ledger."""


class Body(Sort):
    """What a transaction says."""


class Nonce(Ordinal):
    """An author's running number, from 0."""


class Position(Ordinal):
    """A place on the ledger, from 0."""


@state
class Ledger:
    name: Chain
    height: Position
    author: Map[Position, Party]
    nonce: Map[Position, Nonce]
    body: Map[Position, Body]
    next: Map[Party, Nonce]
    signed: Map[tuple[Party, Nonce, Body], bool]
    """What each party did sign for this ledger, as an onlooker who sees everything would know."""


def init(s: Ledger) -> None:
    """An empty ledger."""
    s.height = Position(0)
    s.author.reset()
    s.nonce.reset()
    s.body.reset()
    s.next.fill(Nonce(0))
    s.signed.fill(False)


@action
def submit(s: Ledger, chain: Chain, signer: Party, author: Party, n: Nonce, b: Body) -> None:
    """Somebody submits a transaction that names an author and that a signer has signed."""
    require(chain == s.name, "transaction is for this ledger")
    require(signer == author, "signature is the author's")
    require(n == s.next[author], "nonce is the author's next")

    p = s.height
    s.author[p] = author
    s.nonce[p] = n
    s.body[p] = b
    s.height += 1
    s.next[author] += 1
    s.signed[signer, n, b] = True


def authors_signed(s: Ledger) -> bool:
    """Whoever a transaction names as its author has signed it: none can repudiate (Abstract)."""
    return forall(
        Position,
        lambda p: implies(p < s.height, s.signed[s.author[p], s.nonce[p], s.body[p]]),
    )


def nothing_is_replayed(s: Ledger) -> bool:
    """An author's running number stands on the ledger once."""
    return forall(
        Position,
        Position,
        lambda p, q: implies(
            all_of(
                p < s.height,
                q < s.height,
                s.author[p] == s.author[q],
                s.nonce[p] == s.nonce[q],
            ),
            p == q,
        ),
    )


def a_party_signs_two_bodies(s: Ledger) -> bool:
    return exists(
        Position, Position, lambda p, q: all_of(p < q, q < s.height, s.body[p] != s.body[q])
    )


def numbers_are_used_up(s: Ledger) -> bool:
    """The running numbers on the ledger are below their author's next."""
    return forall(Position, lambda p: implies(p < s.height, s.nonce[p] < s.next[s.author[p]]))


ledger = Machine(
    name="ledger",
    state=Ledger,
    init=init,
    actions=(submit,),
    always=(authors_signed, nothing_is_replayed),
    sometimes=(a_party_signs_two_bodies,),
    lemmas=(numbers_are_used_up,),
    sizes={Party: 2, Chain: 2, Body: 2, Nonce: 3, Position: 4},
)
