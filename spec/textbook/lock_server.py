"""A lock server: clients ask for a lock over a network, and at most one holds it.

After the lock server of Verdi (Wilcox et al., PLDI 2015), as mypyvy has it among its examples.
"""

from spec.notation import Machine, Map, Sort, action, exists, forall, implies, not_, require, state


class Client(Sort):
    pass


@state
class LockServer:
    lock_sent: Map[Client, bool]
    """Clients whose request is on its way to the server."""
    grant_sent: Map[Client, bool]
    """Clients to whom the lock is on its way."""
    unlock_sent: Map[Client, bool]
    """Clients whose release is on its way to the server."""
    holds: Map[Client, bool]
    server_holds: bool


def init(s: LockServer) -> None:
    s.lock_sent.fill(False)
    s.grant_sent.fill(False)
    s.unlock_sent.fill(False)
    s.holds.fill(False)
    s.server_holds = True


@action
def ask(s: LockServer, c: Client) -> None:
    """A client asks for the lock."""
    s.lock_sent[c] = True


@action
def grant(s: LockServer, c: Client) -> None:
    """The server receives a request while it has the lock, and gives it away."""
    require(s.server_holds, "server has the lock")
    require(s.lock_sent[c], "client has asked")
    s.server_holds = False
    s.lock_sent[c] = False
    s.grant_sent[c] = True


@action
def receive_grant(s: LockServer, c: Client) -> None:
    """A client receives the lock."""
    require(s.grant_sent[c], "lock is on its way to the client")
    s.grant_sent[c] = False
    s.holds[c] = True


@action
def release(s: LockServer, c: Client) -> None:
    """A client sends the lock back."""
    require(s.holds[c], "client holds the lock")
    s.holds[c] = False
    s.unlock_sent[c] = True


@action
def receive_release(s: LockServer, c: Client) -> None:
    """The server receives the lock back."""
    require(s.unlock_sent[c], "lock is on its way to the server")
    s.unlock_sent[c] = False
    s.server_holds = True


def mutual_exclusion(s: LockServer) -> bool:
    """At most one client holds the lock."""
    return forall(Client, Client, lambda a, b: implies(s.holds[a] & s.holds[b], a == b))


def held(s: LockServer) -> bool:
    """A client can come to hold the lock, while another asks for it."""
    return exists(Client, Client, lambda a, b: s.holds[a] & s.lock_sent[b] & (a != b))


# The strengthening that makes `mutual_exclusion` inductive: there is one lock, in one place.


def one_grant(s: LockServer) -> bool:
    """The lock is on its way to at most one client."""
    return forall(Client, Client, lambda a, b: implies(s.grant_sent[a] & s.grant_sent[b], a == b))


def one_release(s: LockServer) -> bool:
    """The lock is on its way back from at most one client."""
    return forall(Client, Client, lambda a, b: implies(s.unlock_sent[a] & s.unlock_sent[b], a == b))


def not_granted_while_held(s: LockServer) -> bool:
    """The lock is not on its way to anyone while a client holds it or has sent it back."""
    return forall(
        Client, Client, lambda a, b: not_(s.grant_sent[a] & (s.holds[b] | s.unlock_sent[b]))
    )


def not_returned_while_held(s: LockServer) -> bool:
    """The lock is not on its way back while a client holds it."""
    return forall(Client, Client, lambda a, b: not_(s.unlock_sent[a] & s.holds[b]))


def server_has_it_alone(s: LockServer) -> bool:
    """While the server has the lock it is nowhere else."""
    return forall(
        Client,
        lambda c: implies(s.server_holds, not_(s.grant_sent[c] | s.unlock_sent[c] | s.holds[c])),
    )


lock_server = Machine(
    name="lock_server",
    state=LockServer,
    init=init,
    actions=(ask, grant, receive_grant, release, receive_release),
    always=(mutual_exclusion,),
    sometimes=(held,),
    lemmas=(
        one_grant,
        one_release,
        not_granted_while_held,
        not_returned_while_held,
        server_has_it_alone,
    ),
    sizes={Client: 3},
    symmetric=(Client,),
)
