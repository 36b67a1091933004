"""Lockstep: a machine and an implementation take the same steps, and must stay the same.

From a machine and a driver a Hypothesis state machine is made. Each of its steps is taken by the
specification and by the implementation: both must accept, or both refuse for the same reason; and
after every step the implementation's state, seen through the driver, must be the specification's.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import attrs
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from checkers.trace import describe, place
from spec.notation import OutOfRange, Refused, Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Fun, Map, Value

S = TypeVar("S")


class Driver(Protocol):
    """An implementation, as lockstep drives it. One is opened for every run and then closed."""

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Take an action; None if the implementation accepts it, else its reason for refusing."""

    def restart(self) -> None:
        """Stop and start again, keeping what was acknowledged."""

    def state(self) -> Mapping[str, Value]:
        """The implementation's state in the terms of the machine, field by field.

        A map is a dictionary of what the implementation holds (keys as in `Machine.concrete`); the
        rest of it must be as it was at the start. Fields that are left out are not compared.
        """

    def close(self) -> None:
        """Let go of everything."""


@attrs.frozen
class Setup:
    """How a machine is driven against one implementation.

    Args:
        open: makes a fresh implementation.
        scope: sizes, and the real values that stand for elements; else the machine's own sizes.
        functions: the real code (or tables) behind the machine's functions, by name.
        left_out: actions that no implementation takes part in, and that change nothing it shows.
    """

    open: Callable[[], Driver]
    scope: Scope | None = None
    functions: Mapping[str, Value] = attrs.field(factory=dict)
    left_out: Collection[str] = ()


class Divergence(AssertionError):
    """The implementation and the specification differ; the message says how they came to."""


class Lockstep(Generic[S]):
    """One run of a machine and an implementation side by side."""

    def __init__(self, machine: Machine[S], setup: Setup) -> None:
        self.machine = machine
        self.setup = setup
        self.scope = setup.scope or machine.scope()
        self.driver = setup.open()
        self.spec = machine.start(self.scope, **setup.functions)
        self.blank = machine.copy(self.spec)
        self.taken: list[str] = []
        self.counts: Counter[str] = Counter()

    def take(self, act: Action[S], args: tuple[Value, ...]) -> None:
        """Take an action on both sides.

        Raises:
            Divergence: one accepts and the other refuses, or for another reason, or the states
                differ afterwards.
        """
        expected = self._specified(act, args)
        if expected == _OUTSIDE:
            return
        self.taken.append(describe(self.scope, act, args))
        answer = self.driver.take(act.name, args)
        if answer != expected:
            self._diverge(f"specification: {_said(expected)}; implementation: {_said(answer)}")
        self.compare()

    def restart(self) -> None:
        """Restart the implementation, which must forget nothing."""
        self.taken.append("restart")
        self.driver.restart()
        self.compare()

    def _specified(self, act: Action[S], args: tuple[Value, ...]) -> str | None:
        after = self.machine.copy(self.spec)
        try:
            self.machine.apply(act, after, args, self.scope)
        except Refused as refusal:
            return refusal.reason
        except OutOfRange:
            return _OUTSIDE
        self.spec = after
        self.counts[act.name] += 1
        return None

    def accepted(self, actions: Sequence[Action[S]]) -> list[tuple[Action[S], tuple[Value, ...]]]:
        """What the specification would accept now, of the action that was accepted least so far.

        So an action is tried as soon as the ones before it have made it possible.
        """
        for act in sorted(actions, key=lambda act: self.counts[act.name]):
            choices = [args for args in act.instances(self.scope) if self._accepts(act, args)]
            if choices:
                return [(act, args) for args in choices]
        return []

    def _accepts(self, act: Action[S], args: tuple[Value, ...]) -> bool:
        try:
            self.machine.apply(act, self.machine.copy(self.spec), args, self.scope)
        except (Refused, OutOfRange):
            return False
        return True

    def compare(self) -> None:
        """Compare the two states.

        Raises:
            Divergence: they differ; the message names the first cell.
        """
        for name, actual in self.driver.state().items():
            field = self.machine.fields[name]
            expected = getattr(self.spec, name)
            if field.kind is Map:
                blank = getattr(self.blank, name)
                for key, value in expected.items():
                    parts = key if isinstance(key, tuple) else (key,)
                    cell = place(self.scope, field, parts)
                    self._same(cell, value, actual.get(key, blank[key]))
            elif field.kind is not Fun:
                self._same(name, expected, actual)

    def _same(self, cell: str, expected: Value, actual: Value) -> None:
        if expected != actual:
            self._diverge(f"{cell}: specification {expected!r}, implementation {actual!r}")

    def _diverge(self, how: str) -> None:
        steps = "".join(f"\n  {number}. {step}" for number, step in enumerate(self.taken, 1))
        raise Divergence(f"{self.machine.name} differs after{steps}\n{how}")

    def close(self) -> None:
        """Let go of the implementation."""
        self.driver.close()


_OUTSIDE = "past the sizes that are looked at"  # no reason code: nobody refuses for it


def _said(answer: str | None) -> str:
    return "accepted" if answer is None else f"refused, {answer!r}"


def state_machine(machine: Machine[S], setup: Setup) -> type[RuleBasedStateMachine]:
    """The Hypothesis state machine of a machine and an implementation.

    It has a rule for each action, with any parameters; one that takes an action which the
    specification accepts, since parameters drawn blindly are mostly refused; and one that restarts
    the implementation.
    """

    scope = setup.scope or machine.scope()
    actions = [act for act in machine.actions if act.name not in setup.left_out]

    class Run(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.lockstep = Lockstep(machine, setup)

        @rule(number=st.integers(0, 2**16))
        def accepted(self, number: int) -> None:
            choices = self.lockstep.accepted(actions)
            if choices:
                self.lockstep.take(*choices[number % len(choices)])

        @rule()
        def restart(self) -> None:
            self.lockstep.restart()

        def teardown(self) -> None:
            if hasattr(self, "lockstep"):
                self.lockstep.close()

    for act in actions:
        setattr(Run, act.name, _rule(act, scope))
    Run.__name__ = Run.__qualname__ = f"{machine.name}_lockstep"
    return Run


def _rule(act: Action[S], scope: Scope) -> Callable[..., None]:
    def take(self: Any, **parameters: Value) -> None:  # Any: the state machine made above
        self.lockstep.take(act, tuple(parameters[name] for name in act.parameters))

    take.__name__ = act.name
    drawn = {name: st.sampled_from(scope.elements(s)) for name, s in act.parameters.items()}
    make_rule: Any = rule  # to mypy, keywords of unknown names could be `target`
    made: Callable[..., None] = make_rule(**drawn)(take)
    return made


def fuzz(
    machine: Machine[S],
    setup: Setup,
    *,
    examples: int = 100,
    steps: int = 30,
    seed: int | None = None,
    shrink: bool = True,
) -> Divergence | None:
    """Run a machine and an implementation in lockstep; the first divergence, if there is one.

    Args:
        examples: how many runs.
        steps: of each run, at most.
        seed: of the choices; None for new ones each time.
        shrink: look for the simplest run that shows the divergence.
    """
    made = state_machine(machine, setup)
    if seed is not None:
        made._hypothesis_internal_use_seed = seed  # as @hypothesis.seed does
    try:
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
                phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
            ),
        )
    except Divergence as divergence:
        return divergence
    return None
