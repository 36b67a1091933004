"""The words of the notation on plain values, as the README defines them.

Nothing here is shared with what is tested: a text that says `from tallystick import ...` is given
these words instead. Elements of a sort are the numbers below its size; numbers are Python's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from inspect import get_annotations, signature
from itertools import product
from typing import Any, ClassVar, Literal, NoReturn

from attrs import field, frozen

Value = Any  # a bool, a number, a member or `Undefined`: only running a text tells which
Text = Callable[..., Value]
Why = Literal["below", "past"]


class Undefined:
    """What there is none of, and what is computed from it.

    Attributes:
        why: a number that is none of its sort is "below" zero, or else one is "past" the size.
    """

    __slots__ = ("why",)

    def __init__(self, why: Why) -> None:
        self.why = why

    def _absorb(self, other: object) -> "Undefined":
        return joined([self, other])

    def __and__(self, other: object) -> Value:
        return False if other is False else self._absorb(other)

    def __or__(self, other: object) -> Value:
        return True if other is True else self._absorb(other)

    __rand__, __ror__ = __and__, __or__
    __add__ = __sub__ = __mul__ = __floordiv__ = __mod__ = __xor__ = _absorb
    __radd__ = __rsub__ = __rmul__ = __rfloordiv__ = __rmod__ = __rxor__ = _absorb
    __lt__ = __le__ = __gt__ = __ge__ = _absorb
    __eq__ = __ne__ = _absorb  # type: ignore[assignment]  # neither equal nor different
    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise TypeError("Python cannot decide on what is undefined")


def joined(parts: Iterable[Value]) -> Undefined:
    """What some parts come to, of which one at least is undefined: "below", if any is that."""
    undefined = [part for part in parts if isinstance(part, Undefined)]
    return next((part for part in undefined if part.why == "below"), undefined[0])


class Stopped(Exception):
    """An action came to something undefined."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class Refused(Exception):
    """A guard does not hold."""


class Sort:
    """A sort of elements, which a `size` numbers."""

    size: ClassVar[int] = 0


class Ordinal(Sort):
    """A sort of numbers; `Step(0)` writes one."""

    def __new__(cls, number: int) -> int:  # type: ignore[misc]  # a number is Python's
        return number


def elements(sort: type) -> Sequence[Value]:
    """All there is of a sort, the first element first."""
    if sort is bool:
        return (False, True)
    return list(sort) if issubclass(sort, Enum) else range(sort.size)  # type: ignore[attr-defined]


def fitted(value: Value, sort: type) -> Value:
    """A value as one of a sort; undefined where it is none of it."""
    if isinstance(value, Undefined) or not issubclass(sort, Sort) or 0 <= value < sort.size:
        return value
    return Undefined("below" if value < 0 else "past")


def choices(sorts: Iterable[type]) -> list[tuple[Value, ...]]:
    """Each choice of an element of each sort."""
    return list(product(*map(elements, sorts)))


@frozen
class Shape:
    """What an annotation says of a field that has keys."""

    keys: tuple[type, ...]
    values: type
    fixed: bool


class Map:
    """`Map[Key, Value]`, and with several keys `Map[tuple[Key, Key], Value]`."""

    def __class_getitem__(cls, said: tuple[Value, type]) -> Shape:
        keys, values = said
        return Shape(getattr(keys, "__args__", (keys,)), values, fixed=False)


class Fun:
    """`Fun[[Argument, ...], Value]`."""

    def __class_getitem__(cls, said: tuple[list[type], type]) -> Shape:
        arguments, values = said
        return Shape(tuple(arguments), values, fixed=True)


def state(cls: type) -> type:
    """A class of annotated fields; `protocol` reads the annotations."""
    return cls


def require(condition: Value, reason: str) -> None:
    """Go on where the condition holds."""
    if isinstance(condition, Undefined):
        raise Stopped(condition.why)
    if not condition:
        raise Refused(reason)


def ite(condition: Value, then: Value, otherwise: Value) -> Value:
    """The branch that is selected, whatever the other is."""
    if isinstance(condition, Undefined):
        return condition
    return then if condition else otherwise


def decided(operands: Iterable[Value], by: bool) -> Value:
    """`by` if some operand is that, else undefined if one is, else the opposite."""
    result: Value = not by
    for operand in operands:
        if operand is by:
            return by
        if isinstance(operand, Undefined):
            result = joined([result, operand])
    return result


def all_of(*conditions: Value) -> Value:
    """Every condition holds."""
    return decided(conditions, by=False)


def any_of(*conditions: Value) -> Value:
    """Some condition holds."""
    return decided(conditions, by=True)


def not_(condition: Value) -> Value:
    """The condition does not hold."""
    return condition if isinstance(condition, Undefined) else not condition


def implies(premise: Value, conclusion: Value) -> Value:
    """The conclusion holds, or the premise does not."""
    return any_of(not_(premise), conclusion)


def said(sorts_and_body: tuple[Value, ...]) -> Iterator[Value]:
    """What a body says for each choice of elements of some sorts."""
    *sorts, body = sorts_and_body
    return (body(*chosen) for chosen in product(*map(elements, sorts)))


def forall(*sorts_and_body: Value) -> Value:
    """The body holds for every choice of elements."""
    return decided(said(sorts_and_body), by=False)


def exists(*sorts_and_body: Value) -> Value:
    """The body holds for some choice of elements."""
    return decided(said(sorts_and_body), by=True)


def size(sort: type) -> int:
    """How many elements a sort has."""
    return len(elements(sort))


def total(amounts: Iterable[int]) -> int:
    """The sum over all keys."""
    return sum(amounts)


@frozen
class Action:
    """An action: its text, and the sorts of its parameters by name."""

    text: Text
    name: str
    parameters: Mapping[str, type]


def parameters(text: Text) -> dict[str, type]:
    """The sorts of the parameters of a text, the state left out."""
    sorts = get_annotations(text, eval_str=True)
    return {name: sorts[name] for name in [*signature(text).parameters][1:]}


def action(text: Text) -> Action:
    """Make a function an action."""
    return Action(text, text.__name__, parameters(text))


@frozen
class Ending:
    """Where every run comes to."""

    goal: Text
    fair: Sequence[Action] = ()
    ranking: Sequence[Text] = ()


@frozen
class Role:
    """What is said of each party of one sort."""

    deviated: Text
    convicted: Text | None = None
    harmed: Text | None = None
    repaid: Text | None = None

    @property
    def sort(self) -> type:
        """The sort of its parties."""
        [sort] = parameters(self.deviated).values()
        return sort


@frozen
class Accountability:
    """Who is held to account, and from what evidence."""

    evidence: Sequence[str]
    verdicts: Sequence[str]
    roles: Sequence[Role]
    over: Text
    shown: Sequence[str] = ()
    bounds: Sequence[Text] = ()
    refuted: Sequence[str] = ()


@frozen
class Secrecy:
    """What an onlooker is not to learn."""

    secret: Sequence[str]
    private: Sequence[tuple[Action, str]] = ()
    alike: Sequence[Text] = ()
    leaks: Sequence[Action] = ()
    refusals: Literal["unseen", "seen", "reasons"] = "reasons"


@frozen
class Machine:
    """A protocol."""

    name: str
    state: type
    init: Text
    actions: Sequence[Action]
    always: Sequence[Text] = ()
    refuted: Sequence[Text] = ()
    sometimes: Sequence[Text] = ()
    lemmas: Sequence[Text] = ()
    assumptions: Sequence[Text] = ()
    definitions: Mapping[str, Text] = field(factory=dict)
    sizes: Mapping[type[Sort], int] = field(factory=dict)
    example: Mapping[str, Text] = field(factory=dict)
    symmetric: Sequence[type[Sort]] = ()
    ending: Ending | None = None
    accountability: Accountability | None = None
    secrecy: Secrecy | None = None
    dormant: Sequence[tuple[Action, str]] = ()

    @property
    def properties(self) -> dict[str, Text]:
        """All that is said of its states, by name."""
        said = (*self.always, *self.refuted, *self.sometimes, *self.lemmas, *self.assumptions)
        return {text.__name__: text for text in said}
