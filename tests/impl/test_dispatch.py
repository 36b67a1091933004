"""A contract's transactions are told by its methods, and what tells none is refused at once."""

from typing import Any

import attrs
import pytest

from impl.ledger.dispatch import Dispatch, transaction
from impl.ledger.transaction import MalformedTransaction, Transaction


@attrs.define
class Counting(Dispatch):
    total: int = 0

    @transaction
    def add(self, author: bytes, numbers: list[int], twice: bool) -> None:
        self.total += sum(numbers) * (1 + twice)

    def reset(self, author: bytes) -> None:
        """What is not marked carries out no transaction."""


@attrs.define
class Doubling(Counting):
    def add(self, author: bytes, numbers: Any, twice: bool) -> None:
        super().add(author, numbers, True)

    @transaction
    def clear(self, author: bytes) -> None:
        self.total = 0


def said(kind: str, **body: Any) -> Transaction:
    return Transaction(b"ledger", kind, b"author", 0, body)


def test_a_method_says_what_a_body_bears() -> None:
    assert Counting.kinds == {"add": {"numbers": list, "twice": bool}}
    contract = Counting()
    contract.apply(said("add", numbers=[1, 2], twice=False))
    assert contract.total == 3


def test_an_override_carries_out_the_same_kind() -> None:
    assert Doubling.kinds == {"clear": {}, "add": {"numbers": list, "twice": bool}}
    contract = Doubling()
    contract.apply(said("add", numbers=[1, 2], twice=False))
    assert contract.total == 6


@pytest.mark.parametrize(
    ("kind", "body", "problem"),
    [
        ("reset", {}, "transaction.kind: 'reset' is none of add"),
        ("apply", {}, "transaction.kind: 'apply' is none of add"),
        ("add", {"numbers": [1]}, "transaction.body.twice: missing"),
        ("add", {"numbers": [1], "twice": 1}, "transaction.body.twice: a int"),
    ],
)
def test_anything_else_is_refused(kind: str, body: dict[str, Any], problem: str) -> None:
    with pytest.raises(MalformedTransaction, match=problem):
        Counting().apply(said(kind, **body))


def test_a_method_that_can_carry_out_nothing_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"add: .* each annotated with one of bool, int"):

        class _Unreadable(Dispatch):
            @transaction
            def add(self, author: bytes, number: float) -> None:
                """No body bears a float."""

    with pytest.raises(TypeError, match="takes its author"):

        class _Anonymous(Dispatch):
            @transaction
            def add(self, number: int) -> None:
                """Nobody says it."""


def test_an_override_that_takes_other_fields_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"Other.add takes other fields than its kind has"):

        class Other(Counting):
            def add(self, author: bytes, numbers: Any, *, twice: bool) -> None:  # type: ignore[override]  # it is wrong
                """It cannot be called as the other is."""

    with pytest.raises(TypeError, match=r"Gone.add takes other fields than its kind has"):

        class Gone(Counting):
            add = None  # type: ignore[assignment]  # it is wrong


@pytest.mark.parametrize("wrapped", [staticmethod, classmethod])
def test_what_is_no_method_of_a_contract_is_refused_at_once(wrapped: Any) -> None:
    def add(self: object, author: bytes, number: int) -> None: ...

    with pytest.raises(TypeError, match="is a method that takes its author"):
        type("Static", (Dispatch,), {"add": wrapped(transaction(add))})
