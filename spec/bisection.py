"""Bisection: a quarrel over a long computation is narrowed down to one step, which a judge takes.

An executor has claimed what a computation of many small steps leads to; an opponent, who can run it
too, doubts that. The executor says what the value at the middle is, the opponent says which half is
wrong, and so on. After Canetti, Riva and Rothblum, "Practical delegation of computation using
multiple servers" (CCS 2011). Here a step is one operation of a component (III.C).

The start is beyond dispute. A value stands for all that the computation holds at a position; it
can be a digest. Who does not move in time loses.
"""

from enum import Enum

from spec.notation import (
    Ending,
    Fun,
    Machine,
    Map,
    Ordinal,
    Sort,
    action,
    all_of,
    forall,
    implies,
    ite,
    not_,
    require,
    state,
)


class Position(Ordinal):
    """How many steps were taken."""


class Value(Sort):
    """What a computation holds at a position."""


class Round(Ordinal):
    """How often the quarrel was halved."""


class Time(Ordinal):
    """Time that is left to move."""


class Side(Enum):
    EXECUTOR = 0
    OPPONENT = 1


class Verdict(Enum):
    """What is held of the executor's end value."""

    OPEN = 0
    RIGHT = 1
    WRONG = 2


@state
class Bisection:
    # What is fixed.
    last: Position
    """How many steps there are."""
    end: Value
    """What the executor claims the last step leads to."""
    window: Time
    """Time to move in."""
    step: Fun[[Position, Value], Value]
    truth: Fun[[Position], Value]
    halvings: Fun[[Position], Round]
    """Bounds how often a number of steps can be halved; the logarithm, rounded up, does."""
    # What everybody can see.
    low: Position
    """The sides agree up to here."""
    high: Position
    """The sides disagree here."""
    at_low: Value
    at_high: Value
    middle: Value
    """What the executor claims of the middle, when it is the opponent's turn."""
    turn: Side
    left: Time
    verdict: Verdict
    rounds: Round
    # What an onlooker sees, who can run the computation.
    judged: bool
    """The judge has taken a step."""
    deviated: Map[Side, bool]
    """From what happens, not from what is required: who is judged too early has not deviated."""


def steps_are_taken(s: Bisection) -> bool:
    """Each step leads from the true value to the next one."""
    return forall(
        Position,
        Position,
        lambda i, j: implies(j == i + 1, s.truth(j) == s.step(i, s.truth(i))),
    )


def halvings_are_counted(s: Bisection) -> bool:
    """Half of some steps, rounded up, can be halved less often than all of them; so can fewer."""
    return forall(
        Position,
        Position,
        lambda m, n: implies((n > 1) & (m + m <= n + 1), s.halvings(m) < s.halvings(n)),
    )


def init(s: Bisection) -> None:
    """The opponent doubts the end."""
    require(s.last > 0, "there is a step")

    s.low = Position(0)
    s.high = s.last
    s.at_low = s.truth(Position(0))
    s.at_high = s.end
    s.turn = Side.EXECUTOR
    s.left = s.window
    s.verdict = Verdict.OPEN
    s.rounds = Round(0)
    s.judged = False
    s.deviated.fill(False)


def between(s: Bisection) -> Position:
    """The position that the quarrel is halved at."""
    return (s.low + s.high) // 2


@action
def claim(s: Bisection, v: Value) -> None:
    """The executor says what the value at the middle is."""
    require(s.verdict == Verdict.OPEN, "quarrel is open")
    require(s.turn == Side.EXECUTOR, "executor has the turn")
    require(s.high > s.low + 1, "more than one step is left")

    s.deviated[Side.EXECUTOR] |= v != s.truth(between(s))
    s.middle = v
    hand_over(s, Side.OPPONENT)


@action
def agree(s: Bisection) -> None:
    """The opponent agrees up to the middle."""
    require_answer(s)

    s.deviated[Side.OPPONENT] |= s.middle != s.truth(between(s))
    s.low = between(s)
    s.at_low = s.middle
    s.rounds += 1
    hand_over(s, Side.EXECUTOR)


@action
def doubt(s: Bisection) -> None:
    """The opponent doubts the middle already."""
    require_answer(s)

    s.deviated[Side.OPPONENT] |= s.middle == s.truth(between(s))
    s.high = between(s)
    s.at_high = s.middle
    s.rounds += 1
    hand_over(s, Side.EXECUTOR)


def require_answer(s: Bisection) -> None:
    """The opponent answers a claim."""
    require(s.verdict == Verdict.OPEN, "quarrel is open")
    require(s.turn == Side.OPPONENT, "opponent has the turn")


def hand_over(s: Bisection, side: Side) -> None:
    """The other side is to move, within the window."""
    s.turn = side
    s.left = s.window


@action
def judge(s: Bisection) -> None:
    """The judge takes the one step that is left."""
    require(s.verdict == Verdict.OPEN, "quarrel is open")
    require(s.high == s.low + 1, "one step is left")

    s.judged = True
    s.verdict = ite(s.step(s.low, s.at_low) == s.at_high, Verdict.RIGHT, Verdict.WRONG)


@action
def tick(s: Bisection) -> None:
    """Time passes."""
    require(s.verdict == Verdict.OPEN, "quarrel is open")
    require(s.left > 0, "time is left")

    s.left -= 1


@action
def run_out(s: Bisection) -> None:
    """Whose turn it is has not moved in time, and loses."""
    require(s.verdict == Verdict.OPEN, "quarrel is open")
    require(s.left == 0, "deadline has passed")

    s.deviated[s.turn] |= s.left == 0
    s.verdict = ite(s.turn == Side.EXECUTOR, Verdict.WRONG, Verdict.RIGHT)


# What is claimed.


def is_right(s: Bisection) -> bool:
    """The end value is the true one."""
    return s.end == s.truth(s.last)


def right_executor_wins(s: Bisection) -> bool:
    """An executor that is right and did not deviate never loses, whatever its opponent does."""
    return implies(is_right(s) & not_(s.deviated[Side.EXECUTOR]), not_(s.verdict == Verdict.WRONG))


def wrong_executor_loses(s: Bisection) -> bool:
    """A wrong end never wins against an opponent that did not deviate, whatever is claimed."""
    return implies(
        not_(is_right(s)) & not_(s.deviated[Side.OPPONENT]), not_(s.verdict == Verdict.RIGHT)
    )


def verdict_is_true(s: Bisection) -> bool:
    """If nobody deviated, the verdict says whether the end is the true one."""
    return implies(
        all_of(
            s.verdict != Verdict.OPEN,
            not_(s.deviated[Side.EXECUTOR]),
            not_(s.deviated[Side.OPPONENT]),
        ),
        (s.verdict == Verdict.RIGHT) == is_right(s),
    )


def one_step_is_judged(s: Bisection) -> bool:
    """The judge takes a single step, and its outcome is the verdict."""
    holds = s.step(s.low, s.at_low) == s.at_high
    return implies(s.judged, (s.high == s.low + 1) & ((s.verdict == Verdict.RIGHT) == holds))


def rounds_are_few(s: Bisection) -> bool:
    """Rounds, and halvings of the steps left, are no more than halvings of all steps."""
    return s.rounds + s.halvings(s.high - s.low) <= s.halvings(s.last)


def wrong_ends_lose(s: Bisection) -> bool:
    """Whoever quarrels, a wrong end never wins."""
    return implies(s.verdict == Verdict.RIGHT, is_right(s))


def executor_is_held_right(s: Bisection) -> bool:
    return s.judged & (s.verdict == Verdict.RIGHT)


def executor_is_held_wrong(s: Bisection) -> bool:
    return s.judged & (s.verdict == Verdict.WRONG)


def executor_runs_out_of_time(s: Bisection) -> bool:
    return not_(s.judged) & (s.verdict == Verdict.WRONG)


def opponent_runs_out_of_time(s: Bisection) -> bool:
    return not_(s.judged) & (s.verdict == Verdict.RIGHT)


def every_round_is_needed(s: Bisection) -> bool:
    """The bound on the rounds is reached."""
    return (s.rounds > 1) & (s.rounds == s.halvings(s.last))


# The strengthening that makes the claims inductive.


def bounds_are_apart(s: Bisection) -> bool:
    """The quarrel is about at least one step, and about two while a claim is to be answered."""
    return all_of(
        s.low < s.high,
        s.high <= s.last,
        implies(s.turn == Side.OPPONENT, s.low + 1 < s.high),
    )


def end_is_unchanged(s: Bisection) -> bool:
    """Until the quarrel leaves the end, it is about the claimed one."""
    return implies(s.high == s.last, s.at_high == s.end)


def executor_claims_the_truth(s: Bisection) -> bool:
    """Who is not known to deviate has claimed nothing but the truth, after the end."""
    return implies(
        not_(s.deviated[Side.EXECUTOR]),
        all_of(
            s.at_low == s.truth(s.low),
            implies(s.high < s.last, s.at_high == s.truth(s.high)),
            implies(s.turn == Side.OPPONENT, s.middle == s.truth(between(s))),
        ),
    )


def opponent_answers_the_truth(s: Bisection) -> bool:
    """Who is not known to deviate agreed to what is true and doubted what is not, after the end."""
    return implies(
        not_(s.deviated[Side.OPPONENT]),
        all_of(
            s.at_low == s.truth(s.low),
            implies(s.high < s.last, s.at_high != s.truth(s.high)),
        ),
    )


# Every move starts the clock again, and still there is an end.


def is_settled(s: Bisection) -> bool:
    """There is a verdict."""
    return s.verdict != Verdict.OPEN


def steps_left(s: Bisection) -> int:
    """How many steps the quarrel is about."""
    return s.high - s.low


def moves_left(s: Bisection) -> int:
    """How many moves the round still takes."""
    return ite(s.turn == Side.EXECUTOR, 2, 1)


def time_left(s: Bisection) -> int:
    """How much time is left to move."""
    return s.left


# An example: steps that swap two values, but for every fourth, which leads from both to one.


def example_step(position: int, value: int) -> int:
    """What a step of the example leads to."""
    return 0 if position % 4 == 3 else 1 - value


def example_truth(position: int) -> int:
    """What the example holds at a position."""
    return example_step(position - 1, example_truth(position - 1)) if position else 0


bisection = Machine(
    name="bisection",
    state=Bisection,
    init=init,
    actions=(claim, agree, doubt, judge, tick, run_out),
    always=(
        right_executor_wins,
        wrong_executor_loses,
        verdict_is_true,
        one_step_is_judged,
        rounds_are_few,
    ),
    refuted=(wrong_ends_lose,),
    sometimes=(
        executor_is_held_right,
        executor_is_held_wrong,
        executor_runs_out_of_time,
        opponent_runs_out_of_time,
        every_round_is_needed,
    ),
    lemmas=(
        bounds_are_apart,
        end_is_unchanged,
        executor_claims_the_truth,
        opponent_answers_the_truth,
    ),
    assumptions=(steps_are_taken, halvings_are_counted),
    sizes={Position: 9, Value: 2, Round: 4, Time: 2},
    example={
        "step": example_step,
        "truth": example_truth,
        "halvings": lambda steps: (steps - 1).bit_length() if steps else 0,
    },
    ending=Ending(
        goal=is_settled,
        fair=(tick, run_out),
        ranking=(steps_left, moves_left, time_left),
    ),
)
