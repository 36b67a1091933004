"""What must be proved for properties to be inductive, as Z3 formulas for any number of parties."""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
    """

    def __init__(self, machine: Machine[S]) -> None:
        self.machine = machine
        self.symbolic = Symbolic(machine)
        self.texts: Mapping[str, Callable[[S], bool]] = {
            text.__name__: text for text in (*machine.always, *machine.lemmas, *machine.refuted)
        }
        self.before = self.symbolic.constants()
        self.background = self.symbolic.background()
        self.typed = self.symbolic.typed(self.before)
        self.holds_before = self._formulas(self.before)
        self._transitions = {
            act.name: self.symbolic.transition(act, self.before) for act in machine.actions
        }
        self._holds_after = {
            name: self._formulas(transition.after) for name, transition in self._transitions.items()
        }

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
        transition = self._transitions[act.name]
        facts = [*self._known(kept), *transition.typed, *transition.definitions]
        for check, formula in transition.checks:
            if check.kind == "low":
                yield Group(act.name, list(facts), {NATURAL: formula}, tuple(kept), act)
            facts.append(formula)

    def _known(self, kept: Collection[str]) -> list[Formula]:
        return [*self.background, *self.typed, *(self.holds_before[name] for name in kept)]

    # Several steps in a row: a property holds in the first few states of every run, and after as
    # many states in which it holds.

    def several(self, name: str, steps: int, kept: Collection[str]) -> list[Group[S]]:
        """The obligations of k-induction, given some properties that always hold."""
        facts, states = self._first_steps(steps - 1, kept)
        start = z3.And(*(self.holds(name, state) for state in states))
        first: Group[S] = Group(f"first {steps} states", facts, {name: start}, tuple(kept))
        facts, states = self._path(steps, [*kept, name])
        goals = {name: self.holds(name, states[-1])}
        return [first, Group(f"after {steps} states", facts, goals, tuple(kept))]

    def _path(self, steps: int, kept: Collection[str]) -> tuple[list[Formula], list[State]]:
        """States that some actions lead through, with some properties in all but the last."""
        states = [self.symbolic.constants(f" at {i}") for i in range(steps + 1)]
        facts = [*self.background, *self.symbolic.typed(states[0])]
        for i, (before, after) in enumerate(itertools.pairwise(states)):
            formulas = self._formulas(before)
            facts += [formulas[name] for name in kept]
            facts.append(any_step(self.symbolic, before, after, i))
        return facts, states

    def _first_steps(self, steps: int, kept: Collection[str]) -> tuple[list[Formula], list[State]]:
        """The same from the start."""
        facts, states = self._path(steps, kept)
        conditions, start = self.symbolic.initial()
        return [*facts, *conditions, same(start, states[0])], states

    def holds(self, name: str, state: State) -> Formula:
        """A property of a state."""
        return self.symbolic.predicate(self.texts[name], state)


def any_step(symbolic: Symbolic[S], before: State, after: State, number: int) -> Formula:
    """Some action leads from one state to another; `number` keeps its constants apart."""
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
    transition = symbolic.transition(act, before)
    facts = [*transition.conditions, same(transition.after, after)]
    known = {str(value) for state in (before, after) for value in state.values()}
    return [_apart(fact, known, f" of {act.name} at {number}") for fact in facts]


def arguments(
    symbolic: Symbolic[S], act: Action[S], before: State, number: int
) -> dict[str, z3.ExprRef]:
    """The parameters of an action taken by `any_step`, as the constants there are called."""
    transition: Transition = symbolic.transition(act, before)
    suffix = f" of {act.name} at {number}"
    return {
        name: z3.Const(f"{value}{suffix}", value.sort())
        for name, value in transition.parameters.items()
    }


def same(a: State, b: State) -> Formula:
    """Two states are equal."""
    return z3.And(*(a[name] == b[name] for name in b))


def _apart(formula: Formula, known: Collection[str], suffix: str) -> Formula:
    """A formula whose parameters and auxiliary constants are no other step's."""
    own = [c for c in _constants(formula) if _is_local(str(c)) and str(c) not in known]
    return z3.substitute(formula, *((c, z3.Const(f"{c}{suffix}", c.sort())) for c in own))


def _is_local(name: str) -> bool:
    """Whether a constant belongs to one reading of an action, not to the state or the machine."""
    return name.startswith("parameter ") or "!" in name


def _constants(formula: z3.ExprRef) -> list[z3.ExprRef]:
    found: dict[int, z3.ExprRef] = {}
    pending, seen = [formula], set()
    while pending:
        expression = pending.pop()
        if expression.get_id() in seen:
            continue
        seen.add(expression.get_id())
        if z3.is_quantifier(expression):
            pending.append(expression.body())
            continue
        if z3.is_const(expression) and expression.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[expression.get_id()] = expression
        pending.extend(expression.children())
    return list(found.values())
