"""Fuzzing: Hypothesis drives a machine and an implementation in lockstep, after the kept trials.

It chooses the steps, well and slowly, and that alone. It would take a run that comes out
differently a second time for an error of its own; so whatever a run ends with ends it all.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any, Literal, TypeVar
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from checkers.host.telling import Tell, silent
from checkers.lockstep.driver import Setup
from checkers.lockstep.run import RESTART, Divergence, Lockstep, Step, Tally
from checkers.lockstep.sample import Sample
from checkers.lockstep.shrink import settle
from checkers.lockstep.trial import try_kept
from spec.notation import MachineError, Scope
from spec.notation.arguments import checked
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value

S = TypeVar("S")

Backend = Literal["hypothesis", "crosshair"]


class _Ended(BaseException):
    """Ends all runs. It is no Exception, of which Hypothesis would try to make more."""


class Endings(list[Exception]):
    """What ends all runs: Hypothesis may take that for a beginning which went otherwise before."""

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note it, and end them."""
        try:
            yield
        except (Divergence, MachineError) as why:
            self.append(why)
            raise _Ended from why


def state_machine(
    lockstep: Lockstep[S],
    tally: Tally | None = None,
    endings: Endings | None = None,
    begun: Callable[[], None] = lambda: None,
) -> type[RuleBasedStateMachine]:
    """The Hypothesis state machine of a machine and an implementation.

    It has a rule for each action, with any parameters; one that takes an action which the
    specification accepts, since parameters drawn blindly are mostly refused; and one that restarts
    the implementation.

    Args:
        lockstep: of the two.
        tally: where steps are counted.
        endings: where it is noted what ends all runs.
        begun: called as each run begins.
    """
    ended = Endings() if endings is None else endings

    class Steps(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            begun()
            self.held = ExitStack()
            with ended.noted():
                self.run = self.held.enter_context(lockstep.run(tally))
            self.counts: Counter[str] = Counter()

        def take(self, step: Step[S]) -> None:
            with ended.noted():
                self.counts[step[0].name] += self.run.take(step) is None

        @rule(number=st.integers(0, 2**16))
        def accepted(self, number: int) -> None:
            # Of the action accepted least so far, which is tried as soon as it becomes possible.
            actions = sorted(lockstep.actions, key=lambda act: self.counts[act.name])
            choices = next(filter(None, map(self.run.accepted, actions)), [])
            if choices:
                self.take(choices[number % len(choices)])

        @rule()
        def restart(self) -> None:
            self.take((RESTART, ()))

        def teardown(self) -> None:
            with ended.noted():
                self.held.close()

    for act in lockstep.actions:
        setattr(Steps, f"take_{act.name}", _rule(act, lockstep.scope))
    Steps.__name__ = Steps.__qualname__ = f"{lockstep.machine.name}_lockstep"
    return Steps


def _rule(act: Action[S], scope: Scope) -> Callable[..., None]:
    def take(self: Any, args: tuple[Value, ...]) -> None:  # Any: the state machine made above
        self.take((act, args))

    take.__name__ = act.name
    made: Callable[..., None] = rule(args=st.sampled_from(act.instances(scope)))(take)
    return made


@checked
def fuzz(
    machine: Machine[S],
    setup: Setup,
    *,
    examples: int = 100,
    steps: int = 30,
    seed: int | None = None,
    shrink: bool = True,
    backend: Backend = "hypothesis",
    progress: Tell = silent,
) -> Sample:
    """Have Hypothesis drive a machine and an implementation, until they diverge.

    A machine of the project is taken through the trials that are kept of it before.

    Args:
        machine: the specification.
        setup: how the implementation is driven.
        examples: how many runs.
        steps: of each run, at most.
        seed: of the choices; None for new ones each time.
        shrink: look for the simplest run that shows the divergence.
        backend: what makes the choices; `crosshair` looks for them with a solver.
        progress: called before the trials and before each run with a line that says which.

    Raises:
        MachineError: the setup does not fit the machine, or the backend is not installed.
    """
    for name, number in (("examples", examples), ("steps", steps)):
        if number < 1:
            raise MachineError(f"{number} {name}: give 1 or more")
    started = time.perf_counter()
    lockstep, tally, endings = Lockstep(machine, setup), Tally(), Endings()
    try:
        progress(f"trials that are kept of {machine.name}")
        try_kept(lockstep, tally)
        most = tally.runs + examples
        made = state_machine(
            lockstep, tally, endings, lambda: progress(f"{tally.runs:,} of {most:,} runs")
        )
        drive(made, examples, steps, seed, backend)
    except Divergence as found:
        endings.append(found)
    except (_Ended, Flaky):
        if not endings:
            raise
    divergence = None
    for ending in endings[:1]:
        if not isinstance(ending, Divergence):
            raise ending
        divergence = settle(lockstep, ending, shrink=shrink)
    return Sample(
        machine=machine,
        setup=setup,
        length=steps,
        seconds=time.perf_counter() - started,
        seed=seed,
        reasons=lockstep.reasons,
        tally=tally,
        divergence=divergence,
    )


def drive(
    made: type[RuleBasedStateMachine],
    examples: int,
    steps: int,
    seed: int | None = None,
    backend: Backend = "hypothesis",
) -> None:
    """Have Hypothesis drive a state machine, as `fuzz` does."""
    if backend == "crosshair" and find_spec("hypothesis_crosshair_provider") is None:
        raise MachineError(
            "the crosshair backend is not installed; in its checkout, pip install -e '.[crosshair]'"
        )
    if seed is not None:
        made._hypothesis_internal_use_seed = seed  # as @hypothesis.seed does
    with _by_seed_alone():
        run_state_machine_as_test(
            made,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                print_blob=False,
                verbosity=Verbosity.quiet,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
                backend=backend,
            ),
        )


@contextmanager
def _by_seed_alone() -> Iterator[None]:
    """Have what is chosen depend on nothing but the seed.

    Hypothesis tries the constants of all source that is imported, wherever one is possible, which
    are others in another program; here they would be numbers of steps, and mean nothing.
    """
    with patch.object(HypothesisProvider, "_maybe_draw_constant", lambda *_, **__: None):
        yield
