"""Dijkstra's token ring, which comes to have one token from whatever state it is put in.

After the TLA+ specification TokenRing of Demirbas and Kuppe in the tlaplus/Examples collection,
specifications/ewd426. The algorithm is Dijkstra's EWD426, "Self-stabilizing systems in spite of
distributed control" (CACM 17:11, 1974).
"""

from spec.notation import (
    Machine,
    Map,
    Ordinal,
    action,
    exists,
    forall,
    implies,
    require,
    size,
    state,
)


class Node(Ordinal):
    """A node of the ring."""


class Counter(Ordinal):
    """A number that a node holds. The ring stabilises if it has at most one node more."""


@state
class TokenRing:
    counter: Map[Node, Counter]


def before(n: Node) -> Node:
    """The node before this one."""
    return (n - 1) % size(Node)


def init(s: TokenRing) -> None:
    """The counters may hold anything: every state is a start."""


@action
def create_token(s: TokenRing) -> None:
    """Node 0 sends a new number round."""
    first, last = Node(0), size(Node) - 1
    require(s.counter[first] == s.counter[last], "node 0 has the token")
    s.counter[first] = (s.counter[last] + 1) % size(Counter)


@action
def pass_token(s: TokenRing, n: Node) -> None:
    """Any other node copies the number of the node before it."""
    require(n != 0, "node is not node 0")
    require(s.counter[n] != s.counter[before(n)], "node has the token")
    s.counter[n] = s.counter[before(n)]


def has_token(s: TokenRing, n: Node) -> bool:
    """A node may act: node 0 if its counter equals the one before, any other if it differs."""
    return (s.counter[n] == s.counter[before(n)]) == (n == 0)


def some_token(s: TokenRing) -> bool:
    """Some node has a token, so the ring never stops."""
    # True of any ring, by a walk round it; that is induction over nodes, which no solver here does.
    return exists(Node, lambda n: has_token(s, n))


def one_token(s: TokenRing) -> bool:
    """The ring can come to have one token at most."""
    return forall(Node, Node, lambda a, b: implies(has_token(s, a) & has_token(s, b), a == b))


token_ring = Machine(
    name="token_ring",
    state=TokenRing,
    init=init,
    actions=(create_token, pass_token),
    always=(some_token,),
    sometimes=(one_token,),
    sizes={Node: 6, Counter: 6},
)
