"""Which method of a contract carries out which kind of transaction, and what its body must bear.

A contract's text says so once: a method under `@transaction` carries out the kind of its name, for
the author, and the parameters that follow are the fields of the body, by name and type. This is
checked when the class is defined, so no kind lacks its method, and no method its kind.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, getattr_static, signature
from types import FunctionType
from typing import Any, ClassVar, TypeVar, get_origin

from impl.ledger.port import Contract
from impl.ledger.transaction import MalformedTransaction, Transaction, check_fields

M = TypeVar("M", bound=Callable[..., None])

Fields = Mapping[str, type]
"""The fields of a body, with their types."""

TYPES = (bool, int, str, bytes, list, dict)
"""What a field of a body can be."""

_MARK = "__carries_out_a_kind__"


def transaction(method: M) -> M:
    """Say that a method carries out the kind of transaction that has its name."""
    setattr(method, _MARK, True)
    return method


class Dispatch(Contract):
    """What is common to contracts: a transaction goes to the method of its kind.

    Attributes:
        kinds: the kinds of transaction, with the fields of their bodies.
    """

    __slots__ = ()

    kinds: ClassVar[Mapping[str, Fields]] = {}

    def __init_subclass__(cls) -> None:
        """Find the kinds. Raises TypeError for a method that can carry out none."""
        super().__init_subclass__()
        kinds: dict[str, Fields] = {}
        for base in cls.__mro__:
            for name, member in vars(base).items():
                if hasattr(getattr(member, "__func__", member), _MARK):
                    kinds.setdefault(name, _fields(member))
        for name, fields in kinds.items():
            given = [parameter.name for parameter in _given(getattr_static(cls, name))]
            if given != ["author", *fields]:  # it is overridden
                raise TypeError(f"{cls.__name__}.{name} takes other fields than its kind has")
        cls.kinds = kinds

    def apply(self, transaction: Transaction) -> None:
        """Carry out a transaction.

        Raises:
            Refused: a guard does not hold.
            MalformedTransaction: there is no such kind, or its body is not of that kind.
        """
        if transaction.kind not in self.kinds:
            kinds = ", ".join(self.kinds)
            raise MalformedTransaction(f"transaction.kind: {transaction.kind!r} is none of {kinds}")
        check_fields(transaction.body, self.kinds[transaction.kind], "transaction.body")
        self.hear(transaction)
        getattr(self, transaction.kind)(transaction.author, **transaction.body)


def _fields(method: Callable[..., None]) -> Fields:
    """What a method says of the body of its kind."""
    given = _given(method)
    found = {field.name: _type(field) for field in given[1:]}
    if [parameter.name for parameter in given[:1]] != ["author"] or set(found.values()) - {*TYPES}:
        types = ", ".join(kind.__name__ for kind in TYPES)
        raise TypeError(
            f"{getattr(method, '__qualname__', method)}: what carries out a transaction is a "
            f"method that takes its author, and then fields, each annotated with one of {types}"
        )
    return found


def _given(method: object) -> Sequence[Parameter]:
    """What a method is given; nothing where it can be given no fields by name."""
    if not isinstance(method, FunctionType):
        return ()
    _, *given = signature(method).parameters.values()
    plain = all(parameter.kind is Parameter.POSITIONAL_OR_KEYWORD for parameter in given)
    return given if plain else ()


def _type(field: Parameter) -> Any:  # an annotation can be anything
    """The class that an annotation names, without what is said of its elements."""
    return get_origin(field.annotation) or field.annotation
