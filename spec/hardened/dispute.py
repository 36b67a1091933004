"""Dispute resolution (I; III.C; III.F): steps run again, on request or by chance."""

from spec.hardened.execution import fail, require_overdue
from spec.hardened.state import (
    Chance,
    Hardening,
    Key,
    Market,
    Money,
    Party,
    Phase,
    Request,
    Step,
    auditor,
    enter,
    had_time,
    is_over,
    is_right,
    is_shown,
    version,
)
from spec.notation import action, exists, ite, not_, require


@action
def dispute(s: Market, q: Party, r: Request, i: Step) -> None:
    """The consumer or a provider doubts a step, and pays two tolls (I, III.C; ours: dispute toll).

    If the executor is right, one is for its trouble, and one for everybody's delay, lest who is in
    league with it have that for nothing. Each can dispute a step once: else such a one would do it
    first, and lose.
    """
    require_disputable(s, r, i)
    require(
        s.without(Hardening.STANDING) | has_standing(s, r, q), "party has a part in the request"
    )
    require(s.chances[r, i, q] > 0, "party did not dispute the step before")
    toll = s.toll(s.pinned[r])
    tolls = ite(s.without(Hardening.DISPUTE_TOLL), Money(0), toll + toll)
    require(tolls <= s.balance[q], "party can pay the tolls")

    s.balance[q] -= tolls
    s.toll_paid[r] = tolls
    begin_dispute(s, r, i, q)


def has_standing(s: Market, r: Request, q: Party) -> bool:
    """Whether a party has a part in a request: as its consumer, or as a provider of its version."""
    m = s.pinned[r]
    return (q == s.consumer[r]) | (q == s.provider(m)) | s.contributes(m, q)


@action
def audit(s: Market, r: Request, i: Step) -> None:
    """A step that chance drew is checked, whoever complains; another holder is the opponent.

    III.C; ours: audits.
    """
    require_disputable(s, r, i)
    require(s.lots_drawn[r], "audits are drawn")
    require(s.audited(s.lot[r], i), "step is drawn for an audit")
    require(s.chances[r, i, auditor(s, r, i)] > 0, "step was not audited before")

    begin_dispute(s, r, i, auditor(s, r, i))


def require_disputable(s: Market, r: Request, i: Step) -> None:
    """A recorded step can be disputed while the window is open."""
    require(s.phase[r] == Phase.WINDOW, "window is open")
    require(i <= s.last(version(s, r)), "step is one of the request's")
    require(s.recorded[r, i], "step is recorded")


def begin_dispute(s: Market, r: Request, i: Step, q: Party) -> None:
    """The executor of a step is to open what it committed to, or to begin to narrow down."""
    s.chances[r, i, q] = Chance(0)
    s.disputed[r] = i
    s.opponent[r] = q
    s.halvings[r] = s.rounds(s.pinned[r], i)
    s.informed[r] = True
    s.by_row[r] = False
    s.leads[r] = is_right(s, r, i)
    s.window_left[r] = s.left[r]
    enter(s, r, Phase.DISPUTED)


# Opened as a whole, and run again


@action
def open_step(s: Market, r: Request) -> None:
    """The executor opens input, output and component (III.C; ours: disclosure cap)."""
    require(s.phase[r] == Phase.DISPUTED, "a step is disputed")
    i = s.disputed[r]
    require(
        s.without(Hardening.DISCLOSURE_CAP) | leaves_a_secret(s, r, i),
        "a step of the version stays undisclosed",
    )

    s.disclosed[version(s, r), i] = True
    enter(s, r, Phase.OPENED)


def leaves_a_secret(s: Market, r: Request, i: Step) -> bool:
    """Some other step of the version was never disclosed."""
    m = version(s, r)
    return exists(Step, lambda j: (j <= s.last(m)) & (j != i) & not_(s.disclosed[m, j]))


@action
def refuse_to_open(s: Market, r: Request) -> None:
    """An executor that neither opens its commitment nor narrows down in time is convicted.

    III.F; ours: deadlines.
    """
    require(s.phase[r] == Phase.DISPUTED, "a step is disputed")
    require_overdue(s, r)

    i = s.disputed[r]
    v, could = s.executor[r, i], s.true(version(s, r), i) & had_time(s, r)
    s.deviated[v] = s.deviated[v] | could
    uphold_dispute(s, r)


# Narrowed down to one row, and only that opened: `spec.bisection` says why whoever is right wins


@action
def narrow(s: Market, r: Request, first: bool, sound: bool) -> None:
    """The executor says what it had in the middle; the first half leads there, or does not.

    The second half leads on from there if the first does and both together do. That only the second
    does need not be looked at: it is as if only the first did, and the answers were exchanged.

    With its first move it also tells its opponent what that needs to follow, or does not: what went
    into the step, and how what it claims is salted.

    III.C; ours: disclosure cap, complaint.
    """
    require(s.phase[r] == Phase.DISPUTED, "a step is disputed")
    require(s.halvings[r] > 0, "quarrel is about more than one row")

    begins = s.halvings[r] == s.rounds(s.pinned[r], s.disputed[r])
    s.informed[r] = ite(begins, sound, s.informed[r])
    s.halvings[r] -= 1
    s.first_leads[r] = first
    enter(s, r, Phase.NARROWED)
    v = s.executor[r, s.disputed[r]]
    s.deviated[v] = s.deviated[v] | (s.leads[r] & not_(first)) | not_(s.informed[r])


@action
def answer(s: Market, r: Request, same: bool) -> None:
    """The opponent says whether it had the same there, and so which half is left.

    III.C; ours: disclosure cap.
    """
    require(s.phase[r] == Phase.NARROWED, "opponent is to answer")

    q, first = s.opponent[r], s.first_leads[r]
    s.deviated[q] = s.deviated[q] | ite(s.informed[r], same != first, can_complain(s))
    s.leads[r] = first & (s.leads[r] | not_(same))
    enter(s, r, Phase.DISPUTED)


@action
def concede(s: Market, r: Request) -> None:
    """An opponent that does not answer in time has lost (ours: deadlines).

    It is not convicted: it may have disputed a step of which it does not hold the component, and so
    have nothing to answer from.
    """
    require(s.phase[r] == Phase.NARROWED, "opponent is to answer")
    require_overdue(s, r)

    q = s.opponent[r]
    could = had_time(s, r) & (s.informed[r] | can_complain(s))
    s.deviated[q] = s.deviated[q] | could
    dismiss_dispute(s, r)


@action
def complain(s: Market, r: Request) -> None:
    """Somebody shows that the opponent was not told what it needs: that decides.

    Whoever is in league with the author of the input could else have every audit find nothing.

    Ours: complaint.
    """
    require(can_complain(s), "opponents can complain")
    require(s.phase[r] == Phase.NARROWED, "opponent is to answer")
    require(not_(s.informed[r]), "opponent was not told what it needs")

    uphold_dispute(s, r)


def can_complain(s: Market) -> bool:
    """Whether an opponent that cannot follow a quarrel can show that."""
    return not_(s.without(Hardening.COMPLAINT))


@action
def open_row(s: Market, r: Request) -> None:
    """The executor opens the one row that is left, which anybody can check.

    III.C; ours: disclosure cap.
    """
    require(s.phase[r] == Phase.DISPUTED, "a step is disputed")
    require(s.halvings[r] == 0, "quarrel is about one row")

    s.by_row[r] = True
    s.row_leads[r] = s.leads[r]
    enter(s, r, Phase.OPENED)


# The verdict


@action
def uphold(s: Market, r: Request) -> None:
    """Run again, the step or its row gives something else: its executor is convicted.

    III.C; ours: exactness.
    """
    require(s.phase[r] == Phase.OPENED, "step is opened")
    require(not_(is_reproduced(s, r)), "output is not what the component gives")

    uphold_dispute(s, r)


@action
def dismiss(s: Market, r: Request) -> None:
    """Run again, the step or its row gives the same: who disputed it loses its tolls.

    III.C; ours: dispute toll.
    """
    require(s.phase[r] == Phase.OPENED, "step is opened")
    require(is_reproduced(s, r), "output is what the component gives")

    dismiss_dispute(s, r)


def is_reproduced(s: Market, r: Request) -> bool:
    """Whether what was opened of the disputed step, run again, gives what was recorded."""
    i = s.disputed[r]
    c = s.component(version(s, r), i)
    same = s.rerun(c, s.opens(s.link[r, i])) == s.opens(s.link[r, i + 1])
    return ite(s.by_row[r], s.row_leads[r], same)


def uphold_dispute(s: Market, r: Request) -> None:
    """The executor is convicted, and who disputed gets its tolls back."""
    i = s.disputed[r]
    s.convicted[s.executor[r, i]] = True
    s.balance[s.opponent[r]] += s.toll_paid[r]
    s.toll_paid[r] = Money(0)
    fail(s, r, i)


def dismiss_dispute(s: Market, r: Request) -> None:
    """The executor gets one toll, and nobody the other; the window is as it was before."""
    half = s.toll_paid[r] // 2
    s.pot[r, s.disputed[r]] += half
    s.treasury += s.toll_paid[r] - half
    s.toll_paid[r] = Money(0)
    enter(s, r, Phase.WINDOW)
    s.left[r] = s.window_left[r]


# Two outputs


@action
def rotate(s: Market, p: Party) -> None:
    """A party signs with another key from now on (`spec.ledger`; ours: key pin).

    What it has vouched for as a witness shows nothing any more. There nothing is at stake, so no
    time comes at which a thief of the old key could frame it no more; and no history is another
    without the node, whose blocks count by one key for good.
    """
    s.in_force[p] += 1
    s.forked[p] = False


@action
def equivocate(s: Market, r: Request, i: Step, k: Key) -> None:
    """An executor signs a second output for a step, off the ledger (III.F; ours: lock, key pin).

    With any key that it has had since the step was its own: with one that it had before that it
    deceives nobody.
    """
    require(s.recorded[r, i], "step is recorded")
    require(s.since[r, i] <= k, "key was not replaced before the step was assigned")
    v = s.executor[r, i]
    require(k <= s.in_force[v], "key is or was in force")

    s.signed_twice[r, i] = True
    s.second[r, i] = k
    s.deviated[v] = True


@action
def forge(s: Market, r: Request, i: Step, k: Key) -> None:
    """A thief signs a second output with a key that its owner replaced before it had the step.

    What it signs with a later one, nobody can tell from what its owner does (`equivocate`).

    Ours: key pin.
    """
    require(s.recorded[r, i], "step is recorded")
    require(not_(s.signed_twice[r, i]), "no other output is signed")
    require(k < s.since[r, i], "key was replaced before the step was assigned")

    s.signed_twice[r, i] = True
    s.second[r, i] = k


@action
def expose(s: Market, r: Request, i: Step) -> None:
    """Somebody shows two signed outputs for one step: the executor loses what it has at stake.

    III.F; ours: lock, key pin.
    """
    require(is_over(s, r), "request is over")
    require(s.pot[r, i] > 0, "something is at stake")
    require(s.signed_twice[r, i], "two outputs are signed")
    require(is_shown(s, r, i), "key was not replaced before the step was assigned")

    s.convicted[s.executor[r, i]] = True
    s.treasury += s.pot[r, i]
    s.pot[r, i] = Money(0)


# Two histories


@action
def fork(s: Market, p: Party) -> None:
    """Who keeps the ledger, or witnesses it, vouches for two blocks for one place, off the ledger.

    It signs each of them, or one that follows on it, and by that all before.

    III.F, "immutable ledger"; ours: witnesses.
    """
    s.forked[p] = True
    s.deviated[p] = True


@action
def show_fork(s: Market, p: Party) -> None:
    """Somebody shows two blocks for one place: whoever vouched for both is convicted.

    III.F, "immutable ledger"; ours: witnesses.
    """
    require(s.forked[p], "two histories are signed")

    s.convicted[p] = True
