"""The concrete domain: a value is a number, a truth value, a member of an enumeration, or bytes.

Here the text simply runs. It is the reading that the other two are held to.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Self

import attrs

from spec.notation.errors import MachineError, OutOfRange, Refused
from spec.notation.sorts import Field, Fun, Map, Ordinal, Scope, SortType, Value
from spec.notation.words import current


@attrs.frozen
class Concrete:
    """Reads a text on plain values, looking at the elements that a scope lists.

    Args:
        scope: sizes of the sorts.
        lenient: in a property, a number outside its sort reads the first element; in an action
            it raises OutOfRange.
    """

    scope: Scope
    lenient: bool = False

    def require(self, condition: bool, reason: str) -> None:
        if not condition:
            raise Refused(reason)

    def ite(self, condition: bool, then: Value, otherwise: Value) -> Value:
        return then if condition else otherwise

    def conjunction(self, conditions: Sequence[bool]) -> bool:
        return all(conditions)

    def disjunction(self, conditions: Sequence[bool]) -> bool:
        return any(conditions)

    def negation(self, condition: bool) -> bool:
        return not condition

    def suppose(self, premise: bool) -> None:
        """Nothing is kept of what an implication supposes."""

    def forall(self, sorts: Sequence[SortType], body: Callable[..., bool]) -> bool:
        return all(self._instances(sorts, body))

    def exists(self, sorts: Sequence[SortType], body: Callable[..., bool]) -> bool:
        return any(self._instances(sorts, body))

    def _instances(self, sorts: Sequence[SortType], body: Callable[..., bool]) -> list[bool]:
        # Every instance is computed, as the other domains do: none is skipped for an earlier one.
        return [body(*key) for key in product(*map(self.scope.elements, sorts))]

    def total(self, amounts: "ConcreteMap") -> int:
        return sum(amounts.values())

    def size(self, sort: SortType) -> int:
        return self.scope.size(sort)

    def assign(self, field: Field, value: Value) -> Value:
        return in_range(value, field.sort, self.scope, field.name)


def in_range(value: Value, sort: SortType, scope: Scope, where: str) -> Value:
    """The value, if it is one of its sort; OutOfRange says where not."""
    if issubclass(sort, Ordinal) and not 0 <= value < scope.size(sort):
        raise OutOfRange(f"{where}: {value} is no {sort.__name__}", low=value < 0)
    return value


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

    def __missing__(self, key: Value) -> Value:
        domain = current()  # a property is read leniently, whoever made the map
        if isinstance(domain, Concrete) and domain.lenient:
            return self.domain.scope.elements(self.field.sort)[0]
        raise self._no_such(key)

    def __setitem__(self, key: Value, value: Value) -> None:
        if key not in self:
            raise self._no_such(key)
        dict.__setitem__(self, key, self.domain.assign(self.field, value))

    def _no_such(self, key: Value) -> Exception:
        parts = key if isinstance(key, tuple) else (key,)
        for part, sort in zip(parts, self.field.keys, strict=True):
            in_range(part, sort, self.domain.scope, f"{self.field.name}[...]")
        return MachineError(f"{self.field.name} has no key {key!r}")

    def fill(self, value: Value) -> None:
        for key in self:
            self[key] = value

    def reset(self) -> None:
        self.fill(self.domain.scope.elements(self.field.sort)[0])

    def fill_by(self, value: Callable[[Value], Value]) -> None:
        for key, content in {key: value(key) for key in self}.items():
            self[key] = content


class ConcreteFun(Fun[..., Value]):
    """A function as real code, or as a table of its values."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., Value]) -> None:
        self.call = call

    def __call__(self, *key: Value, **_: Value) -> Value:
        return self.call(*key)
