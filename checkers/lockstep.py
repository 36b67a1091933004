"""Lockstep: a machine and an implementation take the same steps, and must stay the same.

From a machine and a driver a Hypothesis state machine is made. Each of its steps is taken by the
specification and by the implementation: both must accept, or both refuse for the same reason; and
after every step the implementation's state, seen through the driver, must be the specification's.
"""

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
        scope: sizes, and the real values that stand for elements.
        functions: the real code (or tables) behind the machine's functions, by name.
        environment: actions that are nobody's to refuse; only the specification takes them.
    """

    open: Callable[[], Driver]
    scope: Scope
    functions: Mapping[str, Value] = attrs.field(factory=dict)
    environment: Collection[str] = ()


class Divergence(AssertionError):
    """The implementation and the specification differ; the message says how they came to."""


class Lockstep(Generic[S]):
    """One run of a machine and an implementation side by side."""

    def __init__(self, machine: Machine[S], setup: Setup) -> None:
        self.machine = machine
        self.setup = setup
        self.driver = setup.open()
        self.spec = machine.start(setup.scope, **setup.functions)
        self.blank = machine.copy(self.spec)
        self.taken: list[str] = []

    def take(self, act: Action[S], args: tuple[Value, ...]) -> None:
        """Take an action on both sides.

        Raises:
            Divergence: one accepts and the other refuses, or for another reason, or the states
                differ afterwards.
        """
        expected = self._specified(act, args)
        if expected == _OUTSIDE:
            return
        self.taken.append(describe(self.setup.scope, act, args))
        if act.name not in self.setup.environment:
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
            self.machine.apply(act, after, args, self.setup.scope)
        except Refused as refusal:
            return refusal.reason
        except OutOfRange:
            return _OUTSIDE
        self.spec = after
        return None

    def accepts(self, act: Action[S], args: tuple[Value, ...]) -> bool:
        """Whether the specification would take an action now."""
        try:
            self.machine.apply(act, self.machine.copy(self.spec), args, self.setup.scope)
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
                    cell = place(self.setup.scope, field, parts)
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

    It has a rule for each action, with any parameters; one that takes some action which the
    specification accepts, since parameters drawn blindly are mostly refused; and one that restarts
    the implementation.
    """

    class Run(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.lockstep = Lockstep(machine, setup)

        @rule(act=st.sampled_from(machine.actions), number=st.integers(0, 2**16))
        def accepted(self, act: Action[S], number: int) -> None:
            choices = [a for a in act.instances(setup.scope) if self.lockstep.accepts(act, a)]
            if choices:
                self.lockstep.take(act, choices[number % len(choices)])

        @rule()
        def restart(self) -> None:
            self.lockstep.restart()

        def teardown(self) -> None:
            if hasattr(self, "lockstep"):
                self.lockstep.close()

    for act in machine.actions:
        setattr(Run, act.name, _rule(act, setup.scope))
    Run.__name__ = Run.__qualname__ = f"{machine.name}_lockstep"
    return Run


def _rule(act: Action[S], scope: Scope) -> Callable[..., None]:
    def take(self: Any, **parameters: Value) -> None:  # the state machine made above
        self.lockstep.take(act, tuple(parameters[name] for name in act.parameters))

    take.__name__ = act.name
    drawn = {name: st.sampled_from(scope.elements(s)) for name, s in act.parameters.items()}
    return rule(**drawn)(take)


def fuzz(
    machine: Machine[S],
    setup: Setup,
    *,
    examples: int = 100,
    steps: int = 30,
    seed: int | None = None,
) -> Divergence | None:
    """Run a machine and an implementation in lockstep; the shrunk divergence, if there is one.

    Args:
        examples: how many runs.
        steps: of each run, at most.
        seed: of the choices; None for new ones each time.
    """
    made = state_machine(machine, setup)
    if seed is not None:
        made._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]  # as @seed does
    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]  # Hypothesis leaves it untyped
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
                phases=[Phase.generate, Phase.shrink],
            ),
        )
    except Divergence as divergence:
        return divergence
    return None
