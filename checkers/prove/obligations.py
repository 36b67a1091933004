"""What must be proved for properties to be inductive, as Z3 formulas for any number of parties."""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

import attrs
import z3

from spec.notation.machine import Action, Machine
from spec.notation.symbolic import Formula, State, Symbolic, Transition

S = TypeVar("S")

INIT = "init"
NATURAL = "no number falls below zero"


@attrs.frozen
class Group(Generic[S]):
    """Goals that are to follow from the same facts.

    Attributes:
        label: the action taken, `init`, or which states of several in a row.
        facts: what is known.
        goals: what is to follow, by the property's name.
        kept: the properties that hold before.
        action: the action taken, if it is one.
    """

    label: str
    facts: Sequence[Formula]
    goals: Mapping[str, Formula]
    kept: Sequence[str] = ()
    action: Action[S] | None = None


class Induction(Generic[S]):
    """The obligations of a machine.

    Args:
        machine: the machine.
        symbolic: the machine as Z3 terms, if that is to be at a size.
    """

    def __init__(self, machine: Machine[S], symbolic: Symbolic[S] | None = None) -> None:
        self.machine = machine
        self.symbolic = symbolic or Symbolic(machine)
        self.texts: Mapping[str, Callable[[S], bool]] = {
            text.__name__: text for text in (*machine.always, *machine.lemmas, *machine.refuted)
        }
        self.before = self.symbolic.constants()
        self.background = self.symbolic.background()
        self.typed = self.symbolic.typed(self.before)
        self.holds_before = self._formulas(self.before)

    @cached_property
    def _transitions(self) -> Mapping[str, Transition]:
        actions = self.machine.actions
        return {act.name: self.symbolic.transition(act, self.before) for act in actions}

    @cached_property
    def _holds_after(self) -> Mapping[str, Mapping[str, Formula]]:
        return {name: self._formulas(step.after) for name, step in self._transitions.items()}

    def _formulas(self, state: State) -> dict[str, Formula]:
        return {name: self.symbolic.predicate(text, state) for name, text in self.texts.items()}

    def start(self) -> Group[S]:
        """Every property holds at the start."""
        conditions, start = self.symbolic.initial()
        return Group(INIT, [*self.background, *conditions], self._formulas(start))

    def step(self, act: Action[S], kept: Collection[str]) -> Group[S]:
        """An action keeps a property, given some properties before it."""
        transition = self._transitions[act.name]
        facts = [*self._known(kept), *transition.conditions]
        return Group(act.name, facts, self._holds_after[act.name], tuple(kept), act)

    def natural(self, act: Action[S], kept: Collection[str]) -> Iterator[Group[S]]:
        """No number falls below zero in an action, given some properties before it."""
        known = self._known(kept)
        for facts, goal in checked(self._transitions[act.name], "low"):
            yield Group(act.name, [*known, *facts], {NATURAL: goal}, tuple(kept), act)

    def natural_start(self) -> Iterator[Group[S]]:
        """No number falls below zero at the start."""
        before = self.symbolic.before_start()
        known = [*self.background, *self.symbolic.typed(before)]
        for facts, goal in checked(self.symbolic.start(before), "low"):
            yield Group(INIT, [*known, *facts], {NATURAL: goal})

    def _known(self, kept: Collection[str]) -> list[Formula]:
        return [*self.background, *self.typed, *(self.holds_before[name] for name in kept)]

    # Several steps in a row: a property holds in the first few states of every run, however soon
    # that stops, and after as many states in which it holds.

    def several(self, name: str, steps: int, kept: Collection[str]) -> list[Group[S]]:
        """The obligations of k-induction, given some properties that always hold."""
        first = [self._from_start(name, number, kept) for number in range(steps)]
        facts, states = self._path(steps, [*kept, name])
        goals = {name: self.holds(name, states[-1])}
        return [*first, Group(f"after {steps} states", facts, goals, tuple(kept))]

    def _from_start(self, name: str, steps: int, kept: Collection[str]) -> Group[S]:
        """A property holds after so many steps from the start."""
        facts, states = self._path(steps, kept)
        conditions, start = self.symbolic.initial()
        known = [*facts, *conditions, same(self.symbolic, start, states[0])]
        goals = {name: self.holds(name, states[-1])}
        return Group(f"state {steps + 1} of a run", known, goals, tuple(kept))

    def _path(self, steps: int, kept: Collection[str]) -> tuple[list[Formula], list[State]]:
        """States that some actions lead through, with some properties in all but the last."""
        states = [state_at(self.symbolic, number) for number in range(steps + 1)]
        facts = [*self.background, *self.symbolic.typed(states[0])]
        for number, (before, after) in enumerate(itertools.pairwise(states)):
            formulas = self._formulas(before)
            facts += [formulas[name] for name in kept]
            facts.append(any_step(self.symbolic, before, after, number))
        return facts, states

    def holds(self, name: str, state: State) -> Formula:
        """A property of a state."""
        return self.symbolic.predicate(self.texts[name], state)


def checked(transition: Transition, kind: str) -> Iterator[tuple[list[Formula], Formula]]:
    """The checks of a kind: what has been checked before each, and what it asks for."""
    facts = [*transition.typed, *transition.definitions]
    for check, formula in transition.checks:
        if check.kind == kind:
            yield list(facts), formula
        facts.append(formula)


def failing(transition: Transition, kind: str) -> list[Formula]:
    """The ways in which a check of a kind is the first that fails."""
    return [z3.And(*facts, z3.Not(goal)) for facts, goal in checked(transition, kind)]


def state_at(symbolic: Symbolic[S], number: int) -> State:
    """The state after so many steps, of which nothing is known."""
    return symbolic.apart(f"at {number}").constants()


def any_step(symbolic: Symbolic[S], before: State, after: State, number: int) -> Formula:
    """Some action leads from one state to another; `number` says which step of a run this is."""
    choices = [
        z3.And(took(symbolic, act, number), *taken(symbolic, act, before, after, number))
        for act in symbolic.machine.actions
    ]
    return z3.Or(*choices, z3.BoolVal(False, symbolic.context))


def took(symbolic: Symbolic[S], act: Action[S], number: int) -> z3.BoolRef:
    """A constant that says which action is taken."""
    return z3.Bool(f"take {act.name} at {number}", symbolic.context)


def taken(
    symbolic: Symbolic[S], act: Action[S], before: State, after: State, number: int
) -> list[Formula]:
    """One action leads from one state to another."""
    transition = in_step(symbolic, act, number).transition(act, before)
    return [*transition.conditions, same(symbolic, transition.after, after)]


def in_step(symbolic: Symbolic[S], act: Action[S], number: int) -> Symbolic[S]:
    """The machine in one step of a run, where an action has parameters of its own."""
    return symbolic.apart(f"of {act.name} at {number}")


def same(symbolic: Symbolic[S], a: State, b: State) -> Formula:
    """Two states are equal."""
    return symbolic.all(a[name] == b[name] for name in b)
