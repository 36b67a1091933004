"""Every request comes to an end, as long as blocks pass (theorem 8)."""

from spec.hardened import dispute, execution
from spec.hardened.state import Market, Phase, Request, is_delivering, is_open
from spec.notation import Ending, ite, not_, total


def over(s: Market, r: Request) -> bool:
    """A request is not made, or it is over."""
    return not_(is_open(s, r))


def disputes_left(s: Market, r: Request) -> int:
    """How often a step, of any request, can still be disputed."""
    return total(s.chances)


def steps_left(s: Market, r: Request) -> int:
    """How many steps of the request are not recorded."""
    return ite(is_delivering(s, r), 0, s.last(s.pinned[r]) + 1 - s.turn[r])


def attempts_left(s: Market, r: Request) -> int:
    """How many holders are left for the step under way."""
    return s.spares(s.pinned[r]) - s.attempt[r, s.turn[r]]


def lots_left(s: Market, r: Request) -> int:
    """Whether the audits of the request can still be drawn."""
    return ite(s.lots_drawn[r], 0, 1)


def halvings_left(s: Market, r: Request) -> int:
    """How often a quarrel about the request is still halved."""
    return s.halvings[r]


_AHEAD = {
    Phase.FREE: 8,
    Phase.OPEN: 7,
    Phase.NARROWED: 7,
    Phase.ROUTED: 6,
    Phase.DISPUTED: 6,
    Phase.OPENED: 5,
    Phase.WORK: 5,
    Phase.WINDOW: 4,
    Phase.DEMANDED: 3,
    Phase.PUBLISHED: 2,
}
"""How many phases lie ahead, from each that is not the last."""


def phases_left(s: Market, r: Request) -> int:
    """How many phases lie ahead before the request ends, has a step less or a dispute less."""
    answered = (s.phase[r] == Phase.WINDOW) & s.published[r]
    ahead = sum(ite(s.phase[r] == phase, number, 0) for phase, number in _AHEAD.items())
    return ite(answered, 1, ahead)


def time_left(s: Market, r: Request) -> int:
    """How many blocks the phase may still last."""
    return s.left[r]


ENDING: Ending[Market] = Ending(
    goal=over,
    fair=(
        execution.lapse,
        execution.pass_over,
        execution.abandon,
        execution.replace,
        execution.give_up,
        execution.withhold,
        execution.withhold_input,
        execution.settle,
        execution.tick,
        dispute.audit,
        dispute.refuse_to_open,
        dispute.concede,
        dispute.uphold,
        dispute.dismiss,
    ),
    ranking=(
        disputes_left,
        steps_left,
        attempts_left,
        lots_left,
        halvings_left,
        phases_left,
        time_left,
    ),
)
