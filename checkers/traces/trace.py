"""Traces: what happened, step by step.

A trace is always one of the concrete domain: `replay` runs the actions again there, and what it
returns is what is shown.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.results.notebook import html
from checkers.results.page import Listing
from checkers.results.words import counted
from spec.notation import OutOfRange, Refused
from spec.notation.batch import fields_read
from spec.notation.machine import Action, Machine
from spec.notation.reader import TermMap
from spec.notation.sorts import Field, Fun, Ordinal, Scope, Value
from spec.notation.words import reading

S = TypeVar("S")


@attrs.frozen
class Trace(Generic[S]):
    """States and the actions between them: `steps[i]` leads from `states[i]` to the next."""

    machine: Machine[S]
    scope: Scope
    states: Sequence[S]
    steps: Sequence[tuple[Action[S], tuple[Value, ...]]]

    @property
    def length(self) -> int:
        """The number of actions."""
        return len(self.steps)

    @property
    def extent(self) -> str:
        """The number of actions in words: `1 step`, `4 steps`."""
        return counted(self.length, "step")

    def lines(self) -> list[str]:
        """The trace for people: where it starts, each action, and under it what it changed.

        Of the start, what can differ from run to run; all of it, if that is the whole trace.
        """
        chosen = self._chosen()
        lines = [f"   where {', '.join(chosen)}"] if chosen else []
        if not self.steps:
            lines += [
                f"     {cell}" for cell in state_lines(self.machine, self.scope, self.states[0])
            ]
        for number, step in enumerate(self.steps):
            changes = differences(self.machine, self.scope, *self.states[number : number + 2])
            lines.append(f"{number + 1}. {describe(self.scope, *step)}")
            lines += [f"     {change}" for change in changes]
        return lines

    def _chosen(self) -> list[str]:
        """What the functions are in this trace, and what `init` left open."""
        free = _left_open(self.machine, self.scope) if self.steps else set()
        fields = [f for n, f in self.machine.fields.items() if f.kind is Fun or n in free]
        return [
            f"{place(self.scope, field, key)} = "
            f"{self.scope.name(self.machine.cell(self.states[0], field, key), field.sort)}"
            for field in fields
            for key in self.scope.keys(field)
        ]

    def _repr_html_(self) -> str:
        """The trace in a notebook: who does what, and under it what that changes."""
        from checkers.traces.diagram import sequence_diagram  # which is made of traces

        who = Listing("who does what", tuple(sequence_diagram(self)))
        return html([who, Listing("and what that changes", tuple(self.lines()))])

    def parties(self, number: int) -> list[str]:
        """The parties among a step's parameters, the one who acts first; steps count from 0.

        There are none where the machine does not say who is held to account.
        """
        said = self.machine.accountability
        sorts = {role.sort for role in said.roles} if said else set()
        act, args = self.steps[number]
        pairs = zip(args, act.parameters.values(), strict=True)
        return [self.scope.name(arg, sort) for arg, sort in pairs if sort in sorts]

    def is_public(self, number: int) -> bool:
        """Whether a step, counted from 0, changes anything that everybody can see.

        That is everything, where the machine does not say what it is.
        """
        said = self.machine.accountability
        public = {*said.evidence, *said.verdicts} if said else set(self.machine.fields)
        before, after = map(self.machine.cells, self.states[number : number + 2])
        changed = zip(before, after, strict=True)
        return any(old != new and f.name in public for (f, _, old), (_, _, new) in changed)


def _left_open(machine: Machine[S], scope: Scope) -> set[str]:
    """The fields, functions apart, that can differ at the start though the functions do not."""
    read = machine.read(machine.start_action, scope.numbered)
    with reading(read.reader):
        left = {f: _somewhere(getattr(read.after, f.name)) for f in machine.fields.values()}
    return {
        field.name
        for field, value in left.items()
        if field.kind is not Fun and any(f.kind is not Fun for f in fields_read([value]))
    }


def _somewhere(content: Value) -> Value:
    """What an action leaves in a field; of a map, at any key."""
    if not isinstance(content, TermMap):
        return content
    return content.at(tuple(map(content.reader.fresh, content.field.keys)))


def replay(
    machine: Machine[S],
    scope: Scope,
    start: S,
    steps: Sequence[tuple[Action[S], tuple[Value, ...]]],
) -> Trace[S]:
    """Run actions from a state in the concrete domain.

    Raises:
        Refused, OutOfRange: an action cannot be taken where the trace says so.
    """
    states = [start]
    for act, args in steps:
        after = machine.copy(states[-1])
        machine.apply(act, after, args, scope)
        states.append(after)
    return Trace(machine, scope, states, tuple(steps))


def refutation(name: str, trace: Trace[S]) -> Listing:
    """A trace that refutes a property, for people; where that is that no number falls below zero,
    with the step that would take one there."""
    named = {text.__name__ for text in trace.machine.predicates}
    falls = [] if name in named else _below_zero(name, trace)
    return Listing(f"{name} is refuted:", (*trace.lines(), *falls))


def _below_zero(name: str, trace: Trace[S]) -> Sequence[str]:
    """The step after a trace that would take a number below zero, and which."""
    machine, scope = trace.machine, trace.scope
    acts = [act for act in machine.actions if natural(act.name) == name] or machine.actions
    for act, args in [(one, args) for one in acts for args in one.instances(scope)]:
        try:
            machine.apply(act, machine.copy(trace.states[-1]), args, scope)
        except Refused:
            continue
        except OutOfRange as stopped:
            if stopped.low:
                return [f"{trace.length + 1}. {describe(scope, act, args)}", f"     {stopped}"]
    return []


def describe(scope: Scope, act: Action[S], args: Sequence[Value]) -> str:
    """An action with its parameters: `record(vendor1, data0)`."""
    named = [scope.name(a, sort) for a, sort in zip(args, act.parameters.values(), strict=True)]
    return f"{act.name}({', '.join(named)})"


def natural(action: str) -> str:
    """What must hold of every action, whatever is claimed: `pay takes no number below zero`."""
    return f"{action} takes no number below zero"


def left_out_line(machine: Machine[S], left_out: Mapping[int, str]) -> str:
    """That sizes leave out constants which lie past them, and which sizes do not."""
    numbers = [sort.__name__ for sort in machine.sorts if issubclass(sort, Ordinal)]
    enough = f"--size {numbers[0]}={max(left_out) + 1} does not" if len(numbers) == 1 else ""
    larger = f"larger ones, of {' or '.join(numbers)}, do not" if numbers else "larger ones do not"
    return f"these sizes leave out {named_past(left_out)}; {enough or larger}"


def named_past(left_out: Mapping[int, str]) -> str:
    """Constants that lie past the sizes, each with a text that names it: `7 of lock.acquire`."""
    return ", ".join(f"{constant} of {text}" for constant, text in sorted(left_out.items()))


def past_sizes(left_out: Mapping[int, str]) -> dict[str, str]:
    """Constants that lie past the sizes as plain data, each with a text that names it."""
    return {str(constant): text for constant, text in left_out.items()}


def sized(scope: Scope) -> str:
    """Sizes for people: `Request=2, Vendor=2`."""
    return ", ".join(f"{sort.__name__}={number}" for sort, number in scope.sizes.items())


def sizes(scope: Scope) -> dict[str, int]:
    """Sizes as plain data, by the names of the sorts."""
    return {sort.__name__: number for sort, number in scope.sizes.items()}


def at_size(machine: Machine[S], scope: Scope) -> str:
    """A machine at a size, for people: `two_phase at Manager=3`."""
    return f"{machine.name} at {sized(scope) or 'its only size'}"


def place(scope: Scope, field: Field, key: tuple[Value, ...]) -> str:
    """A cell of the state, `output[request0, 1]`, or a function at a key, `vendor(model0, 1)`."""
    named = ", ".join(scope.name(k, sort) for k, sort in zip(key, field.keys, strict=True))
    if field.kind is Fun:
        return f"{field.name}({named})"
    return f"{field.name}[{named}]" if named else field.name


def differences(machine: Machine[S], scope: Scope, before: S, after: S) -> list[str]:
    """What differs between two states, a line for each cell."""
    lines = []
    for (field, key, old), (_, _, new) in zip(
        machine.cells(before), machine.cells(after), strict=True
    ):
        if old != new:
            names = scope.name(old, field.sort), scope.name(new, field.sort)
            lines.append(f"{place(scope, field, key)}: {names[0]} -> {names[1]}")
    return lines


def state_lines(machine: Machine[S], scope: Scope, s: S) -> list[str]:
    """A whole state, a line for each cell."""
    return [
        f"{place(scope, field, key)} = {scope.name(value, field.sort)}"
        for field, key, value in machine.cells(s)
    ]
