"""The words of the notation, which every domain reads in its own way.

A protocol text is Python over the fields of a state, and these words. It is typed as if it ran on
plain values; in the batch and symbolic domains terms stand in for them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar, overload

from spec.notation.errors import MachineError
from spec.notation.sorts import Field, Map, SortType, Value

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
K = TypeVar("K")
N = TypeVar("N", bound=int)


class Domain(Protocol):
    """One reading of a protocol text."""

    def require(self, condition: Value, reason: str) -> None: ...
    def ite(self, condition: Value, then: Value, otherwise: Value) -> Value: ...
    def conjunction(self, conditions: Sequence[Value]) -> Value: ...
    def disjunction(self, conditions: Sequence[Value]) -> Value: ...
    def negation(self, condition: Value) -> Value: ...
    def suppose(self, premise: Value) -> None: ...
    def forall(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value: ...
    def exists(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value: ...
    def total(self, amounts: Value) -> Value: ...
    def size(self, sort: SortType) -> Value: ...
    def assign(self, field: Field, value: Value) -> Value: ...


_current: ContextVar[Domain] = ContextVar("domain")


def current() -> Domain:
    """The domain in which the text is being read."""
    try:
        return _current.get()
    except LookupError:
        said = "a word of the notation was used outside of a machine"
        mend = "write it in a function that a Machine is made of, and that an engine reads"
        raise MachineError(f"{said}; {mend}") from None


@contextmanager
def reading(domain: Domain) -> Iterator[None]:
    """Read protocol text in a domain."""
    token = _current.set(domain)
    try:
        yield
    finally:
        _current.reset(token)


def require(condition: bool, reason: str) -> None:
    """Guard: the action is refused unless the condition holds, and `reason` is the reason code."""
    current().require(condition, reason)


def ite(condition: bool, then: T, otherwise: T) -> T:
    """`then` where the condition holds, `otherwise` elsewhere."""
    return current().ite(condition, then, otherwise)  # type: ignore[no-any-return]  # a Value


def all_of(*conditions: bool) -> bool:
    """Every condition holds."""
    return bool_(current().conjunction(conditions))


def any_of(*conditions: bool) -> bool:
    """At least one condition holds."""
    return bool_(current().disjunction(conditions))


def not_(condition: bool) -> bool:
    """The condition does not hold."""
    return bool_(current().negation(condition))


def implies(premise: bool, conclusion: bool) -> bool:
    """The conclusion holds wherever the premise does."""
    current().suppose(premise)
    return any_of(not_(premise), conclusion)


@overload
def forall(a: type[A], body: Callable[[A], bool], /) -> bool: ...
@overload
def forall(a: type[A], b: type[B], body: Callable[[A, B], bool], /) -> bool: ...
@overload
def forall(a: type[A], b: type[B], c: type[C], body: Callable[[A, B, C], bool], /) -> bool: ...
def forall(*sorts_and_body: Any) -> bool:  # the overloads above are the types
    """The body holds for all elements of the sorts."""
    *sorts, body = sorts_and_body
    return bool_(current().forall(sorts, body))


@overload
def exists(a: type[A], body: Callable[[A], bool], /) -> bool: ...
@overload
def exists(a: type[A], b: type[B], body: Callable[[A, B], bool], /) -> bool: ...
@overload
def exists(a: type[A], b: type[B], c: type[C], body: Callable[[A, B, C], bool], /) -> bool: ...
def exists(*sorts_and_body: Any) -> bool:  # the overloads above are the types
    """The body holds for some elements of the sorts."""
    *sorts, body = sorts_and_body
    return bool_(current().exists(sorts, body))


def total(amounts: Map[K, N]) -> N:
    """The sum of a map over all its keys."""
    return current().total(amounts)  # type: ignore[no-any-return]  # a Value


def size(sort: type[T]) -> T:
    """The number of elements of a sort; for an `Ordinal`, one more than its greatest."""
    return current().size(sort)  # type: ignore[no-any-return]  # a Value


def bool_(value: Value) -> bool:
    """A truth value of any domain, under the type that protocol texts know."""
    return value  # type: ignore[no-any-return]  # a Value
