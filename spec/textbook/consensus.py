"""A toy consensus: each node votes once, and a quorum decides.

After the toy consensus among the examples of mypyvy (Wilcox et al., CAV 2024).
"""

from spec.notation import (
    Fun,
    Machine,
    Map,
    Sort,
    action,
    exists,
    forall,
    implies,
    not_,
    require,
    state,
)


class Node(Sort):
    pass


class Quorum(Sort):
    pass


class Choice(Sort):
    pass


@state
class Consensus:
    member: Fun[[Node, Quorum], bool]
    voted: Map[Node, bool]
    vote: Map[tuple[Node, Choice], bool]
    decided: Map[Choice, bool]


def quorums_meet(s: Consensus) -> bool:
    """Any two quorums have a node in common."""
    return forall(
        Quorum,
        Quorum,
        lambda p, q: exists(Node, lambda n: s.member(n, p) & s.member(n, q)),
    )


def init(s: Consensus) -> None:
    s.voted.fill(False)
    s.vote.fill(False)
    s.decided.fill(False)


@action
def cast_vote(s: Consensus, n: Node, c: Choice) -> None:
    """A node votes, once."""
    require(not_(s.voted[n]), "node has not voted")
    s.voted[n] = True
    s.vote[n, c] = True


@action
def decide(s: Consensus, c: Choice, q: Quorum) -> None:
    """A quorum has voted for a choice, which is so decided."""
    require(forall(Node, lambda n: implies(s.member(n, q), s.vote[n, c])), "quorum has voted")
    s.decided[c] = True


def agreement(s: Consensus) -> bool:
    """At most one choice is decided."""
    return forall(Choice, Choice, lambda c, d: implies(s.decided[c] & s.decided[d], c == d))


def some_choice_is_decided(s: Consensus) -> bool:
    """A choice can be decided."""
    return exists(Choice, lambda c: s.decided[c])


# The strengthening that makes `agreement` inductive.


def votes_are_cast(s: Consensus) -> bool:
    """Who voted for a choice has voted."""
    return forall(Node, Choice, lambda n, c: implies(s.vote[n, c], s.voted[n]))


def one_vote(s: Consensus) -> bool:
    """A node votes for one choice."""
    return forall(
        Node, Choice, Choice, lambda n, c, d: implies(s.vote[n, c] & s.vote[n, d], c == d)
    )


def quorum_decided(s: Consensus) -> bool:
    """What is decided, a quorum voted for."""
    return forall(
        Choice,
        lambda c: implies(
            s.decided[c],
            exists(
                Quorum,
                lambda q: forall(Node, lambda n: implies(s.member(n, q), s.vote[n, c])),
            ),
        ),
    )


consensus = Machine(
    name="consensus",
    state=Consensus,
    init=init,
    actions=(cast_vote, decide),
    always=(agreement,),
    sometimes=(some_choice_is_decided,),
    lemmas=(votes_are_cast, one_vote, quorum_decided),
    assumptions=(quorums_meet,),
    sizes={Node: 3, Quorum: 2, Choice: 2},
    symmetric=(Node, Quorum, Choice),
)
