"""Terms: a protocol text, read once for every state, and written down as guards and effects.

The batch and the symbolic domain share this reading. A read of the state gives a `Term`, an
immutable expression; what an action does is a list of `Check`s, in the order of the text, and the
terms it leaves in the fields. Nothing that a read hands out can be changed in place.
"""

import linecache
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar, NoReturn

import attrs

from spec.notation.errors import MachineError
from spec.notation.sorts import Field, Fun, Map, Ordinal, Scope, Sort, SortType, Value, is_finite
from spec.notation.words import current

_HERE = str(Path(__file__).parent)
_READ = str(Path(__file__).with_name("machine.py"))  # what calls a text

# What each word of Python that decides on a truth value is written as instead.
_INSTEAD = {
    "if": "ite(condition, then, otherwise)",
    "and": "a & b, or all_of(a, b)",
    "or": "a | b, or any_of(a, b)",
    "not": "not_(a)",
    "while": "an action for each turn",
    "assert": "require(condition, reason)",
    "in": "exists(Sort, lambda x: ...)",
}


@attrs.frozen(eq=False, repr=False)
class Term:
    """An expression over the state: an operator, its arguments, and the sort of its value.

    Operators: read (field, key), free (name), first, size (sort), total (field), sum (field,
    content), not, and, or, eq, lt, ite, add, sub, mul, mod, div, forall and exists (free terms,
    body).
    """

    op: str
    args: tuple[Value, ...]
    sort: SortType

    # Every comparison of a term is a term; terms are told apart by identity.
    def __eq__(self, other: object) -> Any:
        return equal(self, other)

    def __ne__(self, other: object) -> Any:
        return negate(equal(self, other))

    __hash__: ClassVar[None]  # type: ignore[assignment]  # a term is no key of a Python dict or set

    def __lt__(self, other: Value) -> Value:
        return less(self, other)

    def __gt__(self, other: Value) -> Value:
        return less(other, self)

    def __le__(self, other: Value) -> Value:
        return negate(less(other, self))

    def __ge__(self, other: Value) -> Value:
        return negate(less(self, other))

    def __and__(self, other: Value) -> Value:
        return conjoin((self, other))

    def __rand__(self, other: Value) -> Value:
        return conjoin((other, self))

    def __or__(self, other: Value) -> Value:
        return disjoin((self, other))

    def __ror__(self, other: Value) -> Value:
        return disjoin((other, self))

    def __xor__(self, other: Value) -> Value:
        return negate(equal(self, other))

    __rxor__ = __xor__

    def __add__(self, other: Value) -> Value:
        return arithmetic("add", self, other)

    def __radd__(self, other: Value) -> Value:
        return arithmetic("add", other, self)

    def __sub__(self, other: Value) -> Value:
        return arithmetic("sub", self, other)

    def __rsub__(self, other: Value) -> Value:
        return arithmetic("sub", other, self)

    def __mul__(self, other: Value) -> Value:
        return arithmetic("mul", self, other)

    def __rmul__(self, other: Value) -> Value:
        return arithmetic("mul", other, self)

    def __mod__(self, other: Value) -> Value:
        return arithmetic("mod", self, other)

    def __rmod__(self, other: Value) -> Value:
        return arithmetic("mod", other, self)

    def __floordiv__(self, other: Value) -> Value:
        return arithmetic("div", self, other)

    def __rfloordiv__(self, other: Value) -> Value:
        return arithmetic("div", other, self)

    def __bool__(self) -> NoReturn:
        raise MachineError(_no_decision())

    __iter__ = __len__ = __int__ = __index__ = __float__ = __invert__ = __bool__

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(str, self.args))})"


def _no_decision() -> str:
    """One line that names the author's text where Python asked for a truth value or a number."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    where, line = frame.f_code.co_filename, frame.f_lineno
    words = re.findall(r"[a-z]+", linecache.getline(where, line))
    instead = [f"for `{word}` write {mend}" for word, mend in _INSTEAD.items() if word in words]
    mends = "; ".join(instead) or "compare two values at a time, with & between comparisons"
    label = getattr(current(), "label", frame.f_code.co_name)
    return (
        f"{where}:{line}: in {label}: Python cannot decide on a state value, "
        f"because the text is read once for every state; {mends}"
    )


def same(a: Value, b: Value) -> bool:
    """Whether two values are certainly one: the same term, or equal constants."""
    if isinstance(a, Term) or isinstance(b, Term):
        return a is b
    return bool(a == b)


def equal(a: Value, b: Value) -> Value:
    """a == b"""
    if same(a, b):
        return True
    if not isinstance(a, Term) and not isinstance(b, Term):
        return False
    if not isinstance(a, Term):
        a, b = b, a
    _check_comparable(a, b)
    if a.sort is bool and isinstance(b, bool):
        return a if b else negate(a)
    return _term("eq", (a, b), bool)


def _sort_of(value: Value) -> SortType:
    return value.sort if isinstance(value, Term) else type(value)


def _is_number(sort: SortType) -> bool:
    return sort is int or issubclass(sort, Ordinal)


def _is_element(value: Value, sort: SortType) -> bool:
    """Whether a bare number stands for an element of a sort, as it does once sizes are fixed."""
    return type(value) is int and issubclass(sort, Sort) and _sized()


def _sized() -> bool:
    domain = current()
    return isinstance(domain, Reader) and domain.scope is not None


def _check_comparable(a: Term, b: Value) -> None:
    sort = _sort_of(b)
    if not (a.sort is sort or _is_element(b, a.sort) or (_is_number(a.sort) and _is_number(sort))):
        raise MachineError(
            f"in {_label()}: a {a.sort.__name__} is compared with a {sort.__name__}; "
            "compare values of one sort"
        )


def _check_condition(value: Value) -> None:
    sort = _sort_of(value)
    if sort is not bool:
        raise MachineError(
            f"in {_label()}: a {sort.__name__} is no condition; compare it with something"
        )


def _check_numbers(*values: Value) -> None:
    for value in values:
        sort = _sort_of(value)
        if not _is_number(sort):
            raise MachineError(f"in {_label()}: a {sort.__name__} is used as a number")


def _label() -> str:
    return str(getattr(current(), "label", "the text"))


def less(a: Value, b: Value) -> Value:
    """a < b"""
    if not isinstance(a, Term) and not isinstance(b, Term):
        return a < b
    _check_numbers(a, b)
    return False if a is b else _term("lt", (a, b), bool)


def negate(a: Value) -> Value:
    """not a"""
    _check_condition(a)
    if not isinstance(a, Term):
        return not a
    return a.args[0] if a.op == "not" else _term("not", (a,), bool)


def conjoin(conditions: Sequence[Value]) -> Value:
    """All of the conditions."""
    return _connect("and", conditions, neutral=True)


def disjoin(conditions: Sequence[Value]) -> Value:
    """Any of the conditions."""
    return _connect("or", conditions, neutral=False)


def _connect(op: str, conditions: Sequence[Value], *, neutral: bool) -> Value:
    terms: list[Term] = []
    for condition in conditions:
        _check_condition(condition)
        if not isinstance(condition, Term):
            if bool(condition) is not neutral:
                return not neutral
        elif condition.op == op:
            terms.extend(condition.args)
        else:
            terms.append(condition)
    if len(terms) <= 1:
        return terms[0] if terms else neutral
    return _term(op, tuple(terms), bool)


def choose(condition: Value, then: Value, otherwise: Value) -> Value:
    """`then` if the condition holds, else `otherwise`."""
    _check_condition(condition)
    if not isinstance(condition, Term):
        return then if condition else otherwise
    if same(then, otherwise):
        return then
    if isinstance(then, bool) and isinstance(otherwise, bool):
        return condition if then else negate(condition)
    return _term("ite", (condition, then, otherwise), _join(then, otherwise))


def _join(a: Value, b: Value) -> SortType:
    first, second = _sort_of(a), _sort_of(b)
    if first is second or _is_element(b, first):
        return first
    if _is_element(a, second):
        return second
    if _is_number(first) and _is_number(second):
        return int
    raise MachineError(
        f"in {_label()}: one branch of ite is a {first.__name__}, "
        f"the other a {second.__name__}; give both the same sort"
    )


def substitute(value: Value, old: Sequence[Term], new: Sequence[Value]) -> Value:
    """A value in which new values stand in the place of some free terms."""
    if isinstance(value, tuple):
        return tuple(substitute(part, old, new) for part in value)
    if not isinstance(value, Term):
        return value
    for term, replacement in zip(old, new, strict=True):
        if value is term:
            return replacement
    args = substitute(value.args, old, new)
    rebuild = _REBUILD.get(value.op)
    return rebuild(*args) if rebuild else _term(value.op, args, value.sort)


_FOLD: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "mod": lambda a, b: a % b,
    "div": lambda a, b: a // b,
}


def arithmetic(op: str, a: Value, b: Value) -> Value:
    """An integer operation; the divisor of mod and div is a positive number or a size."""
    if not isinstance(a, Term) and not isinstance(b, Term):
        return _FOLD[op](a, b)
    _check_numbers(a, b)
    positive = b.op == "size" if isinstance(b, Term) else b > 0
    if op in ("mod", "div") and not positive:
        raise MachineError(f"in {_label()}: divide by a positive number or a size, nothing else")
    return _term(op, (a, b), int)


_REBUILD: dict[str, Callable[..., Value]] = {
    "and": lambda *conditions: conjoin(conditions),
    "or": lambda *conditions: disjoin(conditions),
    "not": negate,
    "eq": equal,
    "lt": less,
    "ite": choose,
    **{op: partial(arithmetic, op) for op in _FOLD},
}


def _term(op: str, args: tuple[Value, ...], sort: SortType) -> Term:
    domain = current()
    return domain.term(op, args, sort) if isinstance(domain, Reader) else Term(op, args, sort)


@attrs.frozen
class Check:
    """One thing that must hold for an action to be taken, in the order of the text.

    `kind` is "guard" (refused with `reason`), "low" (a number below zero) or "high" (past a size).
    """

    kind: str
    condition: Value
    reason: str


class TermMap(Map[Value, Value]):
    """A map as the field it was, or what filled it since, and the writes after that.

    Attributes:
        content: what filled the map, as a function of the key; None if it is still the field.
        writes: (key, value) pairs, oldest first.
    """

    def __init__(self, reader: "Reader", field: Field) -> None:
        self.reader = reader
        self.field = field
        self.content: Callable[[tuple[Value, ...]], Value] | None = None
        self.writes: list[tuple[tuple[Value, ...], Value]] = []

    def at(self, key: tuple[Value, ...]) -> Value:
        """What the map holds at a key now."""
        value = self.content(key) if self.content else self.reader.read(self.field, key)
        for written, new in self.writes:
            hit = conjoin([equal(a, b) for a, b in zip(written, key, strict=True)])
            value = choose(hit, new, value)
        return value

    def __getitem__(self, key: Value) -> Value:
        return self.reader.checked_read(self.field, _parts(key), self.at)

    def __setitem__(self, key: Value, value: Value) -> None:
        parts = _parts(key)
        self.reader.check_key(self.field, parts)
        self.writes.append((parts, self.reader.assign(self.field, value)))

    def fill(self, value: Value) -> None:
        self.fill_by(lambda _: value)

    def reset(self) -> None:
        self.fill(self.reader.first(self.field.sort))

    def fill_by(self, value: Callable[[Value], Value]) -> None:
        def content(*key: Value) -> Value:
            return value(key if len(key) > 1 else key[0])

        def is_assigned(*key: Value) -> bool:
            self.reader.assign(self.field, content(*key))
            return True

        self.reader.forall(self.field.keys, is_assigned)
        # What fills the map is what its text says now, whatever is written later.
        checks = list(self.reader.checks)
        anywhere = tuple(self.reader.fresh(sort) for sort in self.field.keys)
        filling = content(*anywhere)
        self.reader.checks = checks  # those of any key are known from the forall above
        self.content = lambda key: substitute(filling, anywhere, key)
        self.writes = []

    def total(self) -> Value:
        """The sum over all keys, by what the writes change.

        A sum over an unbounded sort has no first-order definition, but a write changes it by
        exactly (new - old). So the sum before the action is a variable, carried through the writes.
        """
        before = TermMap(self.reader, self.field)
        before.content = self.content
        total = self._total_before_writes()
        for key, value in self.writes:
            total = total + value - before.at(key)
            before.writes.append((key, value))
        return total

    def _total_before_writes(self) -> Value:
        if self.content is None:
            return self.reader.term("total", (self.field,), int)
        anywhere = tuple(self.reader.fresh(sort) for sort in self.field.keys)
        content = self.content(anywhere)
        # Filled with anything but 0, the sum depends on the size: it could be any number.
        return 0 if same(content, 0) else self.reader.term("sum", (self.field, content), int)


class TermFun(Fun[..., Value]):
    """A function of the state as terms."""

    def __init__(self, reader: "Reader", field: Field) -> None:
        self.reader = reader
        self.field = field

    def __call__(self, *key: Value, **_: Value) -> Value:
        return self.reader.checked_read(
            self.field, key, lambda parts: self.reader.read(self.field, parts)
        )


class TermTable(Fun[..., Value]):
    """A function that is defined on plain values, as terms."""

    def __init__(self, reader: "Reader", field: Field, function: Callable[..., Value]) -> None:
        self.reader = reader
        self.field = field
        self.function = function

    def __call__(self, *key: Value, **_: Value) -> Value:
        return self.reader.checked_read(self.field, key, self._at)

    def _at(self, key: tuple[Value, ...]) -> Value:
        if not any(isinstance(part, Term) for part in key):
            return self.function(*key)
        if self.reader.scope is None:
            raise MachineError(
                f"in {self.reader.label}: {self.field.name} is defined on plain values; "
                "call it with constants, or leave it open"
            )
        *others, last = self.reader.scope.keys(self.field)
        value = self.function(*last)
        for other in others:
            hit = conjoin([equal(a, b) for a, b in zip(key, other, strict=True)])
            value = self._choose(hit, self.function(*other), value)
        return value

    def _choose(self, hit: Value, value: Value, otherwise: Value) -> Value:
        if same(value, otherwise) or not isinstance(hit, Term) or self.field.sort is bool:
            return choose(hit, value, otherwise)
        return self.reader.term("ite", (hit, value, otherwise), self.field.sort)


def _parts(key: Value) -> tuple[Value, ...]:
    return key if isinstance(key, tuple) else (key,)


@attrs.frozen
class Call:
    """Where the author's text calls something: a file, and a place in the code that it makes."""

    code: CodeType
    at: int

    def __str__(self) -> str:
        lines = [line for start, end, line in self.code.co_lines() if start <= self.at < end]
        return f"{Path(self.code.co_filename).name}:{lines[0]}"


def _calls() -> tuple[Call, ...]:
    """Where a word of the notation was called: the author's calls that led there, last first."""
    frame = sys._getframe(2)
    found: list[Call] = []
    while frame.f_back and frame.f_code.co_filename != _READ:
        if not frame.f_code.co_filename.startswith(_HERE):
            found.append(Call(frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)


@attrs.define
class Reader:
    """The domain in which a text is read into terms.

    Args:
        label: the action or property that is read, for errors.
        scope: sizes, when quantifiers are to be unfolded; None to keep them, for any size.
        lenient: in a property, a number outside its sort reads the first element.
    """

    label: str
    scope: Scope | None = None
    lenient: bool = False
    checks: list[Check] = attrs.field(factory=list)
    supposed: dict[tuple[Call, ...], list[Value]] = attrs.field(factory=dict)
    """What each implication of the text supposes, for the elements that it is asked of."""
    _writing: bool = False
    _known: dict[tuple[object, ...], Term] = attrs.field(factory=dict)
    _names: Iterator[int] = attrs.field(factory=count)

    def term(self, op: str, args: tuple[Value, ...], sort: SortType) -> Term:
        """The one term of this reading with these parts: equal texts give the same term."""
        key = (op, sort, *map(_identity, args))
        return self._known.setdefault(key, Term(op, args, sort))

    def names(self, sort: SortType) -> bool:
        """Whether the text names an element of a sort, or how many there are."""
        return any(
            (term.op in ("first", "size") and term.sort is sort)
            or any(isinstance(arg, sort) for arg in term.args)
            for term in self._known.values()
        )

    def fresh(self, sort: SortType) -> Term:
        """A term that is no other: any element of the sort."""
        return self.term("free", (f"{sort.__name__.lower()}!{next(self._names)}",), sort)

    def first(self, sort: SortType) -> Value:
        """The first element of a sort."""
        if self.scope is not None:
            return self.scope.elements(sort)[0]
        if issubclass(sort, Ordinal):
            return 0
        return Scope().elements(sort)[0] if is_finite(sort) else self.term("first", (), sort)

    def read(self, field: Field, key: tuple[Value, ...]) -> Term:
        """What a field holds at a key before the action."""
        return self.term("read", (field, *key), field.sort)

    def checked_read(
        self, field: Field, key: tuple[Value, ...], at: Callable[[tuple[Value, ...]], Value]
    ) -> Value:
        """What `at` gives for a key, once the key is known to be one of the field's."""
        bounds = self._key_bounds(field, key)
        inside = conjoin([check.condition for check in bounds])
        if not self.lenient:
            self._check(bounds)
        if inside is False:
            return self.first(field.sort)
        if inside is True or not self.lenient:
            return at(key)
        return choose(inside, at(key), self.first(field.sort))

    def check_key(self, field: Field, key: tuple[Value, ...]) -> None:
        """Check that each part of a key is one of its sort."""
        self._check(self._key_bounds(field, key))

    def _key_bounds(self, field: Field, key: tuple[Value, ...]) -> list[Check]:
        if len(key) != len(field.keys):
            raise MachineError(
                f"in {self.label}: {field.name} takes {len(field.keys)} keys, not {len(key)}"
            )
        bounds = []
        for part, sort in zip(key, field.keys, strict=True):
            self._check_sort(part, sort, field.name)
            bounds += self._bounds(part, sort, f"{field.name}[...]")
        return bounds

    def assign(self, field: Field, value: Value) -> Value:
        """The value, once it is known to be one of the field's sort; effects begin here."""
        self._writing = True
        self._check_sort(value, field.sort, field.name)
        self._check(self._bounds(value, field.sort, field.name))
        return value

    def _check(self, checks: Sequence[Check]) -> None:
        known = [check.condition for check in self.checks]
        self.checks += [c for c in checks if not any(c.condition is k for k in known)]

    def _check_sort(self, value: Value, sort: SortType, where: str) -> None:
        found = _sort_of(value)
        numbers = _is_number(found) and issubclass(sort, Ordinal)
        if not (found is sort or numbers or _is_element(value, sort)):
            raise MachineError(
                f"in {self.label}: {where} wants a {sort.__name__}, not a {found.__name__}"
            )

    def _bounds(self, value: Value, sort: SortType, where: str) -> list[Check]:
        """The checks that a number is one of its sort; none where that is certain."""
        if not issubclass(sort, Ordinal) or (isinstance(value, Term) and value.sort is sort):
            return []
        what = f"{where} is no {sort.__name__}"
        checks = [
            Check("low", negate(less(value, 0)), what),
            Check("high", less(value, self.size(sort)), what),
        ]
        return [check for check in checks if check.condition is not True]

    def require(self, condition: Value, reason: str) -> None:
        if self._writing:
            raise MachineError(
                f"in {self.label}: require({reason!r}) comes after an effect; put guards first"
            )
        _check_condition(condition)
        self.checks.append(Check("guard", condition, reason))

    def ite(self, condition: Value, then: Value, otherwise: Value) -> Value:
        return choose(condition, then, otherwise)

    def conjunction(self, conditions: Sequence[Value]) -> Value:
        return conjoin(conditions)

    def disjunction(self, conditions: Sequence[Value]) -> Value:
        return disjoin(conditions)

    def negation(self, condition: Value) -> Value:
        return negate(condition)

    def suppose(self, premise: Value) -> None:
        self.supposed.setdefault(_calls(), []).append(premise)

    def forall(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        return self._quantify("forall", sorts, body)

    def exists(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        return self._quantify("exists", sorts, body)

    def _quantify(self, op: str, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        if self.scope is not None:
            keys = self.scope.choices(sorts)
            instances = [body(*key) for key in keys]
            return conjoin(instances) if op == "forall" else disjoin(instances)
        bound = tuple(self.fresh(sort) for sort in sorts)
        outside, self.checks = self.checks, []
        inner = body(*bound)
        # What the body needs, it needs for every element.
        self.checks = outside + [
            attrs.evolve(check, condition=self._close("forall", bound, check.condition))
            for check in self.checks
        ]
        return self._close(op, bound, inner)

    def _close(self, op: str, bound: tuple[Term, ...], body: Value) -> Value:
        _check_condition(body)
        return self.term(op, (bound, body), bool) if isinstance(body, Term) else body

    def total(self, amounts: Value) -> Value:
        if not isinstance(amounts, TermMap) or not issubclass(amounts.field.sort, int):
            raise MachineError(f"in {self.label}: total sums a map of numbers of the state")
        if self.scope is None:
            return amounts.total()
        total: Value = 0
        for key in self.scope.keys(amounts.field):
            total = total + amounts.at(key)
        return total

    def size(self, sort: SortType) -> Value:
        return self.term("size", (sort,), sort) if self.scope is None else self.scope.size(sort)


def _identity(part: Value) -> object:
    if isinstance(part, tuple):
        return tuple(map(_identity, part))
    return id(part) if isinstance(part, Term | type) else (type(part), part)
