"""What is agreed comes in canonical values; these see that it is what its place asks for."""

from collections.abc import Iterable
from typing import TypeVar

from impl.ledger.transaction import MalformedTransaction, check_key
from spec.bytes.encoding import Value

T = TypeVar("T")


def agree(condition: bool, problem: str) -> None:
    """Raise MalformedTransaction, with the place and the problem, unless something holds."""
    if not condition:
        raise MalformedTransaction(problem)


def by_party(pairs: Value, kind: type[T], place: str) -> dict[bytes, T]:
    """What pairs say of each party. Raises MalformedTransaction, naming the place."""
    if not isinstance(pairs, list):
        raise MalformedTransaction(f"{place}: give lists of pairs")
    found = {}
    for pair in pairs:
        match pair:
            case [bytes(party), value] if type(value) is kind and party not in found:
                check_key(party, place)
                found[party] = value
            case _:
                raise MalformedTransaction(
                    f"{place}: give each party once, with a value of type {kind.__name__}"
                )
    return found


def numbers(values: Iterable[Value], place: str) -> list[int]:
    """Values that must all be integers. Raises MalformedTransaction, naming the place."""
    found = [value for value in values if type(value) is int]
    agree(len(found) == len(list(values)), f"{place}: give integers")
    return found
