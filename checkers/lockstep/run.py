"""Lockstep: a machine and an implementation take the same steps, and must stay the same.

Both start alike. Each step is taken by the specification and by the implementation: both must
accept, or both refuse for the same reason; and after every step the implementation's state, seen
through the driver, must be the specification's. Whatever else an implementation does is a
divergence as well: it fails with an exception, does not answer, or answers what is no answer.
Two things drive both: Hypothesis (`fuzz`), which chooses well, and `walk`, which goes far. What
they find is shrunk by `shrink`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

import attrs

from checkers.lockstep.driver import Driver, NoAnswer, Setup, check_driver, scope_of, start_of
from checkers.lockstep.likeness import Likeness, failure, told
from checkers.lockstep.patience import Patience
from checkers.traces.trace import describe
from spec.notation import MachineError, OutOfRange, Refused
from spec.notation.concrete import Concrete, Undefined
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value
from spec.notation.words import reading

S = TypeVar("S")


Step: TypeAlias = tuple[Action[S], tuple[Value, ...]]
"""An action with its parameters."""


class Divergence(AssertionError):
    """The implementation and the specification differ; the message says how they came to.

    Attributes:
        steps: after which they differ; none if they start differently.
        how: they differ, in words.
        kind: what two divergences that come to the same have in common; of an exception its type.
        is_overdue: whether they differ because the implementation does not answer.
        again: what came of the same steps when they were taken again, where it was something else.
    """

    def __init__(
        self,
        told_run: str,
        how: str,
        steps: Sequence[Step[Any]],  # Any: of any machine
        *,
        kind: str = "",
        is_overdue: bool = False,
    ) -> None:
        super().__init__(told_run, how)
        self.steps = steps
        self.how = how
        self.kind = kind or how
        self.is_overdue = is_overdue
        self.again = ""
        self._run = told_run

    def __str__(self) -> str:
        return "\n".join(filter(None, (self._run, self.how, self.again)))


RESTART: Action[Any] = Action(lambda _: None, "restart", {})  # Any: whatever the state
"""The implementation stops and starts again; in the specification nothing happens."""

OUTSIDE = "past the sizes that are looked at"
BELOW_ZERO = "the specification takes a number below zero"
"""What the specification says of a step that leaves its sizes; nobody refuses for it."""


@attrs.define
class Tally:
    """What both sides took alike.

    Attributes:
        runs: that were begun.
        restarts: of the implementation.
        accepted: how often each action was accepted, by name.
        refused: how often each action was refused for each reason.
        cut: steps that neither side took, since in the specification a number would pass its size.
    """

    runs: int = 0
    restarts: int = 0
    accepted: Counter[str] = attrs.field(factory=Counter)
    refused: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    cut: int = 0

    @property
    def steps(self) -> int:
        """What was taken, accepted or refused, restarts included."""
        return self.accepted.total() + self.refused.total() + self.restarts


class Lockstep(Generic[S]):
    """A machine and an implementation that are run side by side, as often as one likes.

    Attributes:
        actions: what can be taken, without what the setup leaves out.
        reasons: for which each of them can be refused, by name, in the order of the text.
        start: the state in which the specification starts.
        ranged: the names of the actions in which a number can leave its sort.

    Raises:
        MachineError: the setup does not fit the machine.
    """

    def __init__(self, machine: Machine[S], setup: Setup) -> None:
        self.machine = machine
        self.setup = setup
        self.scope = scope_of(machine, setup)
        left_out = [machine.action(name) for name in setup.left_out]
        self.actions = [act for act in machine.actions if act not in left_out]
        if not self.actions:
            raise MachineError(f"{machine.name} has no action to take; the setup leaves out all")
        # What is defined at a size is read at one.
        size = self.scope.numbered if machine.sized else None
        checks = {act.name: machine.read(act, size).checks for act in self.actions}
        self.reasons = {n: [c.reason for c in cs if c.kind == "guard"] for n, cs in checks.items()}
        self.ranged = {n for n, cs in checks.items() if any(c.kind != "guard" for c in cs)}
        self.start = start_of(machine, self.scope, setup.functions)
        self.likeness = Likeness(machine, self.scope, self.start, setup.hidden, setup.told)

    @contextmanager
    def run(self, tally: Tally | None = None, patience: float | None = None) -> Iterator["Run[S]"]:
        """A run of both from the start.

        Args:
            tally: where its steps are counted.
            patience: seconds for a step; else those of the setup.

        Raises:
            Divergence: they start differently, or the implementation does not come to its end.
        """
        run = Run(self, tally or Tally(), Patience(patience or self.setup.patience))
        with run.patience.watch(), reading(Concrete(self.scope)):
            try:
                run.open()
                yield run
            except BaseException:
                with suppress(Divergence):  # there is more to tell already
                    run.close()
                raise
            run.close()

    @contextmanager
    def alone(self) -> Iterator["Run[S]"]:
        """A run of the specification with no implementation beside it, which can be attempted."""
        with reading(Concrete(self.scope)):
            yield Run(self, Tally(), Patience(self.setup.patience))

    def replay(self, steps: Sequence[Step[S]], patience: float | None = None) -> Divergence | None:
        """Take some steps again, from the start; the divergence that they show."""
        try:
            with self.run(patience=patience) as run:
                for step in steps:
                    run.take(step)
        except Divergence as divergence:
            return divergence
        return None


class Run(Generic[S]):
    """One run of a machine and an implementation side by side.

    Attributes:
        spec: the state of the specification.
        steps: what both were asked to do so far.
        driver: the implementation, once it is opened.
        shown: what it showed last.
    """

    driver: Driver
    shown: Mapping[str, Value]

    def __init__(self, lockstep: Lockstep[S], tally: Tally, patience: Patience) -> None:
        self.lockstep = lockstep
        self.tally = tally
        self.patience = patience
        self.spec = lockstep.machine.copy(lockstep.start)
        self.steps: list[Step[S]] = []
        self._tried: S | None = None  # a copy of `spec`, for what is only tried
        self._ranged = lockstep.ranged
        self._difference = lockstep.likeness.difference

    def open(self) -> None:
        """Begin.

        Raises:
            Divergence: they start differently.
            MachineError: what was opened is no driver.
        """
        self.tally.runs += 1
        self._ask(self._opened)
        check_driver(self.driver)
        self._ask(self._looked)

    def close(self) -> None:
        """Let go of the implementation, if it was opened. Raises Divergence if it fails."""
        if self.patience.overdue:
            self.patience.most = 1  # it has had its time
        if hasattr(self, "driver"):
            self._ask(self._closed)

    def take(self, step: Step[S]) -> str | None:
        """Take a step on both sides: None if they accept it, else why they refuse; or OUTSIDE.

        Raises:
            Divergence: one accepts and the other refuses, or for another reason, or the states
                differ afterwards, or the implementation fails.
        """
        said = self.attempt(step)
        if said == OUTSIDE:
            self.tally.cut += 1
        else:
            self.follow(step, said)
        return said

    def refuse(self, what: str, ask: Callable[[Any], str | None], reason: str) -> None:
        """Ask the implementation alone for what it must refuse, as no machine tells.

        Args:
            what: is asked for, in words.
            ask: asks the driver, and answers as its `take`.
            reason: for which it must be refused.

        Raises:
            Divergence: it is not refused so, or changes something.
        """
        self._ask(self._refused, what, ask, reason)

    def attempt(self, step: Step[S]) -> str | None:
        """Take a step in the specification, and there alone; what it says, as `take`."""
        before = self.spec
        if step[0].name in self._ranged:
            before = self.lockstep.machine.copy(before)
        said = self._outcome(step)
        if said in (OUTSIDE, BELOW_ZERO):
            self.spec = before
        if _changes(said):
            self._tried = None
        return said

    def would(self, step: Step[S]) -> str | None:
        """What the specification would say of a step, which it does not take."""
        before = self.spec
        if self._tried is None:
            self._tried = self.lockstep.machine.copy(before)
        self.spec = self._tried
        said = self._outcome(step)
        self.spec = before
        if _changes(said):
            self._tried = None
        return said

    def accepted(self, act: Action[S]) -> list[Step[S]]:
        """An action with every choice of parameters that the specification accepts now."""
        steps = ((act, args) for args in act.instances(self.lockstep.scope))
        return [step for step in steps if self.would(step) is None]

    def faults(self, step: Step[S]) -> list[str]:
        """The guards that are against a step now, by their reasons, in the order of the text."""
        act, args = step
        noting = _Noting(self.lockstep.scope, guards=len(self.lockstep.reasons[act.name]))
        # A number that leaves its sort is computed behind a guard that does not hold.
        with reading(noting), suppress(_NoGuardLeft, OutOfRange):
            act.text(self.spec, *args)
        return [reason for reason, holds in noting.noted if not holds]

    def _outcome(self, step: Step[S]) -> str | None:
        """What the specification says of a step, which it takes as far as it goes."""
        act, args = step
        try:
            act.text(self.spec, *args)
        except Refused as refusal:
            return refusal.reason
        except OutOfRange as outside:
            return BELOW_ZERO if outside.low else OUTSIDE
        return None

    def follow(self, step: Step[S], said: str | None) -> None:
        """Have the implementation take a step of which the specification has said something.

        Raises:
            Divergence: as `take`.
        """
        self.steps.append(step)
        if said == BELOW_ZERO:
            self.diverge(said, said)
        self._ask(self._followed, step, said)

    # What the implementation is asked; each says how it differs, if it does.

    def _opened(self) -> None:
        self.patience.asked = "open"
        self.driver = self.lockstep.setup.open()

    def _followed(self, step: Step[S], said: str | None) -> str | None:
        act, args = step
        if act is RESTART:
            self.patience.asked = "restart"
            self.driver.restart()
            self.tally.restarts += 1
        else:
            self.patience.asked = "take"
            answer = self.driver.take(act.name, args)
            if answer is not said and not self._is_reason(answer, step, said):
                return f"specification: {_said(said)}; implementation: {_said(answer)}"
            if said is None:
                self.tally.accepted[act.name] += 1
            else:
                self.tally.refused[act.name, str(answer)] += 1
        return self._looked()

    def _is_reason(self, answer: Value, step: Step[S], said: str | None) -> bool:
        """Whether an implementation refuses a step as it must."""
        if said is None or self.lockstep.setup.ordered:
            return _is_text(answer, said)
        return any(_is_text(answer, fault) for fault in self.faults(step))

    def _refused(self, what: str, ask: Callable[[Any], str | None], reason: str) -> str | None:
        self.patience.asked = what
        answer = ask(self.driver)
        if not _is_text(answer, reason):
            return f"{what}: to be refused, {reason}; implementation: {_said(answer)}"
        return self._looked()

    def _looked(self) -> str | None:
        self.patience.asked = "state"
        self.shown = self.driver.state()
        return self._difference(self.spec, self.shown)

    def _closed(self) -> None:
        self.patience.asked = "close"
        self.driver.close()

    def _ask(self, question: Callable[..., str | None], *about: Value) -> None:
        patience, kind, is_overdue = self.patience, "", False
        patience.left = patience.most
        try:
            how = question(*about)
        except KeyboardInterrupt:
            raise  # by who watches
        except NoAnswer as what:
            how = kind = f"{patience.asked}: {what}"
            is_overdue = what.is_overdue
        except BaseException as error:  # of code that is not ours; it may even want to exit
            how = f"{patience.asked} raised {failure(error, __file__)}"
            kind = f"{patience.asked} raised {type(error).__qualname__}"
        finally:
            patience.left = 0
        if patience.overdue:
            kind = f"{patience.overdue} gave no answer"
            self.diverge(f"{kind} within {patience.seconds:g} s", kind, is_overdue=True)
        if how:
            self.diverge(how, kind, is_overdue=is_overdue)

    def diverge(self, how: str, kind: str = "", *, is_overdue: bool = False) -> NoReturn:
        """Raise the Divergence that is seen now; the arguments are its attributes."""
        name, scope = self.lockstep.machine.name, self.lockstep.scope
        ways = cycle(self.lockstep.setup.restarts)
        taken = [next(ways) if s[0] is RESTART else describe(scope, *s) for s in self.steps]
        lines = "".join(f"\n  {number}. {step}" for number, step in enumerate(taken, 1))
        told_run = f"{name} differs after{lines}" if taken else f"{name} differs at the start"
        raise Divergence(told_run, how, tuple(self.steps), kind=kind, is_overdue=is_overdue)


class _NoGuardLeft(Exception):
    """All guards of a text are read, and nothing has changed yet."""


@attrs.frozen
class _Noting(Concrete):
    """Reads a text up to its last guard, and notes of each whether it holds.

    Attributes:
        guards: how many the text has.
        noted: of those that were read, the reasons, and whether they hold.
    """

    guards: int = attrs.field(kw_only=True)
    noted: list[tuple[str, bool]] = attrs.field(factory=list, init=False)

    def require(self, condition: Value, reason: str) -> None:
        self.noted.append((reason, not isinstance(condition, Undefined) and bool(condition)))
        if len(self.noted) == self.guards:
            raise _NoGuardLeft


def _is_text(answer: Value, text: str | None) -> bool:
    """Whether an answer is a text, as text; it may be of a type that has an `==` of its own."""
    return text is not None and isinstance(answer, str) and str.__eq__(answer, text)


def _changes(said: str | None) -> bool:
    """Whether a state may be another after a step of which the specification has said something.

    A guard refuses before anything changes; a number that leaves its sort may do so after.
    """
    return said in (None, OUTSIDE, BELOW_ZERO)


def _said(answer: Value) -> str:
    if answer is None:
        return "accepted"
    if isinstance(answer, str) and answer:
        return f"refused, {told(answer)}"
    return f"answered {told(answer)}, which is neither None nor a reason"
