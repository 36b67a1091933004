"""Two-phase commit: a transaction manager and resource managers agree to commit or to abort.

After the TLA+ specification TwoPhase of Gray and Lamport, "Consensus on transaction commit"
(ACM TODS 31:1, 2006). To the resource managers it is `transaction_commit`.
"""

from enum import Enum

from spec.notation import Ending, Machine, Map, action, forall, implies, ite, not_, require, state
from spec.textbook.transaction_commit import Manager, Resource


class Coordinator(Enum):
    INIT = 0
    COMMITTED = 1
    ABORTED = 2


@state
class TwoPhase:
    resource: Map[Manager, Resource]
    coordinator: Coordinator
    counted: Map[Manager, bool]
    """Managers whose Prepared message the transaction manager has counted."""
    prepared_sent: Map[Manager, bool]
    commit_sent: bool
    abort_sent: bool


def init(s: TwoPhase) -> None:
    s.resource.fill(Resource.WORKING)
    s.coordinator = Coordinator.INIT
    s.counted.fill(False)
    s.prepared_sent.fill(False)
    s.commit_sent = False
    s.abort_sent = False


@action
def count_prepared(s: TwoPhase, m: Manager) -> None:
    """The transaction manager receives a Prepared message."""
    require(s.coordinator == Coordinator.INIT, "transaction manager is undecided")
    require(s.prepared_sent[m], "manager has sent Prepared")
    s.counted[m] = True


@action
def commit(s: TwoPhase) -> None:
    """The transaction manager commits."""
    require(s.coordinator == Coordinator.INIT, "transaction manager is undecided")
    require(forall(Manager, lambda m: s.counted[m]), "every manager is prepared")
    s.coordinator = Coordinator.COMMITTED
    s.commit_sent = True


@action
def abort(s: TwoPhase) -> None:
    """The transaction manager aborts, as it may at any time before it commits."""
    require(s.coordinator == Coordinator.INIT, "transaction manager is undecided")
    s.coordinator = Coordinator.ABORTED
    s.abort_sent = True


@action
def prepare(s: TwoPhase, m: Manager) -> None:
    """A resource manager prepares."""
    require(s.resource[m] == Resource.WORKING, "manager is working")
    s.resource[m] = Resource.PREPARED
    s.prepared_sent[m] = True


@action
def choose_abort(s: TwoPhase, m: Manager) -> None:
    """A resource manager aborts of its own accord."""
    require(s.resource[m] == Resource.WORKING, "manager is working")
    s.resource[m] = Resource.ABORTED


@action
def receive_commit(s: TwoPhase, m: Manager) -> None:
    """A resource manager is told to commit."""
    require(s.commit_sent, "Commit was sent")
    s.resource[m] = Resource.COMMITTED


@action
def receive_abort(s: TwoPhase, m: Manager) -> None:
    """A resource manager is told to abort."""
    require(s.abort_sent, "Abort was sent")
    s.resource[m] = Resource.ABORTED


def consistent(s: TwoPhase) -> bool:
    """No manager has committed while another has aborted."""
    return forall(
        Manager,
        Manager,
        lambda a, b: implies(
            s.resource[a] == Resource.COMMITTED, not_(s.resource[b] == Resource.ABORTED)
        ),
    )


def commits(s: TwoPhase) -> bool:
    """Every manager can come to commit."""
    return forall(Manager, lambda m: s.resource[m] == Resource.COMMITTED)


def aborts(s: TwoPhase) -> bool:
    """Every manager can come to abort."""
    return forall(Manager, lambda m: s.resource[m] == Resource.ABORTED)


# Every manager comes to a decision, as long as the transaction manager and its messages do.


def decided(s: TwoPhase, m: Manager) -> bool:
    """A manager has committed or aborted."""
    return (s.resource[m] == Resource.COMMITTED) | (s.resource[m] == Resource.ABORTED)


def decision_is_open(s: TwoPhase, m: Manager) -> int:
    """1 until the transaction manager decides."""
    return ite(s.coordinator == Coordinator.INIT, 1, 0)


def manager_is_open(s: TwoPhase, m: Manager) -> int:
    """1 until the manager has decided."""
    return ite(decided(s, m), 0, 1)


# The strengthening that makes `consistent` inductive: what each message on the way implies.


def prepared_is_sent(s: TwoPhase) -> bool:
    """A counted manager has sent Prepared."""
    return forall(Manager, lambda m: implies(s.counted[m], s.prepared_sent[m]))


def working_has_not_sent(s: TwoPhase) -> bool:
    """A working manager has not sent Prepared."""
    return forall(
        Manager, lambda m: implies(s.resource[m] == Resource.WORKING, not_(s.prepared_sent[m]))
    )


def commit_is_decided(s: TwoPhase) -> bool:
    """Commit is sent exactly when the transaction manager has committed."""
    return s.commit_sent == (s.coordinator == Coordinator.COMMITTED)


def abort_is_decided(s: TwoPhase) -> bool:
    """Abort is sent exactly when the transaction manager has aborted."""
    return s.abort_sent == (s.coordinator == Coordinator.ABORTED)


def commit_needs_all(s: TwoPhase) -> bool:
    """Commit is sent only once every manager was counted."""
    return forall(Manager, lambda m: implies(s.commit_sent, s.counted[m]))


def committed_was_told(s: TwoPhase) -> bool:
    """A manager commits only when told to."""
    return forall(Manager, lambda m: implies(s.resource[m] == Resource.COMMITTED, s.commit_sent))


def prepared_aborts_when_told(s: TwoPhase) -> bool:
    """A manager that sent Prepared aborts only when told to."""
    return forall(
        Manager,
        lambda m: implies((s.resource[m] == Resource.ABORTED) & s.prepared_sent[m], s.abort_sent),
    )


two_phase = Machine(
    name="two_phase",
    state=TwoPhase,
    init=init,
    actions=(count_prepared, commit, abort, prepare, choose_abort, receive_commit, receive_abort),
    always=(consistent,),
    sometimes=(commits, aborts),
    lemmas=(
        prepared_is_sent,
        working_has_not_sent,
        commit_is_decided,
        abort_is_decided,
        commit_needs_all,
        committed_was_told,
        prepared_aborts_when_told,
    ),
    sizes={Manager: 3},
    symmetric=(Manager,),
    ending=Ending(
        goal=decided,
        fair=(abort, receive_commit, receive_abort),
        ranking=(decision_is_open, manager_is_open),
    ),
)
