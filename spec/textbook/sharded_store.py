"""A sharded key-value store: each key has one owner, and moves to another with its value.

After the sharded key-value store among the examples of mypyvy (Wilcox et al., CAV 2024). IronFleet
(Hawblitzel et al., SOSP 2015) proves an implementation of such a store.
"""

from spec.notation import (
    Machine,
    Map,
    Sort,
    action,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    state,
)


class Node(Sort):
    pass


class Key(Sort):
    pass


class Content(Sort):
    pass


@state
class ShardedStore:
    table: Map[tuple[Node, Key, Content], bool]
    """What a node has stored."""
    owner: Map[tuple[Node, Key], bool]
    sent: Map[tuple[Node, Key, Content], bool]
    """Keys on their way to a node, with what is stored under them."""


def init(s: ShardedStore) -> None:
    """Each key has at most one owner, and nothing is stored."""
    require(one_owner(s), "each key has at most one owner")
    s.table.fill(False)
    s.sent.fill(False)


@action
def reshard(s: ShardedStore, a: Node, b: Node, k: Key, v: Content) -> None:
    """A node hands a key over to another."""
    require(s.table[a, k, v], "node has stored the value")
    s.table[a, k, v] = False
    s.owner[a, k] = False
    s.sent[b, k, v] = True


@action
def receive(s: ShardedStore, n: Node, k: Key, v: Content) -> None:
    """A node takes a key over."""
    require(s.sent[n, k, v], "key is on its way to the node")
    s.sent[n, k, v] = False
    s.table[n, k, v] = True
    s.owner[n, k] = True


@action
def put(s: ShardedStore, n: Node, k: Key, v: Content) -> None:
    """The owner of a key stores a value under it, for the first time or in place of the last."""
    require(s.owner[n, k], "node owns the key")

    def stored(at: tuple[Node, Key, Content]) -> bool:
        node, key, content = at
        return ite((node == n) & (key == k), content == v, s.table[node, key, content])

    s.table.fill_by(stored)


def keys_are_unique(s: ShardedStore) -> bool:
    """A key is stored at one node, with one value."""
    return forall(
        Key,
        lambda k: forall(
            Node,
            Content,
            lambda a, v: forall(
                Node,
                Content,
                lambda b, w: implies(s.table[a, k, v] & s.table[b, k, w], (a == b) & (v == w)),
            ),
        ),
    )


def moved(s: ShardedStore) -> bool:
    """A value can be stored while another is on its way."""
    return exists(
        Node,
        Key,
        Content,
        lambda n, k, v: s.table[n, k, v] & exists(Node, Key, lambda m, j: s.sent[m, j, v]),
    )


# The strengthening that makes `keys_are_unique` inductive: a key is owned or on its way, once.


def one_owner(s: ShardedStore) -> bool:
    """A key has at most one owner."""
    return forall(Node, Node, Key, lambda a, b, k: implies(s.owner[a, k] & s.owner[b, k], a == b))


def stored_by_owner(s: ShardedStore) -> bool:
    """What a node has stored under a key, it owns."""
    return forall(Node, Key, Content, lambda n, k, v: implies(s.table[n, k, v], s.owner[n, k]))


def sent_is_not_owned(s: ShardedStore) -> bool:
    """A key on its way has no owner."""
    return forall(
        Node,
        Key,
        Content,
        lambda n, k, v: implies(s.sent[n, k, v], forall(Node, lambda m: not_(s.owner[m, k]))),
    )


def sent_once(s: ShardedStore) -> bool:
    """A key is on its way to one node, with one value."""
    return forall(
        Key,
        lambda k: forall(
            Node,
            Content,
            lambda a, v: forall(
                Node,
                Content,
                lambda b, w: implies(s.sent[a, k, v] & s.sent[b, k, w], (a == b) & (v == w)),
            ),
        ),
    )


sharded_store = Machine(
    name="sharded_store",
    state=ShardedStore,
    init=init,
    actions=(reshard, receive, put),
    always=(keys_are_unique,),
    sometimes=(moved,),
    lemmas=(one_owner, stored_by_owner, sent_is_not_owned, sent_once),
    sizes={Node: 2, Key: 2, Content: 2},
    symmetric=(Node, Key, Content),
)
