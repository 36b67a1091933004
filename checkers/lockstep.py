"""Lockstep: a machine and an implementation take the same steps, and must stay the same.

Each step is taken by the specification and by the implementation: both must accept, or both refuse
for the same reason; and after every step the implementation's state, seen through the driver, must
be the specification's. Two things drive it: Hypothesis, here, which chooses and shrinks well, and
`checkers.walk`, which goes far.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

import attrs
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from checkers.trace import describe, place
from spec.notation import MachineError, OutOfRange, Refused, Scope
from spec.notation.concrete import Concrete
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Field, Map, Ordinal, SortType, Value
from spec.notation.words import reading

S = TypeVar("S")

Backend = Literal["hypothesis", "crosshair"]


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


Step: TypeAlias = tuple[Action[S], tuple[Value, ...]]
"""An action with its parameters."""


class Divergence(AssertionError):
    """The implementation and the specification differ; the message says how they came to.

    Attributes:
        steps: after which they differ.
    """

    def __init__(self, message: str, steps: Sequence[Step[Any]]) -> None:  # Any: of any machine
        super().__init__(message)
        self.steps = steps


RESTART: Action[Any] = Action(lambda _: None, "restart", {})  # Any: whatever the state
"""The implementation stops and starts again; in the specification nothing happens."""

OUTSIDE = "past the sizes that are looked at"
"""What the specification says of a step that leaves its sizes; nobody refuses for it."""


class Lockstep(Generic[S]):
    """A machine and an implementation that are run side by side, as often as one likes.

    Attributes:
        actions: what can be taken, without what the setup leaves out.
        start: the state in which the specification starts.
        ranged: the names of the actions in which a number can leave its sort.
    """

    def __init__(self, machine: Machine[S], setup: Setup) -> None:
        self.machine = machine
        self.setup = setup
        self.scope = setup.scope or machine.scope()
        left_out = [machine.action(name) for name in setup.left_out]
        self.actions = [act for act in machine.actions if act not in left_out]
        if not self.actions:
            raise MachineError(f"{machine.name} has no action to take; the setup leaves out all")
        self.start = machine.start(self.scope, **setup.functions)
        self.ranged = {act.name for act in self.actions if _has_range_check(machine, act)}

    @contextmanager
    def run(self) -> Iterator["Run[S]"]:
        """A run of both from the start."""
        driver = self.setup.open()
        try:
            with reading(Concrete(self.scope)):
                yield Run(self, driver)
        finally:
            driver.close()

    def replay(self, steps: Sequence[Step[S]]) -> Divergence | None:
        """Take some steps again, from the start; the divergence that they show."""
        try:
            with self.run() as run:
                for step in steps:
                    run.take(step)
        except Divergence as divergence:
            return divergence
        return None


def _has_range_check(machine: Machine[S], act: Action[S]) -> bool:
    return any(check.kind != "guard" for check in machine.read(act).checks)


class Run(Generic[S]):
    """One run of a machine and an implementation side by side.

    Attributes:
        spec: the state of the specification.
        steps: what both were asked to do so far.
    """

    def __init__(self, lockstep: Lockstep[S], driver: Driver) -> None:
        self.lockstep = lockstep
        self.driver = driver
        self._ranged = lockstep.ranged
        self.spec = lockstep.machine.copy(lockstep.start)
        self.steps: list[Step[S]] = []

    def take(self, step: Step[S]) -> str | None:
        """Take a step on both sides: None if they accept it, else why they refuse; or OUTSIDE.

        Raises:
            Divergence: one accepts and the other refuses, or for another reason, or the states
                differ afterwards.
        """
        said = self.attempt(step)
        if said != OUTSIDE:
            self.follow(step, said)
        return said

    def attempt(self, step: Step[S]) -> str | None:
        """Take a step in the specification, and there alone; what it says, as `take`."""
        act, args = step
        # A guard refuses before anything changes; a number that leaves its sort may do so after.
        before = self.spec
        if act.name in self._ranged:
            before = self.lockstep.machine.copy(before)
        try:
            act.text(self.spec, *args)
        except Refused as refusal:
            return refusal.reason
        except OutOfRange:
            self.spec = before
            return OUTSIDE
        return None

    def accepted(self, act: Action[S]) -> list[Step[S]]:
        """An action with every choice of parameters that the specification accepts now."""
        before, found = self.spec, []
        self.spec = self.lockstep.machine.copy(before)
        for args in act.instances(self.lockstep.scope):
            if self.attempt((act, args)) is None:
                found.append((act, args))
                self.spec = self.lockstep.machine.copy(before)
        self.spec = before
        return found

    def follow(self, step: Step[S], said: str | None) -> None:
        """Have the implementation take a step of which the specification has said something.

        Raises:
            Divergence: as `take`.
        """
        self.steps.append(step)
        act, args = step
        if act is RESTART:
            self.driver.restart()
        else:
            answer = self.driver.take(act.name, args)
            if answer != said:
                self._diverge(f"specification: {_said(said)}; implementation: {_said(answer)}")
        self._compare()

    def _compare(self) -> None:
        for name, actual in self.driver.state().items():
            expected = getattr(self.spec, name, None)
            if expected != actual:
                self._compare_cells(self._field(name), expected, actual)

    def _field(self, name: str) -> Field:
        machine = self.lockstep.machine
        if name not in machine.fields:
            raise MachineError(f"the driver shows {name}, which is no field of {machine.name}")
        return machine.fields[name]

    def _compare_cells(self, field: Field, expected: Value, actual: Value) -> None:
        """Compare a field cell by cell; a map may leave out what is as it was at the start."""
        if field.kind is object:
            self._differ(field.name, expected, actual)
        elif field.kind is Map:
            blank = getattr(self.lockstep.start, field.name)
            for key, value in expected.items():
                held = actual.get(key, blank[key])
                if value != held:
                    parts = key if isinstance(key, tuple) else (key,)
                    self._differ(place(self.lockstep.scope, field, parts), value, held)

    def _differ(self, cell: str, expected: Value, actual: Value) -> None:
        self._diverge(f"{cell}: specification {expected!r}, implementation {actual!r}")

    def _diverge(self, how: str) -> None:
        scope = self.lockstep.scope
        taken = [describe(scope, *step) for step in self.steps]
        lines = "".join(f"\n  {number}. {step}" for number, step in enumerate(taken, 1))
        message = f"{self.lockstep.machine.name} differs after{lines}\n{how}"
        raise Divergence(message, tuple(self.steps))


def _said(answer: str | None) -> str:
    return "accepted" if answer is None else f"refused, {answer!r}"


class Shrinker(Generic[S]):
    """Looks for the fewest and simplest steps that show a divergence, by trying.

    Parts of the run are left out as long as it still diverges (delta debugging: Zeller and
    Hildebrandt, IEEE TSE 28:2, 2002); then parameters are replaced by earlier elements.

    Attributes:
        found: the simplest divergence so far.
    """

    def __init__(self, lockstep: Lockstep[S], found: Divergence) -> None:
        self.lockstep = lockstep
        self.found = found
        self._ordinals = [s for s in lockstep.machine.sorts if issubclass(s, Ordinal)]

    def run(self) -> Divergence:
        """The simplest divergence that nothing tried here makes simpler."""
        while True:
            before = self.found
            self._shorten()
            self._simplify()
            if self.found is before:
                return before

    def _diverges(self, steps: Sequence[Step[S]]) -> bool:
        found = self.lockstep.replay(steps)
        self.found = found or self.found
        return found is not None

    def _shorten(self) -> None:
        size = len(self.found.steps)
        while size := size // 2:
            start = 0
            while start < len(self.found.steps):
                if not any(map(self._diverges, self._without(start, size))):
                    start += size

    def _without(self, start: int, size: int) -> Iterator[list[Step[S]]]:
        """The run without a part; of a single step that was counted, also with one less to name;
        and with a later step of its action in its place."""
        before, after = self.found.steps[:start], self.found.steps[start + size :]
        yield [*before, *after]
        for number, later in enumerate(after if size == 1 else ()):
            if later[0] is self.found.steps[start][0]:
                yield [*before, later, *after[:number], *after[number + 1 :]]
        for sort in self._ordinals if size == 1 else ():
            lowered = tuple(self._lowered(step, sort) for step in after)
            if lowered != after:
                yield [*before, *lowered]

    def _lowered(self, step: Step[S], sort: SortType) -> Step[S]:
        act, args = step
        elements = self.lockstep.scope.elements(sort)
        return act, tuple(
            elements[max(elements.index(arg) - 1, 0)] if of is sort else arg
            for arg, of in zip(args, act.parameters.values(), strict=True)
        )

    def _simplify(self) -> None:
        place = 0
        while place < len(self.found.steps):
            steps = self.found.steps
            simpler = self._simpler(*steps[place])
            if not any(self._diverges([*steps[:place], s, *steps[place + 1 :]]) for s in simpler):
                place += 1

    def _simpler(self, act: Action[S], args: tuple[Value, ...]) -> Iterator[Step[S]]:
        """A step with one of its parameters replaced by an earlier element."""
        for number, sort in enumerate(act.parameters.values()):
            elements = self.lockstep.scope.elements(sort)
            for earlier in elements[: elements.index(args[number])]:
                yield act, (*args[:number], earlier, *args[number + 1 :])


def state_machine(machine: Machine[S], setup: Setup) -> type[RuleBasedStateMachine]:
    """The Hypothesis state machine of a machine and an implementation.

    It has a rule for each action, with any parameters; one that takes an action which the
    specification accepts, since parameters drawn blindly are mostly refused; and one that restarts
    the implementation.
    """
    lockstep = Lockstep(machine, setup)

    class Steps(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.held = ExitStack()
            self.run = self.held.enter_context(lockstep.run())
            self.counts: Counter[str] = Counter()

        def take(self, step: Step[S]) -> None:
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
            self.held.close()

    for act in lockstep.actions:
        setattr(Steps, f"take_{act.name}", _rule(act, lockstep.scope))
    Steps.__name__ = Steps.__qualname__ = f"{machine.name}_lockstep"
    return Steps


def _rule(act: Action[S], scope: Scope) -> Callable[..., None]:
    def take(self: Any, args: tuple[Value, ...]) -> None:  # Any: the state machine made above
        self.take((act, args))

    take.__name__ = act.name
    made: Callable[..., None] = rule(args=st.sampled_from(act.instances(scope)))(take)
    return made


def fuzz(
    machine: Machine[S],
    setup: Setup,
    *,
    examples: int = 100,
    steps: int = 30,
    seed: int | None = None,
    shrink: bool = True,
    backend: Backend = "hypothesis",
) -> Divergence | None:
    """Have Hypothesis drive a machine and an implementation; the first divergence, if there is one.

    Args:
        examples: how many runs.
        steps: of each run, at most.
        seed: of the choices; None for new ones each time.
        shrink: look for the simplest run that shows the divergence.
        backend: what makes the choices; `crosshair` looks for them with a solver.

    Raises:
        MachineError: the backend is not installed.
    """
    made = state_machine(machine, setup)
    try:
        drive(made, examples, steps, seed, shrink=shrink, backend=backend)
    except Divergence as found:
        return Shrinker(Lockstep(machine, setup), found).run() if shrink else found
    return None


def drive(
    made: type[RuleBasedStateMachine],
    examples: int,
    steps: int,
    seed: int | None = None,
    *,
    shrink: bool = True,
    backend: Backend = "hypothesis",
) -> None:
    """Have Hypothesis drive a state machine, as `fuzz` does; whatever it fails with is raised."""
    if backend == "crosshair" and find_spec("hypothesis_crosshair_provider") is None:
        raise MachineError(
            "the crosshair backend is not installed; pip install 'tallystick[crosshair]'"
        )
    if seed is not None:
        made._hypothesis_internal_use_seed = seed  # as @hypothesis.seed does
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
            backend=backend,
        ),
    )
