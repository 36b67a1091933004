"""Terms: the values of a protocol text that is read once for every state.

The batch and the symbolic domain share this reading. A read of the state gives a `Term`, an
immutable expression, so nothing that a read hands out can be changed in place.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import partial
from typing import Any, NoReturn

import attrs

from spec.notation.errors import MachineError, an
from spec.notation.interval import OPERATIONS, Interval, Span, computed, joined
from spec.notation.sorts import Field, Ordinal, Scope, SortType, Value, is_finite
from spec.notation.words import current


class Operators:
    """Comparisons and arithmetic as the reading has them, where Python would give an answer.

    What has them is no key of a Python dict or set, unless it says so.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> Any:
        return equal(self, other)

    def __ne__(self, other: object) -> Any:
        return negate(equal(self, other))

    def __lt__(self, other: Value) -> Value:
        return less(self, other)

    def __gt__(self, other: Value) -> Value:
        return less(other, self)

    def __le__(self, other: Value) -> Value:
        return negate(less(other, self))

    def __ge__(self, other: Value) -> Value:
        return negate(less(self, other))

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


@attrs.frozen(eq=False, repr=False)
class Term(Operators):
    """An expression over the state: an operator, its arguments, and the sort of its value.

    Operators: read (field, key), free (name), first, size (sort), total (field), sum (field,
    keys, content), not, and, or, eq, lt, ite, add, sub, mul, mod, div, forall and exists (free
    terms, body), within (value, key, sort, key, sort, ...: the value where each key is of its
    sort; elsewhere it is undefined).
    """

    op: str
    args: tuple[Value, ...]
    sort: SortType
    certain: bool = attrs.field(init=False)
    """Whether it is defined in every state, as can be told from its operators."""

    @certain.default
    def _is_certain(self) -> bool:
        return self.op != "within" and all(map(is_certain, self.args))

    def __and__(self, other: Value) -> Value:
        return conjoin((self, other))

    def __rand__(self, other: Value) -> Value:
        return conjoin((other, self))

    def __or__(self, other: Value) -> Value:
        return disjoin((self, other))

    def __ror__(self, other: Value) -> Value:
        return disjoin((other, self))

    def __xor__(self, other: Value) -> Value:
        check_condition(self)
        check_condition(other)
        return negate(equal(self, other))

    __rxor__ = __xor__

    def __bool__(self) -> NoReturn:
        raise MachineError(
            "Python cannot decide on a state value, because the text is read once for every state; "
            "write ite, &, |, not_, forall or exists"
        )

    __iter__ = __len__ = __int__ = __index__ = __float__ = __invert__ = __bool__

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(str, self.args))})"


def is_certain(value: Value) -> bool:
    """Whether a value, or each of several, is defined in every state."""
    if isinstance(value, tuple):
        return all(map(is_certain, value))
    return value.certain if isinstance(value, Term) else True


class Listed(Operators, int):
    """A number that a size gives, and no text: an element that is listed, or how many there are.

    What is computed from such a number alone or with constants is one too.

    Attributes:
        sort: whose element it is; int once something was computed.
        span: where it lies, whichever element is meant.
    """

    sort: SortType
    span: Span

    def __new__(cls, value: int, sort: SortType, span: Span) -> "Listed":
        """A number of a span."""
        listed = super().__new__(cls, value)
        listed.sort = sort
        listed.span = span
        return listed

    __hash__ = int.__hash__


def same(a: Value, b: Value) -> bool:
    """Whether two values are certainly one: the same term, or equal constants."""
    if isinstance(a, Term) or isinstance(b, Term):
        return a is b
    return bool(plain(a) == plain(b))


def plain(value: Value) -> Value:
    """A constant whose operators are Python's own."""
    return int(value) if isinstance(value, Listed) else value


def _is_constant(value: Value) -> bool:
    """Whether a value is one that the text itself names, or that follows from such."""
    return not isinstance(value, Term | Listed)


def equal(a: Value, b: Value) -> Value:
    """a == b"""
    if _is_constant(a) and _is_constant(b):
        return bool(a == b)
    _check_comparable(a, b)
    if a is b and is_certain(a):
        return True
    if not isinstance(a, Term):
        a, b = b, a
    if sort_of(a) is bool and isinstance(b, bool):
        return a if b else negate(a)
    if is_number(sort_of(a)):
        _note_left_out(a, b)
        if _is_below(a, b) or _is_below(b, a):
            return False
    if not isinstance(a, Term):
        return plain(a) == plain(b)
    return _term("eq", (a, b), bool)


def less(a: Value, b: Value) -> Value:
    """a < b"""
    if _is_constant(a) and _is_constant(b):
        return a < b
    _check_numbers(a, b)
    _note_left_out(a, b)
    if a is b and is_certain(a):
        return False
    if _is_below(a, b):
        return True
    if _is_below(b, a, or_equal=True):
        return False
    return _term("lt", (a, b), bool)


def _is_below(a: Value, b: Value, *, or_equal: bool = False) -> bool:
    """Whether one number is certainly less than another, at the sizes of the reading."""
    terms = reading_terms()
    if terms is None or terms.scope is None or not is_certain((a, b)):
        return False
    high, low = terms.reach(a)[1], terms.reach(b)[0]
    return high <= low if or_equal else high < low


def _note_left_out(a: Value, b: Value) -> None:
    """Remember a constant of the text that a number is compared with, or divided by, if it reaches
    that at larger sizes only.

    What no size reaches is not for want of size, and neither is that no number falls below zero.
    """
    for number, constant in _beside_constants(a, b):
        (low, high), (least, most) = number.here, number.ever
        if (constant > high or constant < min(low, 0)) and least <= constant <= most:
            _terms().left_out.add(constant)


def _note_moved(a: Value, b: Value) -> None:
    """Remember a constant that moves a number and is past all that it can be.

    It is compared in the end with what larger sizes may reach. To count on by one leaves nothing
    out: a step past the size is cut, and told.
    """
    for number, constant in _beside_constants(a, b):
        low, high = number.here
        if constant > max(high, 1) or constant < min(low, -1):
            _terms().left_out.add(constant)


def _beside_constants(a: Value, b: Value) -> Iterator[tuple[Span, int]]:
    """Where a number lies that stands beside a constant of the text, at the sizes of the reading;
    with that constant."""
    terms = reading_terms()
    if terms is not None and terms.scope is not None:
        for number, constant in ((a, b), (b, a)):
            if _is_constant(constant):
                is_listed = isinstance(number, Listed)
                yield number.span if is_listed else terms.span(number), int(constant)


def sort_of(value: Value) -> SortType:
    """The sort of a value; of a constant, its class."""
    return value.sort if isinstance(value, Term | Listed) else type(value)


def is_number(sort: SortType) -> bool:
    """Whether the values of a sort are numbers."""
    return sort is int or issubclass(sort, Ordinal)


def fits(value: Value, sort: SortType) -> bool:
    """Whether a value can stand where one of a sort is wanted."""
    found = sort_of(value)
    return found is sort or (is_number(found) and is_number(sort))


def _check_comparable(a: Value, b: Value) -> None:
    first, second = sort_of(a), sort_of(b)
    if not fits(a, second):
        raise MachineError(
            f"in {_label()}: {an(first.__name__)} is compared with {an(second.__name__)}; "
            "compare values of one sort"
        )


def check_condition(value: Value) -> None:
    """Refuse what is no truth value."""
    sort = sort_of(value)
    if sort is not bool:
        raise MachineError(
            f"in {_label()}: {an(sort.__name__)} is no condition; compare it with something"
        )


def _check_numbers(*values: Value) -> None:
    for value in values:
        sort = sort_of(value)
        if not is_number(sort):
            mend = "write ite(condition, 1, 0)" if sort is bool else "compare with == and !="
            raise MachineError(f"in {_label()}: {an(sort.__name__)} is used as a number; {mend}")


def _label() -> str:
    return str(getattr(current(), "label", "the text"))


def negate(a: Value) -> Value:
    """not a"""
    check_condition(a)
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
        check_condition(condition)
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
    check_condition(condition)
    sort = _join(then, otherwise)
    if not isinstance(condition, Term):
        return then if condition else otherwise
    if same(then, otherwise) and condition.certain:
        return then
    if isinstance(then, bool) and isinstance(otherwise, bool) and then is not otherwise:
        return condition if then else negate(condition)
    return _term("ite", (condition, then, otherwise), sort)


def _join(a: Value, b: Value) -> SortType:
    first, second = sort_of(a), sort_of(b)
    if first is second:
        return first
    if is_number(first) and is_number(second):
        return int
    raise MachineError(
        f"in {_label()}: one branch of ite is {an(first.__name__)}, "
        f"the other {an(second.__name__)}; give both the same sort"
    )


def within(value: Value, *keys: Value) -> Value:
    """The value where each of some keys is of the sort beside it; elsewhere it is undefined.

    Args:
        value: what is meant where it is defined.
        keys: keys and sorts, in turn.
    """
    pairs = zip(keys[::2], keys[1::2], strict=True)
    doubtful = [pair for pair in pairs if not (is_certain(pair[0]) and is_in(*pair))]
    if not doubtful:
        return value
    if any(is_nowhere(*pair) for pair in doubtful):
        # There is no such cell, and nobody uses what stands for it.
        terms = _terms()
        value = 0 if is_number(sort_of(value)) else terms.first(sort_of(value))
    return _term("within", (value, *(part for pair in doubtful for part in pair)), sort_of(value))


def is_in(value: Value, sort: SortType) -> bool:
    """Whether a value is certainly of a sort, wherever it is defined."""
    if not issubclass(sort, Ordinal):
        return True
    if isinstance(value, Term) and value.op == "ite":
        return all(is_in(branch, sort) for branch in value.args[1:])
    if isinstance(value, Term) and value.op == "within":
        return is_in(value.args[0], sort)
    if isinstance(value, Term) and value.sort is sort and value.op in ("read", "free", "first"):
        return True
    terms = reading_terms()
    if terms is None or terms.scope is None:
        return False
    low, high = terms.reach(value)
    return low >= 0 and high < terms.scope.size(sort)


def is_nowhere(key: Value, sort: SortType) -> bool:
    """Whether a key is a constant that is none of its sort, at the sizes of the reading."""
    return not isinstance(key, Term) and _terms().scope is not None and not is_in(key, sort)


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
    if _is_constant(a) and _is_constant(b):
        return _FOLD[op](a, b)
    _check_numbers(a, b)
    if op in ("mod", "div") and not _is_positive(b):
        raise MachineError(f"in {_label()}: divide by a positive number or a size, nothing else")
    if op in ("add", "sub"):
        _note_moved(a, b)
    elif op != "mul" and not _is_nought(a):  # to multiply but scales
        _note_left_out(a, b)
    if not isinstance(a, Term) and not isinstance(b, Term):
        return Listed(_FOLD[op](plain(a), plain(b)), int, computed(op, _among(a), _among(b)))
    return _term(op, (a, b), int)


def _is_nought(value: Value) -> bool:
    """Whether a number is none of something, at whatever sizes: a share of nothing, for example."""
    if not isinstance(value, Term):
        return bool(value == 0)
    return value.op == "mul" and any(not isinstance(arg, Term) and arg == 0 for arg in value.args)


def _is_positive(divisor: Value) -> bool:
    """Whether a number is certainly positive, whatever the state and the sizes."""
    if isinstance(divisor, Term):
        return divisor.op == "size"
    return _among(divisor).here[0] > 0


def _among(value: Value) -> Span:
    """Where a number lies that is the same in every state, whichever element is meant."""
    return value.span if isinstance(value, Listed) else Span.constant(value)


_REBUILD: dict[str, Callable[..., Value]] = {
    "and": lambda *conditions: conjoin(conditions),
    "or": lambda *conditions: disjoin(conditions),
    "not": negate,
    "eq": equal,
    "lt": less,
    "ite": choose,
    "within": within,
    "read": lambda field, *key: _terms().read(field, key),
    **{op: partial(arithmetic, op) for op in _FOLD},
}


@attrs.define
class Terms:
    """The terms of one reading: equal texts give the same term.

    Args:
        scope: sizes, when quantifiers are to be unfolded; None to keep them, for any size.

    Attributes:
        left_out: constants of the text that lie past the sizes.
        undefined: when terms are undefined, by identity, as far as that was asked.
        sorts: the classes that the text names, the sorts of all its values among them.
    """

    scope: Scope | None = None
    left_out: set[int] = attrs.field(factory=set)
    undefined: dict[int, tuple[Value, Value]] = attrs.field(factory=dict)
    sorts: set[SortType] = attrs.field(factory=set)
    _known: dict[tuple[object, ...], Term] = attrs.field(factory=dict)
    _spans: dict[int, Span] = attrs.field(factory=dict)

    def term(self, op: str, args: tuple[Value, ...], sort: SortType) -> Term:
        """The one term of this reading with these parts."""
        self.sorts.add(sort)
        for part in args:
            self.note_named(part)
        key = (op, sort, *map(_identity, args))
        return self._known.setdefault(key, Term(op, args, sort))

    def read(self, field: Field, key: tuple[Value, ...]) -> Term:
        """What a field holds at a key before the action."""
        # A listed number and a constant of the text name one cell.
        parts = (int(part) if isinstance(part, Listed | Ordinal) else part for part in key)
        return self.term("read", (field, *parts), field.sort)

    def note_named(self, value: Value) -> None:
        """Remember of which sort a constant of the text is, and if it lies past its size."""
        if isinstance(value, type):
            self.sorts.add(value)
        elif isinstance(value, Enum | Ordinal):
            self.sorts.add(type(value))
        if self.scope and isinstance(value, Ordinal) and value >= self.scope.size(type(value)):
            self.left_out.add(int(value))

    def note_past(self, value: Value, sort: SortType) -> None:
        """Remember a constant that would have to be of a sort, if it lies past its size."""
        if isinstance(value, Term) and value.op == "ite":
            for branch in value.args[1:]:
                self.note_past(branch, sort)
        elif self.scope and _is_constant(value) and value >= self.scope.size(sort):
            self.left_out.add(int(value))

    def extent(self, sort: SortType) -> Value:
        """The number of elements of a sort."""
        if self.scope is None:
            return self.term("size", (sort,), int)
        size = self.scope.size(sort)
        return Listed(size, sort, Span.extent(size))

    def first(self, sort: SortType) -> Value:
        """The first element of a sort."""
        if self.scope is not None:
            return self.element(self.scope.elements(sort)[0], sort)
        if issubclass(sort, Ordinal):
            return 0
        return Scope().elements(sort)[0] if is_finite(sort) else self.term("first", (), sort)

    def element(self, value: Value, sort: SortType) -> Value:
        """An element of a sort that the sizes list, as the terms have it."""
        if self.scope is None or is_finite(sort):
            return value
        return Listed(value, sort, Span.elements(self.scope.size(sort)))

    def choices(self, sorts: Sequence[SortType]) -> list[tuple[Value, ...]]:
        """Every choice of an element of each sort, at the sizes of the reading; without, of sorts
        that list their elements themselves."""
        return [
            tuple(self.element(value, sort) for value, sort in zip(choice, sorts, strict=True))
            for choice in (self.scope or Scope()).choices(sorts)
        ]

    def keys(self, field: Field) -> list[tuple[Value, ...]]:
        """Every key of a field, at the sizes of the reading."""
        return self.choices(field.keys)

    def reach(self, value: Value) -> Interval:
        """Between which numbers a number lies in every state, at the sizes of the reading."""
        return self.span(value).here

    def span(self, value: Value) -> Span:
        """Where a number lies in every state, at the sizes of the reading and at larger ones."""
        if not isinstance(value, Term):
            return Span((int(value), int(value)), _among(value).ever)
        if id(value) not in self._spans:
            self._spans[id(value)] = self._span_of(value)
        return self._spans[id(value)]

    def _span_of(self, term: Term) -> Span:
        assert self.scope is not None
        if term.op == "ite":
            return joined(*map(self.span, term.args[1:]))
        if term.op == "within":
            return self.span(term.args[0])
        if term.op in OPERATIONS:
            return computed(term.op, *map(self.span, term.args))
        if term.op in ("total", "sum"):
            field = term.args[0]
            cells = math.prod(self.scope.size(sort) for sort in field.keys)
            return Span.elements(cells * (self.scope.size(field.sort) - 1) + 1)
        return Span.elements(self.scope.size(term.sort))


def reading_terms() -> Terms | None:
    """The terms of the reading that is under way, if there is one."""
    domain = current()
    return domain if isinstance(domain, Terms) else None


def listed(args: Sequence[Value], sorts: Iterable[SortType]) -> list[Value]:
    """Elements of sorts, as the reading that is under way has them."""
    terms = reading_terms()
    pairs = zip(args, sorts, strict=True)
    return [terms.element(arg, sort) for arg, sort in pairs] if terms else list(args)


def _terms() -> Terms:
    terms = reading_terms()
    assert terms is not None  # terms are made by readings alone
    return terms


def _term(op: str, args: tuple[Value, ...], sort: SortType) -> Term:
    return _terms().term(op, args, sort)


def _identity(part: Value) -> object:
    if isinstance(part, tuple):
        return tuple(map(_identity, part))
    if isinstance(part, Listed):
        return Listed, int(part), part.sort
    return id(part) if isinstance(part, Term | type) else (type(part), part)
