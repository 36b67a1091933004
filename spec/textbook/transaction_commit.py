"""Transaction commit: what any commit protocol must do, without saying how it finds out.

After the TLA+ specification TCommit of Gray and Lamport, "Consensus on transaction commit"
(ACM TODS 31:1, 2006), as in the tlaplus/Examples collection, specifications/transaction_commit.
`consistent` is inductive as it stands, so there are no lemmas.
"""

from enum import Enum

from spec.notation import Machine, Map, Sort, action, any_of, forall, implies, not_, require, state


class Manager(Sort):
    """A resource manager."""


class Resource(Enum):
    WORKING = 0
    PREPARED = 1
    COMMITTED = 2
    ABORTED = 3


@state
class TransactionCommit:
    resource: Map[Manager, Resource]


def init(s: TransactionCommit) -> None:
    s.resource.fill(Resource.WORKING)


@action
def prepare(s: TransactionCommit, m: Manager) -> None:
    """A resource manager prepares."""
    require(s.resource[m] == Resource.WORKING, "manager is working")
    s.resource[m] = Resource.PREPARED


@action
def commit(s: TransactionCommit, m: Manager) -> None:
    """A prepared resource manager commits, once all are prepared."""
    require(s.resource[m] == Resource.PREPARED, "manager is prepared")
    require(
        forall(
            Manager,
            lambda other: any_of(
                s.resource[other] == Resource.PREPARED, s.resource[other] == Resource.COMMITTED
            ),
        ),
        "every manager is prepared or has committed",
    )
    s.resource[m] = Resource.COMMITTED


@action
def abort(s: TransactionCommit, m: Manager) -> None:
    """A resource manager aborts, as long as none has committed."""
    require(
        any_of(s.resource[m] == Resource.WORKING, s.resource[m] == Resource.PREPARED),
        "manager is working or prepared",
    )
    require(
        forall(Manager, lambda other: s.resource[other] != Resource.COMMITTED),
        "no manager has committed",
    )
    s.resource[m] = Resource.ABORTED


def consistent(s: TransactionCommit) -> bool:
    """No manager has committed while another has aborted."""
    return forall(
        Manager,
        Manager,
        lambda a, b: implies(
            s.resource[a] == Resource.COMMITTED, not_(s.resource[b] == Resource.ABORTED)
        ),
    )


def commits(s: TransactionCommit) -> bool:
    """Every manager can come to commit."""
    return forall(Manager, lambda m: s.resource[m] == Resource.COMMITTED)


def aborts(s: TransactionCommit) -> bool:
    """Every manager can come to abort."""
    return forall(Manager, lambda m: s.resource[m] == Resource.ABORTED)


transaction_commit = Machine(
    name="transaction_commit",
    state=TransactionCommit,
    init=init,
    actions=(prepare, commit, abort),
    always=(consistent,),
    sometimes=(commits, aborts),
    sizes={Manager: 3},
    symmetric=(Manager,),
)
