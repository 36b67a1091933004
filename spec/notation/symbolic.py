"""The symbolic domain: a value is a Z3 term, over unbounded sorts and any number of parties.

A state is a Z3 constant per field, a map of several keys an array of arrays, as the standard has
it. What an action does is a condition on the state before, and the state after as terms over it.

Two things never have one name: each name begins with a word that says of what kind it is, sorts are
told apart by what they are, and what belongs to one step of a run (`Symbolic.apart`) says which.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

import attrs
import z3

from spec.notation.calls import Calls
from spec.notation.machine import Action, Machine, Reading
from spec.notation.reader import Check, TermMap
from spec.notation.sorts import Field, Fun, Map, Ordinal, Scope, Sort, SortType, Value
from spec.notation.term import Term, sort_of
from spec.notation.words import reading

S = TypeVar("S")

Formula: TypeAlias = z3.BoolRef
State: TypeAlias = Mapping[str, z3.ExprRef]
"""What each field holds, by name; under `total NAME` the sum of a map of numbers."""


@attrs.frozen
class Transition:
    """One action: what must hold of the state before and of the parameters, and the state after."""

    parameters: Mapping[str, z3.ExprRef]
    typed: Sequence[Formula]
    checks: Sequence[tuple[Check, Formula]]
    after: State
    definitions: Sequence[Formula]
    """What holds of the constants that stand for filled maps, and for their sums."""

    @property
    def conditions(self) -> list[Formula]:
        """The action is taken, with parameters of their sorts."""
        return [*self.typed, *self.definitions, *(formula for _, formula in self.checks)]


class Symbolic(Generic[S]):
    """A machine as Z3 terms, in a context of its own.

    Args:
        machine: the machine.
        scope: sizes, for formulas without quantifiers in which elements are numbers; None for
            formulas over any number of elements.

    Attributes:
        left_out: constants that lie past the sizes, each with a text that names it, as far as the
            texts were read.
    """

    def __init__(self, machine: Machine[S], scope: Scope | None = None) -> None:
        self.machine = machine
        self.scope = scope
        self.context = z3.Context()
        self._labels: dict[SortType, str] = {}
        self._sorts: dict[SortType, z3.SortRef] = {}
        self._members: dict[tuple[SortType, str], z3.ExprRef] = {}
        self._frees: dict[str, z3.SortRef] = {}
        self._marks: Mapping[str, str] = {}
        self.left_out: dict[int, str] = {}
        self._place = ""
        self._properties: dict[Callable[[S], bool], _Property] = {}
        self._functions = self._declared()

    def twin(self, own: Collection[str]) -> "Symbolic[S]":
        """A second copy beside this one, with functions, fields and free terms of its own.

        Whatever it does not have for its own is the same in both.
        """
        twin = self._copy()
        # No name has a blank in it.
        twin._marks = {**self._marks, **{n: f"{self._marks.get(n, '')} beside" for n in own}}
        twin._functions = twin._declared()
        return twin

    def apart(self, place: str) -> "Symbolic[S]":
        """The same machine elsewhere in a run: states, parameters and sums of its own.

        Sorts, sizes and functions are the same everywhere.

        Args:
            place: words that say where; no two places of one formula have the same.
        """
        other = self._copy()
        other._place = f"{self._place} {place}"
        return other

    def _copy(self) -> "Symbolic[S]":
        """The same machine, to be called otherwise: no property was read in it yet."""
        other = copy(self)
        other._properties = {}
        return other

    def _declared(self) -> Mapping[str, z3.FuncDeclRef]:
        return {
            name: z3.Function(
                f"function {self._named(name)}", *map(self.sort, (*field.keys, field.sort))
            )
            for name, field in self.machine.fields.items()
            if field.kind is Fun
        }

    def _named(self, name: str) -> str:
        return name + self._marks.get(name, "")

    def free(self, name: str, sort: SortType) -> z3.ExprRef:
        """A parameter, or what else may be any element of a sort."""
        called, its = f"any {self._named(name)}{self._place}", self.sort(sort)
        # Two actions may call theirs the same, of different sorts: SMT-LIB knows one of a name.
        if not self._frees.setdefault(called, its).eq(its):
            called += f" of {self._label(sort)}"
        return z3.Const(called, its)

    def first(self, sort: SortType) -> z3.ExprRef:
        """The first element of a sort without numbers."""
        return z3.Const(f"first {self._label(sort)}", self.sort(sort))

    def _label(self, sort: SortType) -> str:
        """What a sort is called, which is what no other sort is."""
        if sort not in self._labels:
            namesakes = sum(other.__name__ == sort.__name__ for other in self._labels)
            self._labels[sort] = sort.__name__ + "'" * namesakes
        return self._labels[sort]

    def sort(self, sort: SortType) -> z3.SortRef:
        """The Z3 sort of a sort."""
        if sort not in self._sorts:
            self._sorts[sort] = self._new_sort(sort)
        return self._sorts[sort]

    def _new_sort(self, sort: SortType) -> z3.SortRef:
        if sort is bool:
            return z3.BoolSort(self.context)
        if self.is_number(sort):
            return z3.IntSort(self.context)
        if not issubclass(sort, Enum):
            return z3.DeclareSort(f"sort {self._label(sort)}", self.context)
        # Members of two enumerations may share a name; constructors of two Z3 sorts may not.
        names = [f"{self._label(sort)}.{member.name}" for member in sort]
        enumeration, members = z3.EnumSort(f"sort {self._label(sort)}", names, self.context)
        self._members.update(zip(((sort, m.name) for m in sort), members, strict=True))
        return enumeration

    def is_number(self, sort: SortType) -> bool:
        """Whether the elements of a sort are numbers, which have a range."""
        return issubclass(sort, int | Sort) if self.scope else issubclass(sort, int)

    def size(self, sort: SortType) -> z3.ArithRef:
        """The size of a sort of numbers; without a scope, it can be any."""
        if self.scope:
            return z3.IntVal(self.scope.size(sort), self.context)
        return z3.Int(f"size {self._label(sort)}", self.context)

    def constants(self) -> State:
        """A state of which nothing is known."""
        state: dict[str, z3.ExprRef] = {}
        for name, field in self.machine.fields.items():
            called = f"{self._named(name)}{self._place}"
            if field.kind is not Fun:
                state[name] = z3.Const(f"field {called}", self._content(field))
            if _has_total(field):
                state[f"total {name}"] = z3.Int(f"total {called}", self.context)
        return state

    def _content(self, field: Field) -> z3.SortRef:
        sort = self.sort(field.sort)
        for key in reversed(field.keys):
            sort = z3.ArraySort(self.sort(key), sort)
        return sort

    # What is known of every state

    def background(self) -> list[Formula]:
        """Sizes are positive, functions give values of their sorts, and the assumptions hold."""
        facts = [self.size(sort) >= 1 for sort in self.machine.sorts if self.is_number(sort)]
        for name, function in self._functions.items():
            field = self.machine.fields[name]
            facts += self._all_typed(field, lambda *key, f=function: f(*key))
        return facts + [self.predicate(text, {}) for text in self.machine.assumptions]

    def typed(self, state: State) -> list[Formula]:
        """What a state holds is of its sort."""
        facts: list[Formula] = []
        for name, field in self.machine.fields.items():
            if field.kind is not Fun:
                facts += self._all_typed(field, lambda *key, a=state[name]: select(a, key))
            if _has_total(field):
                facts.append(state[f"total {name}"] >= 0)  # a sum of natural numbers
        return facts

    def _all_typed(self, field: Field, at: Callable[..., z3.ExprRef]) -> list[Formula]:
        if not self.is_number(field.sort) or field.sort is bool:
            return []
        return self.everywhere(field, lambda *key: self.inside(at(*key), field.sort))

    def everywhere(self, field: Field, fact: Callable[..., Formula]) -> list[Formula]:
        """A fact for every key of a field, and for no number that is none of its keys.

        What an array holds past the last key no text says, and so nothing is assumed of it: a fact
        there could contradict another, and all would follow.
        """
        if self.scope:
            return [fact(*key) for key in self.keys(field)]
        key = [z3.Const(f"key {i}", self.sort(sort)) for i, sort in enumerate(field.keys)]
        return [self.each(key, field.keys, fact(*key))]

    def each(self, at: Sequence[z3.ExprRef], sorts: Sequence[SortType], fact: Formula) -> Formula:
        """A fact about some constants for all elements of their sorts that these may be."""
        numbers = [
            self.inside(constant, sort)
            for constant, sort in zip(at, sorts, strict=True)
            if self.is_number(sort) and sort is not bool
        ]
        if numbers:
            fact = z3.Implies(self.all(numbers), fact)
        return z3.ForAll(list(at), fact) if at else fact

    def keys(self, field: Field) -> list[list[z3.ExprRef]]:
        """Every key of a field, at a size."""
        assert self.scope is not None
        return [list(map(self.constant, key, field.keys)) for key in self.scope.keys(field)]

    def inside(self, value: z3.ExprRef, sort: SortType) -> Formula:
        """A value is of its sort."""
        if not self.is_number(sort) or sort is bool:
            return z3.BoolVal(True, self.context)
        return z3.And(value >= 0, value < self.size(sort))

    def all(self, formulas: Iterable[Formula]) -> Formula:
        """All of the formulas, of which there may be none."""
        return z3.And(*formulas, z3.BoolVal(True, self.context))

    # Texts as formulas

    def predicate(self, text: Callable[[S], bool], state: State) -> Formula:
        """A property of a state."""
        if text not in self._properties:
            reader, value = self.machine.read_predicate(text, self.scope)
            reader.note_left_out(self.left_out)
            self._properties[text] = _Property(value)
        return self._properties[text].of(self, state)

    def premises(self, text: Callable[[S], bool], state: State) -> Mapping[Calls, Formula]:
        """What a property supposes in each of its implications, of a state.

        Each is told by the author's calls that lead to it, and holds for some of the elements that
        the text asks of: those are constants of which nothing else is known.
        """
        reader, _ = self.machine.read_predicate(text, self.scope)
        premises = reader.premises()
        return {calls: self._for_some(state, holds) for calls, holds in premises.items()}

    def _for_some(self, state: State, condition: Value) -> Formula:
        """A condition, of elements that are of their sorts."""
        translation = _Translation(self, state)
        holds = translation.value(condition, bool)
        return self.all([*translation.typed, holds])

    def value(
        self, text: Callable[..., Value], state: State, args: Sequence[Value]
    ) -> tuple[Formula, z3.ExprRef]:
        """What a text with parameters (terms) makes of a state: whether it is defined, and what."""
        reader, value = self.machine.read_value(text, self.scope, args)
        translation = _Translation(self, state)
        with reading(reader):
            defined = reader.defined(value)
        return translation.value(defined, bool), translation.value(value, sort_of(value))

    def condition(self, text: Callable[..., bool], state: State, args: Sequence[Value]) -> Formula:
        """What a text with parameters (terms) says of a state: that it is defined, and true."""
        reader, value = self.machine.read_value(text, self.scope, args)
        with reading(reader):
            holds = reader.holds(value)
        return _Translation(self, state).value(holds, bool)

    def initial(self) -> tuple[list[Formula], State]:
        """How the machine starts: conditions, and the state."""
        before = self.before_start()
        transition = self.start(before)
        return [*self.typed(before), *transition.conditions], transition.after

    def before_start(self) -> State:
        """What the fields hold before the machine starts, which may be anything of their sorts."""
        return self.apart("before the start").constants()

    def start(self, before: State) -> Transition:
        """What the start makes of what the fields held before."""
        return self.transition(self.machine.start_action, before)

    def parameters(self, act: Action[S]) -> Mapping[str, z3.ExprRef]:
        """The parameters of an action that is taken here, by name."""
        return {n: self.free(f"parameter {n}", sort) for n, sort in act.parameters.items()}

    def transition(self, act: Action[S], before: State) -> Transition:
        """What an action does to a state."""
        read = self.machine.read(act, self.scope)
        read.reader.note_left_out(self.left_out)
        translation = _Translation(self, before)
        parameters = self.parameters(act)
        typed = [self.inside(parameters[n], sort) for n, sort in act.parameters.items()]
        checks = [(check, translation.value(check.condition, bool)) for check in read.checks]
        after = dict(before)
        definitions: list[Formula] = []
        with reading(read.reader):
            for field in self.machine.fields.values():
                if field.kind is not Fun:
                    after |= self._after(field, read, translation, definitions)
        definitions += translation.sums
        return Transition(parameters, typed, checks, after, definitions)

    def _after(
        self, field: Field, read: Reading[S], translation: "_Translation", facts: list[Formula]
    ) -> State:
        content = getattr(read.after, field.name)
        if field.kind is not Map:
            return {field.name: translation.value(content, field.sort)}
        array = translation.state[field.name]
        if content.content:
            array = z3.FreshConst(array.sort(), f"filled {field.name}")
            filled = self._filled(field, content, array, translation)
            facts += self.everywhere(field, filled)
        for key, value in content.writes:
            parts = [translation.value(k, s) for k, s in zip(key, field.keys, strict=True)]
            array = _store(array, parts, translation.value(value, field.sort))
        after = {field.name: array}
        if _has_total(field):
            after[f"total {field.name}"] = translation.value(content.total(), int)
        return after

    def _filled(
        self, field: Field, content: TermMap, array: z3.ExprRef, translation: "_Translation"
    ) -> Callable[..., Formula]:
        """What a filled map holds at a key, as a function of the key."""
        assert content.content is not None
        free = tuple(content.reader.fresh(sort) for sort in field.keys)
        key = [translation.value(k, s) for k, s in zip(free, field.keys, strict=True)]
        holds = select(array, key) == translation.value(content.content(free), field.sort)
        return lambda *at: z3.substitute(holds, *zip(key, at, strict=True))

    def constant(self, value: Value, sort: SortType) -> z3.ExprRef:
        """A plain value of a finite sort or a number, as a Z3 term."""
        if sort is bool:
            return z3.BoolVal(bool(value), self.context)
        if isinstance(value, Enum):
            self.sort(type(value))
            return self._members[type(value), value.name]
        return z3.IntVal(int(value), self.context)

    def function(self, name: str) -> z3.FuncDeclRef:
        """The Z3 function of a `Fun`."""
        return self._functions[name]


class _Property:
    """A property as a term, and of each state that it was asked of as a formula.

    Of two states that agree on what it reads it says the same, and most actions leave that alone:
    half of all the formulas of a large machine need not be made.
    """

    def __init__(self, value: Value) -> None:
        self._value = value
        self._reads: Collection[str] = ()
        self._known: dict[tuple[int, ...], tuple[Formula, Sequence[z3.ExprRef]]] = {}

    def of(self, symbolic: Symbolic[S], state: State) -> Formula:
        """The property of a state."""
        if (key := self._told_by(state)) not in self._known:
            watched = _Watched(state)
            formula = _Translation(symbolic, watched).value(self._value, bool)
            self._reads = watched.read  # of every state the same
            key = self._told_by(state)
            # What was read is kept with its formula, so that no other term takes its identity.
            self._known[key] = formula, [state[name] for name in self._reads]
        return self._known[key][0]

    def _told_by(self, state: State) -> tuple[int, ...]:
        """By what it is told from other states."""
        return tuple(state[name].get_id() for name in self._reads)


class _Watched(dict[str, z3.ExprRef]):
    """A state that notes which of its fields are read."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.read: dict[str, None] = {}

    def __getitem__(self, name: str) -> z3.ExprRef:
        self.read[name] = None
        return super().__getitem__(name)


class _Translation:
    """Terms, read over one state."""

    def __init__(self, symbolic: Symbolic[S], state: State) -> None:
        self.symbolic = symbolic
        self.state = state
        self._known: dict[int, tuple[Term, z3.ExprRef]] = {}
        self._bound = 0  # how many variables are bound so far
        self.sums: list[Formula] = []
        """What is known of the sums."""
        self.typed: list[Formula] = []
        """That the elements of which nothing is said are of their sorts."""

    def value(self, value: Value, sort: SortType) -> z3.ExprRef:
        if not isinstance(value, Term):
            return self.symbolic.constant(value, sort)
        if id(value) not in self._known:
            # The term is kept with its translation, so that no other term takes its identity.
            self._known[id(value)] = value, self._translate(value)
        return self._known[id(value)][1]

    def _translate(self, term: Term) -> z3.ExprRef:
        if term.op in _LEAVES:
            return _LEAVES[term.op](self, term)
        if term.op in ("forall", "exists"):
            return self._quantifier(term)
        sorts = [arg.sort for arg in term.args if isinstance(arg, Term)]
        # A constant has the sort of what stands beside it.
        beside = term.sort if term.op == "ite" else sorts[0]
        first = bool if term.op == "ite" else beside
        args = [self.value(a, beside if i else first) for i, a in enumerate(term.args)]
        return _OPERATORS[term.op](*args)

    def _read(self, term: Term) -> z3.ExprRef:
        field, *key = term.args
        parts = [self.value(k, s) for k, s in zip(key, field.keys, strict=True)]
        if field.kind is Fun:
            return self.symbolic.function(field.name)(*parts)
        return select(self.state[field.name], parts)

    def _free(self, term: Term) -> z3.ExprRef:
        element = self.symbolic.free(term.args[0], term.sort)
        self.typed.append(self.symbolic.inside(element, term.sort))
        return element

    def _sum(self, term: Term) -> z3.ExprRef:
        """A number of which nothing is known but that equal contents have equal sums.

        What is summed is of its sort, as has been checked before, and so the sum is natural.
        """
        field, keys, content = term.args
        inner = _Translation(self.symbolic, self.state)
        for i, key in enumerate(keys):
            inner._known[id(key)] = key, z3.Const(f"key {i}", self.symbolic.sort(key.sort))
        over = ", ".join(self.symbolic.sort(sort).name() for sort in field.keys)
        # What it is a sum of is its name, down to the step. SMT-LIB has no bars within a name.
        summed = inner.value(content, int).sexpr().replace("|", '"')
        found = z3.Int(f"sum over {over} of {summed}", self.symbolic.context)
        self.sums.append(found >= 0)
        return found

    def _quantifier(self, term: Term) -> z3.ExprRef:
        bound, body = term.args
        variables = [self._variable(b) for b in bound]
        holds = self.value(body, bool)
        sorts = [b.sort for b in bound]
        if term.op == "forall":
            return self.symbolic.each(variables, sorts, holds)
        inside = [self.symbolic.inside(v, s) for v, s in zip(variables, sorts, strict=True)]
        return z3.Exists(variables, self.symbolic.all([*inside, holds]))

    def _variable(self, bound: Term) -> z3.ExprRef:
        """A bound variable, called as no other in this translation: none is bound by mistake."""
        if id(bound) not in self._known:
            variable = z3.Const(f"bound {self._bound}", self.symbolic.sort(bound.sort))
            self._known[id(bound)] = bound, variable
            self._bound += 1
        return self._known[id(bound)][1]


_LEAVES: Mapping[str, Callable[[_Translation, Term], z3.ExprRef]] = {
    "read": _Translation._read,
    "free": _Translation._free,
    "first": lambda t, term: t.symbolic.first(term.sort),
    "size": lambda t, term: t.symbolic.size(term.args[0]),
    "total": lambda t, term: t.state[f"total {term.args[0].name}"],
    "sum": _Translation._sum,
    # Where the value is undefined, this says nothing of it, and nothing uses it.
    "within": lambda t, term: t.value(term.args[0], term.sort),
}
_OPERATORS: Mapping[str, Callable[..., z3.ExprRef]] = {
    "and": z3.And,
    "or": z3.Or,
    "not": z3.Not,
    "ite": z3.If,
    "eq": lambda a, b: a == b,
    "lt": lambda a, b: a < b,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "mod": lambda a, b: a % b,
    "div": lambda a, b: a / b,  # of integers: rounds down where the divisor is positive
}


def _has_total(field: Field) -> bool:
    return field.kind is Map and issubclass(field.sort, Ordinal)


def select(array: z3.ExprRef, key: Sequence[z3.ExprRef]) -> z3.ExprRef:
    """What an array of arrays holds at a key."""
    for part in key:
        array = array[part]
    return array


def _store(array: z3.ExprRef, key: Sequence[z3.ExprRef], value: z3.ExprRef) -> z3.ExprRef:
    if not key:
        return value
    return z3.Store(array, key[0], _store(array[key[0]], key[1:], value))
