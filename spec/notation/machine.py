"""Machines: a state, how it starts, the actions that change it, and what is said of it."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import FunctionType
from typing import (
    Any,
    Concatenate,
    Generic,
    Literal,
    Never,
    ParamSpec,
    TypeVar,
    dataclass_transform,
    get_type_hints,
)

import attrs

from spec.notation.arguments import checked_fields
from spec.notation.calls import Calls
from spec.notation.concrete import Concrete, ConcreteFun, ConcreteMap, Supposing, Undefined
from spec.notation.definition import Definition
from spec.notation.errors import MachineError, Naming, an, placing, where
from spec.notation.grammar import Grammar, check_mappings
from spec.notation.reader import Check, Reader, TermFun, TermMap, TermTable
from spec.notation.sorts import (
    Field,
    Fun,
    Map,
    Ordinal,
    Scope,
    Sort,
    SortType,
    Value,
    instead_of,
    is_finite,
    is_sort,
)
from spec.notation.term import Term, is_number, listed, sort_of
from spec.notation.wellformed import check_assumption, check_parts, check_sorts
from spec.notation.words import current, reading

S = TypeVar("S")
P = ParamSpec("P")

Refusals = Literal["unseen", "seen", "reasons"]
"""What an onlooker learns of an attempt that is refused: nothing, that it is, or also why."""

_FIELDS = "__tallystick_fields__"


@dataclass_transform()
def state(cls: type[S]) -> type[S]:
    """Make a class of annotated fields (`Map`, `Fun` or a sort) the state of a machine."""
    with placing():
        hints = _hints(cls)
        _check_body(cls, hints)
        fields = {name: Field.parse(f"{cls.__name__}.{name}", hints[name]) for name in hints}
    defined = attrs.define(cls, eq=False, on_setattr=_assign)
    setattr(defined, _FIELDS, {n: attrs.evolve(f, name=n) for n, f in fields.items()})
    return defined


def _check_body(cls: type, fields: Mapping[str, object]) -> None:
    """A state is its fields and nothing else, so that every domain sees all of it."""
    for base in cls.__mro__[:-1]:
        content = {} if _FIELDS in vars(base) else vars(base)
        for name, value in content.items():
            if name in fields:
                raise MachineError(f"{cls.__name__}.{name} has a value; write it in init")
            runs = isinstance(value, FunctionType | property | staticmethod | classmethod)
            if (runs and "annot" not in name) or not name.startswith("__"):
                said = f"{cls.__name__}.{name} is no field; move it out of the class"
                raise MachineError(f"{said}, or give it a sort")


def _hints(thing: Callable[..., object] | type) -> Mapping[str, object]:
    """The annotations of a function or a class; MachineError says which cannot be read."""
    try:
        return get_type_hints(thing)
    except Exception as error:  # whatever an annotation comes to
        raise MachineError(
            f"{thing.__name__}: {error}; import what the annotation names"
        ) from error


def _assign(instance: object, attribute: "attrs.Attribute[Any]", value: Value) -> Value:
    field = fields_of(type(instance))[attribute.name]
    if field.kind is not object:
        raise MachineError(
            f"{field.name} is a whole {field.kind.__name__}; write its cells, or fill a map"
        )
    return current().assign(field, value)


def fields_of(cls: type) -> Mapping[str, Field]:
    """The fields of a state class, by name."""
    try:
        return vars(cls)[_FIELDS]  # type: ignore[no-any-return]  # set by `state`, of this very class
    except KeyError:
        raise MachineError(f"{cls.__name__} is no state; put @state above the class") from None


@attrs.frozen(eq=False)
class Action(Generic[S]):
    """A protocol action: its text, guards then effects, and the sorts of its parameters."""

    text: Callable[..., None]
    name: str
    parameters: Mapping[str, SortType]

    def __call__(self, s: S, *args: Value) -> None:
        self.text(s, *args)

    def instances(self, scope: Scope) -> list[tuple[Value, ...]]:
        """Every choice of parameters within a scope."""
        return scope.choices(self.parameters.values())


def action(text: Callable[Concatenate[S, P], None]) -> Action[S]:
    """Make a function of the state and of parameters an action."""
    with placing():
        if not isinstance(text, FunctionType):
            raise MachineError(f"{text!r} is no function; put @action above a def")
    return Action(text, text.__name__, _parameters(text))


def _parameters(text: Callable[..., object]) -> Mapping[str, SortType]:
    """The sorts of a text's parameters after the state."""
    with placing(where(text)):
        return _sorts_of_parameters(text)


def _sorts_of_parameters(text: Callable[..., object]) -> Mapping[str, SortType]:
    hints = _hints(text)
    parameters = {p: hints.get(p) for p in list(inspect.signature(text).parameters)[1:]}
    for parameter, sort in parameters.items():
        if not is_sort(sort):
            said = f"{text.__name__}: parameter {parameter} needs a sort as its type"
            raise MachineError(f"{said}; {instead_of(sort)}")
    return parameters  # type: ignore[return-value]  # each is a sort, as just seen


@attrs.frozen
class Reading(Generic[S]):
    """What an action does, as terms: the checks in the order of the text, and the state after."""

    reader: Reader
    parameters: tuple[Value, ...]
    checks: Sequence[Check]
    after: S


@checked_fields
@attrs.frozen
class Ending(Generic[S]):
    """Where every run comes to, for every choice of some parameters: each request is settled.

    Args:
        goal: what comes to hold sooner or later, from every state: a function of the state and of
            parameters, as an action is.
        fair: actions that are taken sooner or later where they stay possible, for each choice of
            their own parameters (weak fairness): deadlines that pass, messages that arrive. A
            parameter that is called as one of the goal's is the same one.
        ranking: why: natural numbers, functions as the goal is. No action raises the first that it
            changes, and some fair action is possible, and stays so, that lowers it.
    """

    goal: Callable[..., bool]
    fair: Sequence[Action[S]] = ()
    ranking: Sequence[Callable[..., int]] = ()

    @property
    def parameters(self) -> Mapping[str, SortType]:
        """The sorts of the goal's parameters, by name."""
        return _parameters(self.goal)

    def at(self, args: Sequence[Value]) -> Callable[[S], bool]:
        """The goal for one choice of its parameters."""

        def goal(s: S) -> bool:
            return self.goal(s, *listed(args, self.parameters.values()))

        return goal

    def reached(self, s: S) -> bool:
        """Whether the goal holds for every choice of its parameters."""
        sorts = list(self.parameters.values())
        if not sorts:
            return self.goal(s)
        reached: bool = current().forall(sorts, lambda *args: self.goal(s, *args))
        return reached


@checked_fields
@attrs.frozen
class Role(Generic[S]):
    """What is said of each party of one sort: functions of the state and of the party.

    Args:
        deviated: it did not do as it should, as an onlooker who sees everything would know.
        convicted: it is held to account for that.
        harmed: it lost, for good, what it was promised.
        repaid: that loss was made good.
    """

    deviated: Callable[..., bool]
    convicted: Callable[..., bool] | None = None
    harmed: Callable[..., bool] | None = None
    repaid: Callable[..., bool] | None = None

    @property
    def texts(self) -> Sequence[Callable[..., bool]]:
        """All that is said of each."""
        said = (self.deviated, self.convicted, self.harmed, self.repaid)
        return [text for text in said if text]

    @property
    def sort(self) -> SortType:
        """The sort of its parties."""
        sorts = list(_parameters(self.deviated).values())
        if len(sorts) != 1:
            said = f"{self.deviated.__name__} is said of a party, and takes the state and one"
            raise MachineError(f"{said}, as in deviated(s, c)", where(self.deviated))
        return sorts[0]


@checked_fields
@attrs.frozen
class Accountability(Generic[S]):
    """Who is held to account, and from what evidence.

    Args:
        evidence: the fields that everybody can see.
        verdicts: those fields that say who is convicted.
        roles: what is said of the parties.
        over: nothing more is to come, so that what was not done was left undone.
        shown: fields off the ledger that a verdict may rest on, since signatures prove them.
        bounds: restrictions to choose from, where a size has more runs than can be looked at.
        refuted: which findings must come out bad, by name.
    """

    evidence: Sequence[str]
    verdicts: Sequence[str]
    roles: Sequence[Role[S]]
    over: Callable[[S], bool]
    shown: Sequence[str] = ()
    bounds: Sequence[Callable[[S], bool]] = ()
    refuted: Sequence[str] = ()


@checked_fields
@attrs.frozen
class Secrecy(Generic[S]):
    """What an onlooker is not to learn: two runs that differ in that alone look the same.

    Args:
        secret: names of fields and functions.
        private: parameters that are secret, each as an action and its name. What one run does with
            some value of them, the other can do with some value of its own, and it looks the same;
            so that an attempt is taken shows that some value allows it, and no more is given away.
        alike: what is given away on purpose: functions of the state and of parameters, as an
            action is, in which the two runs are taken to agree all along.
        leaks: actions that must be found to give away more than that.
        refusals: what an onlooker learns of attempts that are refused.
    """

    secret: Sequence[str]
    private: Sequence[tuple[Action[S], str]] = ()
    alike: Sequence[Callable[..., Value]] = ()
    leaks: Sequence[Action[S]] = ()
    refusals: Refusals = "reasons"

    @property
    def given_away(self) -> Sequence[tuple[Callable[..., Value], Sequence[SortType]]]:
        """What is given away, with the sorts of its parameters."""
        return [(text, list(_parameters(text).values())) for text in self.alike]


@checked_fields
@attrs.frozen(eq=False)
class Machine(Generic[S]):
    """A protocol.

    Args:
        name: what it is called on the command line.
        state: its state class.
        init: how it starts: fields that it leaves alone may hold anything, and what it requires
            of them restricts the start.
        actions: what can happen.
        always: what must hold in every reachable state.
        refuted: what is claimed to hold in every reachable state, and must be found not to.
        sometimes: what must be reachable.
        lemmas: an inductive strengthening of `always`: claimed by nobody, needed for proofs.
        assumptions: what is taken to hold of the functions, which no action changes.
        definitions: functions of the state that are not arbitrary, by name: what each gives for
            plain values.
        sizes: how many elements of each unbounded sort a run looks at unless told otherwise.
        example: definitions of further functions, for runs at a size; a proof leaves them open.
        symmetric: sorts whose elements the protocol does not tell apart.
        ending: where every run must come to, and why it does.
        accountability: who is held to account, and from what evidence.
        secrecy: what an onlooker is not to learn.
        dormant: actions that are never taken, by design, each with why.
    """

    name: str
    state: type[S]
    init: Callable[[S], None]
    actions: Sequence[Action[S]]
    always: Sequence[Callable[[S], bool]] = ()
    refuted: Sequence[Callable[[S], bool]] = ()
    sometimes: Sequence[Callable[[S], bool]] = ()
    lemmas: Sequence[Callable[[S], bool]] = ()
    assumptions: Sequence[Callable[[S], bool]] = ()
    definitions: Mapping[str, Callable[..., Value]] = attrs.field(factory=dict)
    sizes: Mapping[type[Sort] | type[Ordinal], int] = attrs.field(factory=dict)
    example: Mapping[str, Callable[..., Value]] = attrs.field(factory=dict)
    symmetric: Sequence[type[Sort]] = ()
    ending: Ending[S] | None = None
    accountability: Accountability[S] | None = None
    secrecy: Secrecy[S] | None = None
    dormant: Sequence[tuple[Action[S], str]] = ()
    _named: set[SortType] = attrs.field(init=False, factory=set)
    """The sorts that only the texts name: what they quantify over."""
    counted: set[SortType] = attrs.field(init=False, factory=set, repr=False)
    """The sorts of which it matters to some text how many elements there are."""

    def __attrs_post_init__(self) -> None:
        """Read every text once, so that a malformed machine is refused before it is used."""
        check_parts(self, fields_of(self.state))
        self._check_grammar()
        scope = self._own_scope() if self.sized else None
        readers = [self.read(act, scope).reader for act in (self.start_action, *self.actions)]
        for predicate in self.predicates:
            reader, value = self.read_predicate(predicate, scope)
            readers.append(reader)
            if predicate in self.assumptions:
                check_assumption(self.name, predicate, value)
        if self.ending:
            args = _any_of(self.ending.parameters.values())
            self.read_predicate(self.ending.goal, scope, args)
            readers.append(self.read_predicate(self.ending.reached, scope)[0])
            readers += [self._read_rank(rank, scope, args) for rank in self.ending.ranking]
        self._check_blame(scope)
        self._check_given_away(scope)
        named = [sort for reader in readers for sort in reader.sorts]
        check_sorts(self.name, [*self._declared_sorts, *named, *self.sizes])
        self._named.update(sort for sort in named if issubclass(sort, Sort | Ordinal))
        self.counted.update(sort for reader in readers for sort in reader.counted)

    def _check_blame(self, scope: Scope | None) -> None:
        """Refuse what is said of parties, and of the end, and is no condition."""
        if self.accountability:
            for text in (self.accountability.over, *self.accountability.bounds):
                self.read_predicate(text, scope)
            for role in self.accountability.roles:
                for text in role.texts:
                    self.read_predicate(text, scope, _any_of([role.sort]))

    def _check_given_away(self, scope: Scope | None) -> None:
        """Refuse what is given away and is not one value."""
        for text, sorts in self.secrecy.given_away if self.secrecy else ():
            reader, value = self.read_value(text, scope, _any_of(sorts))
            if not (is_sort(sort_of(value)) or is_number(sort_of(value))):
                mend = (
                    "make its key a parameter"
                    if isinstance(value, Map)
                    else "write a text for each"
                )
                said = f"what is given away is one value, and this is {_told(value)}; {mend}"
                raise MachineError(f"in {reader.label}: {said}", where(text))

    def _own_scope(self) -> Scope:
        """The machine's sizes, where they are needed to read it."""
        lacking = [sort.__name__ for sort in self._declared_sorts if not is_finite(sort)]
        known = {sort.__name__ for sort in self.sizes}
        if unknown := [name for name in dict.fromkeys(lacking) if name not in known]:
            said = ", ".join(f"{name}: 2" for name in unknown)
            raise MachineError(
                f"{self.name}: {self.sized[0]} is defined for elements that only a size lists; "
                f"give the machine sizes, as in sizes={{{said}}}"
            )
        return self.scope()

    def _check_grammar(self) -> None:
        """Hold each text to the grammar before anything is read."""
        grammar = Grammar(self.name, self.state, fields_of(self.state), self.defined, _text_of)
        for act in (self.start_action, *self.actions):
            grammar.check(act.text, len(act.parameters), writes=True)
        for text, parameters in self._sayings():
            grammar.check(text, parameters, writes=False)

    def _sayings(self) -> Iterator[tuple[Callable[..., Value], int]]:
        """Every text that says something of the state, and of how many parameters."""
        yield from ((text, 0) for text in self.predicates)
        if self.ending:
            parameters = len(self.ending.parameters)
            yield from ((t, parameters) for t in (self.ending.goal, *self.ending.ranking))
        if self.accountability:
            said = self.accountability
            yield from ((text, 0) for text in (said.over, *said.bounds))
            for role in said.roles:
                yield from ((text, 1) for text in role.texts)
        if self.secrecy:
            yield from ((text, len(sorts)) for text, sorts in self.secrecy.given_away)

    @property
    def sized(self) -> list[str]:
        """The functions whose definitions can be read at a size only, since their keys have no
        end, or what they give has no name."""
        fields = fields_of(self.state)
        return [
            name
            for name in self.definitions
            if not all(map(is_finite, fields[name].keys)) or issubclass(fields[name].sort, Sort)
        ]

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields of the state that can differ from run to run, by name."""
        fields = fields_of(self.state)
        return {name: field for name, field in fields.items() if name not in self.definitions}

    @cached_property
    def defined(self) -> Mapping[str, Definition]:
        """The functions of the state that are not arbitrary, by name."""
        fields = fields_of(self.state)
        return {n: Definition(self.name, fields[n], f) for n, f in self.definitions.items()}

    @property
    def predicates(self) -> list[Callable[[S], bool]]:
        """All that is said of the state."""
        return [*self.always, *self.refuted, *self.sometimes, *self.lemmas, *self.assumptions]

    @property
    def named(self) -> dict[str, Callable[[S], bool]]:
        """All that is said of the state, by name."""
        return {text.__name__: text for text in self.predicates}

    @property
    def must_fall(self) -> set[str]:
        """The names of the properties that must be found not to hold."""
        return {text.__name__ for text in self.refuted}

    @property
    def start_action(self) -> Action[S]:
        """How the machine starts, read as an action without parameters."""
        return Action(self.init, self.init.__name__, {})

    def exemplary(self, scope: Scope) -> "Machine[S]":
        """The machine with the functions of its example, as runs at a size take it."""
        if not self.example:
            return self
        definitions = {**self.example, **self.definitions}
        sizes = {**self.sizes, **scope.sizes}
        return attrs.evolve(self, definitions=definitions, example={}, sizes=sizes)

    @cached_property
    def bare(self) -> "Machine[S]":
        """The machine with nothing said of it, which is explored for its states alone."""
        return attrs.evolve(
            self,
            always=(),
            refuted=(),
            sometimes=(),
            lemmas=(),
            ending=None,
            accountability=None,
            secrecy=None,
            dormant=(),
        )

    def with_action(self, changed: Action[S]) -> "Machine[S]":
        """The machine with another action in the place of its own of that name."""

        def now(act: Action[S]) -> Action[S]:
            return changed if act.name == changed.name else act

        ending, secrecy = self.ending, self.secrecy
        if ending:
            ending = attrs.evolve(ending, fair=[now(act) for act in ending.fair])
        if secrecy:
            secrecy = attrs.evolve(
                secrecy,
                private=[(now(act), name) for act, name in secrecy.private],
                leaks=[now(act) for act in secrecy.leaks],
            )
        return attrs.evolve(
            self,
            actions=[now(act) for act in self.actions],
            ending=ending,
            secrecy=secrecy,
            dormant=[(now(act), why) for act, why in self.dormant],
        )

    @property
    def sorts(self) -> list[SortType]:
        """The sorts that need a size, in the order in which the text names them."""
        named = [*self._declared_sorts, *sorted(self._named, key=lambda sort: sort.__name__)]
        return list(dict.fromkeys(s for s in named if issubclass(s, Sort | Ordinal)))

    @property
    def _declared_sorts(self) -> list[SortType]:
        """The sorts of fields and parameters."""
        named = [sort for f in fields_of(self.state).values() for sort in (*f.keys, f.sort)]
        return named + [sort for a in self.actions for sort in a.parameters.values()]

    def action(self, name: str) -> Action[S]:
        """The action of a name; MachineError lists the names there are."""
        for act in self.actions:
            if act.name == name:
                return act
        names = ", ".join(a.name for a in self.actions)
        raise MachineError(f"{self.name} has no action {name}; it has {names}")

    def scope(self, *unnamed: Never, **sizes: int) -> Scope:
        """The machine's own sizes, with some of them given by name: `scope(Request=3)`."""
        named = {sort.__name__: sort for sort in self.sorts}
        if unnamed:
            example = ", ".join(f"{name}=2" for name in named)
            raise MachineError(f"sizes are given by name, as in {self.name}.scope({example})")
        for name in sizes:
            if name not in named:
                raise MachineError(f"{self.name} has no sort {name}; it has {', '.join(named)}")
        given = {named[name]: number for name, number in sizes.items()}
        return Scope({**self.sizes, **given})

    # The text, read as terms.

    def read(
        self, act: Action[S], scope: Scope | None = None, args: tuple[Value, ...] | None = None
    ) -> Reading[S]:
        """An action as terms, for any size or for a scope; for any parameters or for given ones."""
        reader = Reader(scope, label=f"{self.name}.{act.name}")
        sorts = act.parameters
        if args is None:
            # No field, and nothing else that is free, has a name with a blank in it.
            args = tuple(reader.term("free", (f"parameter {n}",), s) for n, s in sorts.items())
        else:
            args = tuple(map(reader.element, args, sorts.values()))
        check_mappings()
        with reading(reader), Naming(reader.label):
            after = self._terms(reader)
            act.text(after, *args)
        return Reading(reader, args, tuple(reader.checks), after)

    def read_predicate(
        self, predicate: Callable[..., bool], scope: Scope | None = None, args: Sequence[Value] = ()
    ) -> tuple[Reader, Value]:
        """A property as a term: that it is defined, and true."""
        reader, value = self.read_value(predicate, scope, args)
        if sort_of(value) is not bool:
            said = "it returns no condition; compare what it returns with something"
            raise MachineError(f"in {reader.label}: {said}", where(predicate))
        with reading(reader):
            return reader, reader.holds(value)

    def _read_rank(
        self, rank: Callable[..., Value], scope: Scope | None, args: Sequence[Value]
    ) -> Reader:
        """The reading of a rank, which has to be a number."""
        reader, value = self.read_value(rank, scope, args)
        if not is_number(sort_of(value)):
            mend = "write total(map)" if isinstance(value, Map) else "count with ite"
            said = f"a rank is a number, and this is {_told(value)}; {mend}"
            raise MachineError(f"in {reader.label}: {said}", where(rank))
        return reader

    def read_value(
        self, text: Callable[..., Value], scope: Scope | None = None, args: Sequence[Value] = ()
    ) -> tuple[Reader, Value]:
        """What a text says of a state and of parameters, as a term."""
        reader = Reader(scope, label=f"{self.name}.{text.__name__}")
        check_mappings()
        with reading(reader), Naming(reader.label):
            return reader, text(self._terms(reader), *args)

    def _terms(self, reader: Reader) -> S:
        def content(field: Field) -> Value:
            if field.kind is Map:
                return TermMap(reader, field)
            return TermFun(reader, field) if field.kind is Fun else reader.read(field, ())

        scope = reader.scope
        tables = {n: TermTable(reader, d.field, d.at(scope)) for n, d in self.defined.items()}
        contents = {name: content(field) for name, field in self.fields.items()}
        return self.state(**contents, **tables)

    # The text, run on plain values.

    def concrete(self, scope: Scope, cells: Mapping[str, Value]) -> S:
        """A state of plain values.

        Args:
            scope: the sizes.
            cells: per field a value (scalar), a dictionary by key (a bare element if there is one
                key sort, else a tuple), or for a `Fun` also a Python callable.
        """
        domain = Concrete(scope)

        def content(field: Field) -> Value:
            given = cells[field.name]
            if field.kind is object:
                return given
            if callable(given):
                return ConcreteFun(field, domain, given)
            table = ConcreteMap(field, domain, given)
            return table if field.kind is Map else ConcreteFun(field, domain, _table(table))

        def defined(field: Field, function: Callable[..., Value]) -> Value:
            values = {key if len(key) != 1 else key[0]: function(*key) for key in scope.keys(field)}
            return ConcreteFun(field, domain, _table(ConcreteMap(field, domain, values)))

        tables = {name: defined(d.field, d.at(scope)) for name, d in self.defined.items()}
        return self.state(**{n: content(field) for n, field in self.fields.items()}, **tables)

    def start(self, scope: Scope, **free: Value) -> S:
        """A concrete initial state; fields that `init` leaves alone are as given, or first...

        Raises:
            Refused: what is given does not meet what `init` requires.
        """
        cells = {name: free.get(name, _first(field, scope)) for name, field in self.fields.items()}
        started = self.concrete(scope, cells)
        self.apply(self.start_action, started, (), scope)
        return started

    def apply(self, act: Action[S], s: S, args: Sequence[Value], scope: Scope) -> None:
        """Take an action in place.

        Raises:
            Refused: a guard does not hold; the state is unchanged.
            OutOfRange: a number leaves its sort; the state may have changed in part.
        """
        with reading(Concrete(scope)), Naming(f"{self.name}.{act.name}"):
            act.text(s, *args)

    def holds(self, predicate: Callable[[S], bool], s: S, scope: Scope) -> bool:
        """Whether a property is defined in a concrete state, and true."""
        with reading(Concrete(scope)), Naming(f"{self.name}.{predicate.__name__}"):
            value = predicate(s)
        return not isinstance(value, Undefined) and bool(value)

    def supposed(self, predicate: Callable[[S], bool], s: S, scope: Scope) -> set[Calls]:
        """The implications of a property that are about a concrete state, by the author's calls
        that lead to each: for some elements all holds that it supposes."""
        domain = Supposing(scope)
        with reading(domain), Naming(f"{self.name}.{predicate.__name__}"):
            predicate(s)
        return {calls for calls, holds in domain.supposed if holds}

    def cells(self, s: S) -> Iterator[tuple[Field, tuple[Value, ...], Value]]:
        """What a concrete state holds: field, key and value; functions left out."""
        for name, field in self.fields.items():
            content = getattr(s, name)
            if field.kind is Map:
                for key, value in content.items():
                    yield field, key if isinstance(key, tuple) else (key,), value
            elif field.kind is object:
                yield field, (), content

    def cell(self, s: S, field: Field, key: tuple[Value, ...]) -> Value:
        """What a concrete state holds in one field at a key; of a function, its value there."""
        content = getattr(s, field.name)
        if field.kind is object:
            return content
        return content(*key) if field.kind is Fun else content[key if len(key) != 1 else key[0]]

    def copy(self, s: S) -> S:
        """A state that shares nothing that can change."""
        contents = {name: getattr(s, name) for name in fields_of(self.state)}
        return self.state(
            **{n: c.copy() if isinstance(c, ConcreteMap) else c for n, c in contents.items()}
        )


def _any_of(sorts: Iterable[SortType]) -> list[Term]:
    """Any element of each sort, as parameters of a text."""
    return [Term("free", (f"parameter {number}",), sort) for number, sort in enumerate(sorts)]


def _told(value: Value) -> str:
    """What a text returns, for a line that says that it returns something else than it should."""
    if isinstance(value, Map | Fun):
        return f"a whole {'map' if isinstance(value, Map) else 'function'}"
    return an(sort_of(value).__name__)


def _text_of(value: object) -> object:
    """The function that an action is made of; else what is given."""
    return value.text if isinstance(value, Action) else value


def _table(table: ConcreteMap) -> Callable[..., Value]:
    return lambda *key: table[key if len(key) != 1 else key[0]]


def _first(field: Field, scope: Scope) -> Value:
    first = scope.elements(field.sort)[0]
    if field.kind is object:
        return first
    return {key if len(key) != 1 else key[0]: first for key in scope.keys(field)}
