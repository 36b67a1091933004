"""Intervals: between which two numbers a value lies, whatever the state, at some sizes or any."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import TypeAlias

import attrs

Interval: TypeAlias = tuple[int, int]
"""The least and the greatest number; both can be taken."""


def hull(*intervals: Interval) -> Interval:
    """The least interval that holds all of the given ones."""
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def _corners(operation: Callable[[int, int], int]) -> Callable[[Interval, Interval], Interval]:
    """An operation that is monotone in each argument takes its extremes at the ends of both."""

    def applied(a: Interval, b: Interval) -> Interval:
        results = [operation(x, y) for x, y in product(a, b)]
        return min(results), max(results)

    return applied


def _mod(a: Interval, b: Interval) -> Interval:
    """Of a positive divisor, as the notation has it."""
    low, high = a
    least_divisor, greatest_divisor = b
    return a if low >= 0 and high < least_divisor else (0, greatest_divisor - 1)


OPERATIONS: Mapping[str, Callable[[Interval, Interval], Interval]] = {
    "add": _corners(lambda x, y: x + y),
    "sub": _corners(lambda x, y: x - y),
    "mul": _corners(lambda x, y: x * y),
    "div": _corners(lambda x, y: x // y),
    "mod": _mod,
}

_FAR = 1 << 64  # what no size that can be looked at reaches


@attrs.frozen
class Span:
    """Where a number lies at some sizes, and where at these and all that are larger."""

    here: Interval
    ever: Interval

    @classmethod
    def constant(cls, number: int) -> "Span":
        """Of a number that is the same at every size."""
        return cls((number, number), (number, number))

    @classmethod
    def elements(cls, number: int) -> "Span":
        """Of the elements of a sort that has so many."""
        return cls((0, number - 1), (0, _FAR))

    @classmethod
    def extent(cls, number: int) -> "Span":
        """Of how many elements a sort has that has so many."""
        return cls((number, number), (number, _FAR))


def joined(a: Span, b: Span) -> Span:
    """The least span that holds both."""
    return Span(hull(a.here, b.here), hull(a.ever, b.ever))


def computed(op: str, a: Span, b: Span) -> Span:
    """Where the result of an operation lies."""
    operation = OPERATIONS[op]
    return Span(operation(a.here, b.here), operation(a.ever, b.ever))
