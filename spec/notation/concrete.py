"""The concrete domain: a value is a number, a truth value, a member of an enumeration, or bytes.

Here the text simply runs. It is the reading that the other two are held to. What is undefined is a
value too, so that a choice or a condition that does not need it can do without.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NoReturn, Self

import attrs

from spec.notation.calls import Supposed, calls
from spec.notation.errors import MachineError, OutOfRange, Refused
from spec.notation.sorts import Field, Fun, Map, Ordinal, Scope, SortType, Value


@attrs.frozen(eq=False)
class Undefined:
    """The value of what reads outside a sort; whatever is computed from it is undefined too.

    Attributes:
        what: which number is none of which sort.
        low: whether that number is below zero; else it is past the size.
    """

    what: str
    low: bool

    def _strict(self, other: object) -> "Undefined":
        return joined([self, other])

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _strict
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __xor__ = __rxor__ = _strict
    __lt__ = __gt__ = __le__ = __ge__ = _strict

    def __eq__(self, other: object) -> Any:
        return joined([self, other])

    def __ne__(self, other: object) -> Any:
        return joined([self, other])

    __hash__ = object.__hash__  # as a part of a key, for which a map then has no cell

    def __and__(self, other: Value) -> Value:
        return _connected([self, other], deciding=False)

    def __or__(self, other: Value) -> Value:
        return _connected([self, other], deciding=True)

    __rand__, __ror__ = __and__, __or__

    def __bool__(self) -> NoReturn:
        raise MachineError(f"Python cannot decide on a value that is undefined: {self.what}")


def joined(parts: Iterable[Value]) -> Undefined:
    """What is undefined because some part is: below zero, if any part is that."""
    undefined = [part for part in parts if isinstance(part, Undefined)]
    return next((part for part in undefined if part.low), undefined[0])


def _connected(conditions: Sequence[Value], *, deciding: bool) -> Value:
    """A connective, which one defined operand decides by being `deciding`."""
    defined = [c for c in conditions if not isinstance(c, Undefined)]
    if any(bool(condition) is deciding for condition in defined):
        return deciding
    return not deciding if len(defined) == len(conditions) else joined(conditions)


def outside(value: Value, sort: SortType, scope: Scope, where: str) -> Undefined | None:
    """What a value comes to that is none of its sort, or undefined itself."""
    if isinstance(value, Undefined):
        return value
    if issubclass(sort, Ordinal) and not 0 <= value < scope.size(sort):
        return Undefined(f"{where}: {value} is no {sort.__name__}", low=value < 0)
    return None


def _stop(undefined: Undefined) -> NoReturn:
    raise OutOfRange(undefined.what, low=undefined.low)


@attrs.frozen
class Concrete:
    """Reads a text on plain values, looking at the elements that a scope lists.

    Args:
        scope: sizes of the sorts.
    """

    scope: Scope

    def require(self, condition: Value, reason: str) -> None:
        if isinstance(condition, Undefined):
            _stop(condition)
        if not condition:
            raise Refused(reason)

    def ite(self, condition: Value, then: Value, otherwise: Value) -> Value:
        if isinstance(condition, Undefined):
            return condition
        return then if condition else otherwise

    def conjunction(self, conditions: Sequence[Value]) -> Value:
        return _connected(conditions, deciding=False)

    def disjunction(self, conditions: Sequence[Value]) -> Value:
        return _connected(conditions, deciding=True)

    def negation(self, condition: Value) -> Value:
        return condition if isinstance(condition, Undefined) else not condition

    def suppose(self, premise: Value) -> None:
        """Nothing is kept of what an implication supposes."""

    def forall(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        return _connected(self._instances(sorts, body), deciding=False)

    def exists(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        return _connected(self._instances(sorts, body), deciding=True)

    def _instances(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> list[Value]:
        # Every instance is computed, as the other domains do: none is skipped for an earlier one.
        return [body(*key) for key in product(*map(self.scope.elements, sorts))]

    def total(self, amounts: "ConcreteMap") -> int:
        return sum(amounts.values())

    def size(self, sort: SortType) -> int:
        return self.scope.size(sort)

    def assign(self, field: Field, value: Value) -> Value:
        stopped = outside(value, field.sort, self.scope, field.name)
        if stopped is not None:
            _stop(stopped)
        return value

    def no_key(self, field: Field, key: tuple[Value, ...]) -> Undefined | None:
        """What a key comes to that is none of a field's."""
        where = f"{field.name}[...]"
        parts = [
            outside(part, sort, self.scope, where)
            for part, sort in zip(key, field.keys, strict=True)
        ]
        return joined(parts) if any(part is not None for part in parts) else None


@attrs.frozen
class Supposing(Concrete):
    """Reads a property on plain values, and keeps what its implications suppose.

    Attributes:
        supposed: of each implication, for each of the elements that it is asked of, whether what
            it supposes holds.
    """

    supposed: Supposed[bool] = attrs.field(init=False)

    @supposed.default
    def _nothing_yet(self) -> Supposed[bool]:
        return Supposed(lambda one, other: one and other)

    def suppose(self, premise: Value) -> None:
        holds = not isinstance(premise, Undefined) and bool(premise)
        self.supposed.add(calls(), holds)


class ConcreteMap(dict[Value, Value], Map[Value, Value]):
    """A map as a dictionary over every key that the scope lists."""

    __slots__ = ("domain", "field")

    def __init__(self, field: Field, domain: Concrete, cells: Mapping[Value, Value]) -> None:
        super().__init__(cells)
        self.field = field
        self.domain = domain

    def copy(self) -> Self:
        return type(self)(self.field, self.domain, self)

    __getitem__ = dict.__getitem__

    def __missing__(self, key: Value) -> Undefined:
        missing = self.domain.no_key(self.field, key if isinstance(key, tuple) else (key,))
        if missing is None:
            raise MachineError(f"{self.field.name} has no key {key!r}")
        return missing

    def __setitem__(self, key: Value, value: Value) -> None:
        if key not in self:
            _stop(self.__missing__(key))
        dict.__setitem__(self, key, self.domain.assign(self.field, value))

    def fill(self, value: Value) -> None:
        self.fill_by(lambda _: value)

    def reset(self) -> None:
        self.fill(self.domain.scope.elements(self.field.sort)[0])

    def fill_by(self, value: Callable[[Value], Value]) -> None:
        filling = {key: value(key) for key in self}
        sort, scope = self.field.sort, self.domain.scope
        stopped = [outside(content, sort, scope, self.field.name) for content in filling.values()]
        if any(part is not None for part in stopped):
            _stop(joined(stopped))
        self.update(filling)


class ConcreteFun(Fun[..., Value]):
    """A function as real code, or as a table of its values."""

    __slots__ = ("call", "domain", "field")

    def __init__(self, field: Field, domain: Concrete, call: Callable[..., Value]) -> None:
        self.field = field
        self.domain = domain
        self.call = call

    def __call__(self, *key: Value, **_: Value) -> Value:
        missing = self.domain.no_key(self.field, key)
        return self.call(*key) if missing is None else missing
