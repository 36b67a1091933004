"""Requests that pass through a pipeline of vendors, and are paid or refunded.

A request is run step by step; the vendor of a step does its work honestly or wrongly. A request
that is done is paid or disputed; one that is disputed is refunded if some step was wrong, and paid
if none was. Requests do not touch each other, so the reachable states are those of one request to
the power of their number. With three steps these are 39: 1 idle, 7 on the way, 8 done, 8 paid, 8
disputed, and 7 refunded, since no refund is for three honest steps.
"""

from enum import Enum

from spec.notation import (
    Ending,
    Machine,
    Map,
    Ordinal,
    Sort,
    action,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
)


class Request(Sort):
    pass


class Step(Ordinal):
    pass


class Phase(Enum):
    IDLE = 0
    RUNNING = 1
    DONE = 2
    DISPUTED = 3
    PAID = 4
    REFUNDED = 5


@state
class Pipeline:
    phase: Map[Request, Phase]
    step: Map[Request, Step]
    """The step that comes next, while a request runs."""
    wrong: Map[tuple[Request, Step], bool]
    """Steps that were not done honestly."""


def init(s: Pipeline) -> None:
    s.phase.fill(Phase.IDLE)
    s.step.fill(Step(0))
    s.wrong.fill(False)


@action
def submit(s: Pipeline, r: Request) -> None:
    """A consumer submits a request."""
    require(s.phase[r] == Phase.IDLE, "request is idle")
    s.phase[r] = Phase.RUNNING


@action
def work(s: Pipeline, r: Request, wrong: bool) -> None:
    """The vendor of the next step does its work, honestly or wrongly."""
    require(s.phase[r] == Phase.RUNNING, "request is running")
    is_last = s.step[r] + 1 == size(Step)
    s.wrong[r, s.step[r]] = wrong
    s.phase[r] = ite(is_last, Phase.DONE, Phase.RUNNING)
    s.step[r] = ite(is_last, Step(0), s.step[r] + 1)


@action
def pay(s: Pipeline, r: Request) -> None:
    """The consumer pays."""
    require(s.phase[r] == Phase.DONE, "request is done")
    s.phase[r] = Phase.PAID


@action
def dispute(s: Pipeline, r: Request) -> None:
    """The consumer does not pay."""
    require(s.phase[r] == Phase.DONE, "request is done")
    s.phase[r] = Phase.DISPUTED


@action
def settle(s: Pipeline, r: Request) -> None:
    """An arbitrator looks at every step."""
    require(s.phase[r] == Phase.DISPUTED, "request is disputed")
    s.phase[r] = ite(has_wrong_step(s, r), Phase.REFUNDED, Phase.PAID)


def has_wrong_step(s: Pipeline, r: Request) -> bool:
    """Some step of a request was not done honestly."""
    return exists(Step, lambda k: s.wrong[r, k])


def refunds_have_a_cause(s: Pipeline) -> bool:
    """What is refunded had a wrong step."""
    return forall(Request, lambda r: implies(s.phase[r] == Phase.REFUNDED, has_wrong_step(s, r)))


def work_is_done_in_order(s: Pipeline) -> bool:
    """No step is wrong before its turn."""
    return forall(
        Request,
        Step,
        lambda r, k: implies(
            any_of(s.phase[r] == Phase.IDLE, (s.phase[r] == Phase.RUNNING) & not_(k < s.step[r])),
            not_(s.wrong[r, k]),
        ),
    )


def some_request_is_refunded(s: Pipeline) -> bool:
    """A wrong step can be found out."""
    return exists(Request, lambda r: s.phase[r] == Phase.REFUNDED)


def wrong_work_is_paid(s: Pipeline) -> bool:
    """A wrong step that nobody disputes is paid."""
    return exists(Request, lambda r: (s.phase[r] == Phase.PAID) & has_wrong_step(s, r))


# Every request that is submitted is settled, as long as vendors work and somebody decides.


def rests(s: Pipeline, r: Request) -> bool:
    """A request is not under way."""
    return any_of(s.phase[r] == Phase.IDLE, s.phase[r] == Phase.PAID, s.phase[r] == Phase.REFUNDED)


def phases_left(s: Pipeline, r: Request) -> int:
    """How many changes of phase a request still has before it, at most."""
    done = ite(s.phase[r] == Phase.DONE, 2, ite(s.phase[r] == Phase.DISPUTED, 1, 0))
    return ite(s.phase[r] == Phase.RUNNING, 3, done)


def steps_left(s: Pipeline, r: Request) -> int:
    """How many steps a request still has before it, while it runs."""
    return ite(s.phase[r] == Phase.RUNNING, size(Step) - s.step[r], 0)


pipeline = Machine(
    name="pipeline",
    state=Pipeline,
    init=init,
    actions=(submit, work, pay, dispute, settle),
    always=(refunds_have_a_cause, work_is_done_in_order),
    sometimes=(some_request_is_refunded, wrong_work_is_paid),
    lemmas=(),
    sizes={Request: 4, Step: 3},
    symmetric=(Request,),
    ending=Ending(goal=rests, fair=(work, pay, settle), ranking=(phases_left, steps_left)),
)
