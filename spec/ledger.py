"""The ledger: what the paper takes a blockchain to give (I.A; III.A; III.F, "immutable ledger").

Every transaction names the ledger it is for, its author and the author's running number, and is
signed. The ledger checks these in turn and appends. Of each party one key is in force, which the
party replaces by a transaction; what stands on the ledger by then stays.

Who really signed a transaction, its `signer`, no ledger sees: whoever made the key, or a thief. A
thief that is first to replace a key keeps the identity: a ledger cannot tell it from the owner.
"""

import attrs

from spec.notation import (
    Fun,
    Machine,
    Map,
    Ordinal,
    Sort,
    action,
    all_of,
    exists,
    forall,
    implies,
    not_,
    require,
    state,
)


class Party(Sort):
    """An identity: a provider, a vendor, a consumer, an arbitrator."""


class Key(Sort):
    """What signs."""


class Chain(Sort):
    """The identity of a ledger, whatever people call it."""


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
    key: Map[Position, Key]
    """With which key each transaction is signed."""
    rotates: Map[Position, bool]
    """Which transactions replace their author's key."""
    next: Map[Party, Nonce]
    in_force: Map[Party, Key]
    used: Map[tuple[Party, Key], bool]
    """Which keys are or were in force."""

    stolen: Map[Key, bool]
    """Which keys anybody can sign with, as an onlooker who sees everything would know."""
    signer: Map[Position, Party]
    """Who really signed each transaction, as an onlooker who sees everything would know."""
    exposed: Map[Position, bool]
    """Whether others than its author could sign a transaction when it was put on the ledger."""

    maker: Fun[[Key], Party]
    """Whose secret a key was made with."""
    first: Fun[[Party], Key]
    """The key that a party starts with, which is its name on every ledger."""
    old_keys_count: Fun[[], bool]
    """Whether any key counts that the author ever had: a fault, not the ledger's."""


def init(s: Ledger) -> None:
    """An empty ledger, before any theft."""
    s.height = Position(0)
    s.author.reset()
    s.nonce.reset()
    s.body.reset()
    s.key.reset()
    s.rotates.fill(False)
    s.next.fill(Nonce(0))
    s.in_force.fill_by(lambda a: s.first(a))
    s.used.fill_by(lambda at: at[1] == s.first(at[0]))
    s.stolen.fill(False)
    s.signer.reset()
    s.exposed.fill(False)


@action
def submit(
    s: Ledger, chain: Chain, signer: Party, k: Key, author: Party, n: Nonce, b: Body
) -> None:
    """Somebody submits a transaction that names an author and is signed with a key."""
    require_signed(s, chain, signer, k, author, n)

    s.body[s.height] = b
    s.rotates[s.height] = False
    append(s, signer, k, author, n)


@action
def rotate(
    s: Ledger, chain: Chain, signer: Party, k: Key, author: Party, n: Nonce, new: Key
) -> None:
    """The author's key is replaced; both keys sign."""
    require_signed(s, chain, signer, k, author, n)
    require(not_(s.used[author, new]), "key is new to the author")
    require(can_sign(s, signer, new), "new key has signed as well")

    s.rotates[s.height] = True
    append(s, signer, k, author, n)
    s.in_force[author] = new
    s.used[author, new] = True


@action
def steal(s: Ledger, k: Key) -> None:
    """A key gets into the hands of others, off the ledger."""
    s.stolen[k] = True


def can_sign(s: Ledger, p: Party, k: Key) -> bool:
    """Whether a party has the secret of a key."""
    return (s.maker(k) == p) | s.stolen[k]


def is_safe(s: Ledger, author: Party) -> bool:
    """Whether nobody else can sign for a party now."""
    k = s.in_force[author]
    return (s.maker(k) == author) & not_(s.stolen[k])


def require_signed(s: Ledger, chain: Chain, signer: Party, k: Key, author: Party, n: Nonce) -> None:
    """Nobody can sign without the key; all else the ledger checks."""
    require(can_sign(s, signer, k), "signer has the key")
    require(chain == s.name, "transaction is for this ledger")
    counts = (k == s.in_force[author]) | (s.old_keys_count() & s.used[author, k])
    require(counts, "signature is the author's")
    require(n == s.next[author], "nonce is the author's next")


def append(s: Ledger, signer: Party, k: Key, author: Party, n: Nonce) -> None:
    """A transaction takes the next place."""
    p = s.height
    s.author[p] = author
    s.nonce[p] = n
    s.key[p] = k
    s.signer[p] = signer
    s.exposed[p] = not_(is_safe(s, author))
    s.height += 1
    s.next[author] += 1


def authors_signed(s: Ledger) -> bool:
    """Whoever a transaction names has signed it, and cannot repudiate it (Abstract).

    Unless others could sign for its author at that time.
    """
    return forall(
        Position,
        lambda p: implies(p < s.height, (s.signer[p] == s.author[p]) | s.exposed[p]),
    )


def only_thefts_expose(s: Ledger) -> bool:
    """Others can sign for a party only after a theft of a key that is or was in force of it."""
    return forall(
        Party,
        lambda a: is_safe(s, a) | exists(Key, lambda k: s.used[a, k] & s.stolen[k]),
    )


def replaced_keys_sign_nothing(s: Ledger) -> bool:
    """A key that was replaced signs nothing from then on: the harm of a theft ends there."""
    return forall(
        Position,
        Position,
        lambda p, q: implies(
            all_of(p < q, q < s.height, s.rotates[p], s.author[p] == s.author[q]),
            s.key[p] != s.key[q],
        ),
    )


def accepted_stays_authentic(s: Ledger) -> bool:
    """What stands on the ledger is signed with a key that is or was its author's."""
    return forall(Position, lambda p: implies(p < s.height, s.used[s.author[p], s.key[p]]))


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


def a_theft_is_ended(s: Ledger) -> bool:
    """A thief has signed for a party, which has replaced the key since."""
    return exists(
        Position,
        lambda p: all_of(p < s.height, s.signer[p] != s.author[p], is_safe(s, s.author[p])),
    )


def an_identity_is_lost(s: Ledger) -> bool:
    """A thief was first to replace a key."""
    return exists(
        Position,
        lambda p: all_of(p < s.height, s.rotates[p], s.signer[p] != s.author[p]),
    )


def numbers_are_used_up(s: Ledger) -> bool:
    """The running numbers on the ledger are below their author's next."""
    return forall(Position, lambda p: implies(p < s.height, s.nonce[p] < s.next[s.author[p]]))


def keys_in_force_are_used(s: Ledger) -> bool:
    """A key in force can come into force no more."""
    return forall(Party, lambda a: s.used[a, s.in_force[a]])


def replaced_keys_are_not_in_force(s: Ledger) -> bool:
    """The key that signed a replacement is the one replaced."""
    return forall(
        Position,
        lambda p: implies((p < s.height) & s.rotates[p], s.key[p] != s.in_force[s.author[p]]),
    )


def parties_make_their_first_keys(s: Ledger) -> bool:
    """Nobody has another's name."""
    return forall(Party, lambda a: s.maker(s.first(a)) == a)


ledger = Machine(
    name="ledger",
    state=Ledger,
    init=init,
    actions=(submit, rotate, steal),
    always=(
        authors_signed,
        only_thefts_expose,
        nothing_is_replayed,
        replaced_keys_sign_nothing,
        accepted_stays_authentic,
    ),
    sometimes=(a_party_signs_two_bodies, a_theft_is_ended, an_identity_is_lost),
    lemmas=(numbers_are_used_up, keys_in_force_are_used, replaced_keys_are_not_in_force),
    assumptions=(parties_make_their_first_keys,),
    definitions={"old_keys_count": lambda: False},
    symmetric=(Chain, Party, Key, Body),
    sizes={Party: 2, Chain: 2, Key: 3, Body: 2, Nonce: 3, Position: 3},
)

ledger_without_rotation = attrs.evolve(
    ledger,
    name="ledger_without_rotation",
    always=(only_thefts_expose, nothing_is_replayed, accepted_stays_authentic),
    refuted=(replaced_keys_sign_nothing, authors_signed),
    definitions={"old_keys_count": lambda: True},
)
"""The ledger if it took any key that its author ever had."""
