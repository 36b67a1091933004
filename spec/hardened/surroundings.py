"""What may happen around the ledger where an assumption fails, or a hardening is left out.

None of it can as long as the ledger's surroundings are what they are taken to be.
"""

from spec.hardened.state import (
    Assumption,
    Data,
    Hardening,
    Market,
    Money,
    Phase,
    Request,
    Step,
    Time,
    enter,
    is_open,
    stake,
)
from spec.notation import action, any_of, require

# Time, and who has how much of it


@action
def leave_out(s: Market, r: Request) -> None:
    """The node leaves out what a party sends that is to act (III.F; ours: inclusion)."""
    require(s.fails(Assumption.INCLUSION), "what is sent is included")
    require(is_open(s, r), "somebody is to act")

    s.hindered[r] = True


@action
def leap(s: Market) -> None:
    """Time jumps past every deadline (ours: steady time)."""
    require(s.fails(Assumption.STEADY_TIME), "blocks pass one at a time")

    s.hindered.fill_by(lambda r: s.hindered[r] | (s.left[r] > 0))
    s.left.fill(Time(0))


@action
def overtake(s: Market, r: Request) -> None:
    """What was sent in the last block comes behind what ends it (ours: order)."""
    require(s.fails(Assumption.ORDER), "what is in time comes first")
    require(is_open(s, r), "somebody is to act")
    require(s.left[r] == 0, "time is up")

    s.hindered[r] = True


@action
def foresee(s: Market, r: Request) -> None:
    """Somebody knows whom the beacon will draw before a request is made (ours: unpredictability).

    Who knows makes requests only where the draw is to its liking.
    """
    require(s.fails(Assumption.UNPREDICTABILITY), "beacon's round is unknown")
    require(s.phase[r] == Phase.FREE, "request is not made")

    s.foreseen[r] = True


# What a ledger may do where nobody waits for finality, and who reads it where nothing is salted


@action
def orphan(s: Market, r: Request) -> None:
    """The ledger drops the block with the last record (III.F, "immutable ledger")."""
    require(s.without(Hardening.FINALITY), "block is not final")
    require(
        any_of(s.phase[r] == Phase.ROUTED, s.phase[r] == Phase.WORK),
        "next step is not recorded",
    )
    require(s.turn[r] > 0, "a step is recorded")

    i = s.turn[r] - 1
    s.in_vain[r] = s.in_vain[r] | s.received[r]
    s.recorded[r, i] = False
    s.turn[r] = i
    v = s.executor[r, i + 1]
    s.bond[v] += s.pot[r, i + 1]
    s.pot[r, i + 1] = Money(0)
    earned = s.pot[r, i] - stake(s, s.pinned[r])
    s.pot[r, i] -= earned
    s.escrow[r] += earned
    s.received[r] = True
    s.published[r] = False
    enter(s, r, Phase.WORK)


@action
def guess(s: Market, r: Request, i: Step, d: Data) -> None:
    """Whoever reads the ledger confirms a guess of the data, hashing what it may be.

    III.D; ours: salt.
    """
    require(s.without(Hardening.SALT), "commitment has no salt")
    require(s.phase[r] != Phase.FREE, "commitment is on the ledger")
    require(i <= s.turn[r], "commitment is on the ledger")
    require(s.opens(s.link[r, i]) == d, "guess is right")

    s.guessed[r, i] = True
