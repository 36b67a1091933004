"""Sorts: what a value of a protocol can be, and how many of them a run looks at.

A sort is a Python class. `bool` and enumerations are finite by themselves. A subclass of `Sort` is
a set of things that can only be told apart (requests, vendors); a subclass of `Ordinal` is the
natural numbers below a size. Both are unbounded in a proof and get a size in every other run.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum, EnumMeta
from functools import cache
from itertools import product, takewhile
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    NoReturn,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
)

import attrs

from spec.notation.errors import MachineError

K = TypeVar("K")
V = TypeVar("V")
P = ParamSpec("P")

# What stands for one element while a run is under way: a number, a truth value, a member of an
# enumeration, real bytes, or (in the batch and symbolic domains) a term. Only `spec.notation`
# handles values without knowing which; protocol texts are typed by their sorts.
Value: TypeAlias = Any
SortType: TypeAlias = type[Any]


class Sort:
    """A sort whose elements have no structure: they are equal or they are not."""


class Ordinal(int):
    """A sort of natural numbers 0, 1, ..., below its size; arithmetic stays in the sort."""

    if TYPE_CHECKING:  # at run time an ordinal is a plain number, and every write checks its range

        def __add__(self, other: int) -> Self: ...
        def __sub__(self, other: int) -> Self: ...
        def __mul__(self, other: int) -> Self: ...
        def __mod__(self, other: int) -> Self: ...
        def __floordiv__(self, other: int) -> Self: ...


class NoValue:
    """What an author's text reads one value of at a time: as a whole it is none."""

    if not TYPE_CHECKING:  # for whom a dictionary may well be a map, and can all this

        def _refuse(self, *_: object) -> NoReturn:
            raise MachineError(
                "a whole map or function is no value; compare at each key, as in "
                "forall(Key, lambda k: s.one[k] == s.other[k])"
            )

        __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
        __bool__ = __len__ = __iter__ = __contains__ = _refuse
        __hash__ = object.__hash__


class Map(NoValue, Generic[K, V]):
    """A total map that actions read and write: `s.phase[r]`, `s.output[r, i] = d`."""

    def __getitem__(self, key: K) -> V:
        raise NotImplementedError  # each domain has its own map

    def __setitem__(self, key: K, value: V) -> None:
        raise NotImplementedError

    def fill(self, value: V) -> None:
        """Write one value to every key."""
        raise NotImplementedError

    def reset(self) -> None:
        """Write to every key the first element of the sort, as storage on a chain starts out."""
        raise NotImplementedError

    def fill_by(self, value: Callable[[K], V]) -> None:
        """Write to every key the value that a function of the key gives."""
        raise NotImplementedError


class Fun(NoValue, Generic[P, V]):
    """A function that is fixed before the first action, and that no action writes."""

    def __call__(self, *key: P.args, **_: P.kwargs) -> V:
        raise NotImplementedError


@attrs.frozen
class Field:
    """One variable of a state: its name, its key sorts (none for a scalar) and its value sort."""

    name: str
    keys: tuple[SortType, ...]
    sort: SortType
    kind: type = object
    """`Map`, `Fun`, or `object` for a scalar."""

    @classmethod
    def parse(cls, name: str, annotation: object) -> "Field":
        """Read a field from its annotation; MachineError says what a field may be."""
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Map:
            keys = get_args(args[0]) if get_origin(args[0]) is tuple else (args[0],)
            return cls(name, _sorts(name, keys), _sorts(name, args[1:])[0], Map)
        if origin is Fun:
            return cls(name, _sorts(name, args[0]), _sorts(name, args[1:])[0], Fun)
        return cls(name, (), _sorts(name, (annotation,))[0])


class _Plain(Enum):
    ONE = 0


# What a class can give with two underscores that no text is told of: all else Python would ask.
_SILENT = ({*vars(_Plain), *vars(Sort)} - {"__new__"}) | {
    *("__annotations__", "__slots__"),
    *("__firstlineno__", "__static_attributes__", "__str__", "__repr__", "__format__"),
}


def is_sort(sort: object) -> bool:
    """Whether a class can be the sort of a parameter, a key or a value."""
    if not isinstance(sort, type) or not issubclass(sort, _BASES) or sort in (Sort, Ordinal):
        return False
    if issubclass(sort, Enum) and not len(sort):
        return False  # a sort has an element
    return _is_plain(sort)  # type: ignore[arg-type]  # every class can be hashed


@cache
def _is_plain(sort: SortType) -> bool:
    """Whether a class gives nothing of the notation another meaning.

    A member of an enumeration of numbers, for example, would pass for a number, and an element of
    two kinds of sorts for one of either.
    """
    if _bases(sort):
        return False
    given = {name for cls in _own(sort) for name in vars(cls)}
    if issubclass(sort, Enum):
        given -= {"__new__", "__init__"}  # members are made once
        given -= {name for name in ("name", "value") if name in sort.__members__}
    asked = {name for name in given - _SILENT if name.startswith("__") and name.endswith("__")}
    return type(sort) in (type, EnumMeta) and not asked | given & _OWN


def _own(sort: type) -> Iterator[type]:
    """The author's classes that a class is made of."""
    return takewhile(lambda cls: cls not in _BASES, sort.__mro__)


def _bases(sort: type) -> Sequence[type]:
    """The bases of a class, or of what it is made of, that has several."""
    return next((cls.__bases__ for cls in _own(sort) if len(cls.__bases__) > 1), ())


def instead_of(given: object) -> str:
    """What to write instead of what is no sort."""
    bases = _bases(given) if isinstance(given, type) and issubclass(given, _BASES) else ()
    if bases:
        names = " and ".join(base.__name__ for base in bases)
        return f"it has the bases {names}, so give it one"
    return "use bool, a plain Enum with members, or a plain subclass of Sort or Ordinal"


_BASES = (bool, Enum, Sort, Ordinal)
_OWN = {"_missing_", "name", "value"}


def is_finite(sort: SortType) -> bool:
    """Whether a sort has its elements by itself."""
    return issubclass(sort, bool | Enum)


def _sorts(name: str, sorts: Sequence[object]) -> tuple[SortType, ...]:
    for sort in sorts:
        if not is_sort(sort):
            named = getattr(sort, "__name__", sort)
            raise MachineError(f"{name}: {named} is no sort; {instead_of(sort)}")
    return tuple(sorts)  # type: ignore[arg-type]  # is_sort has just said that each is a class


def index_of(value: Value) -> int:
    """The number under which a finite sort lists one of its elements."""
    if isinstance(value, Enum):
        return list(type(value)).index(value)
    return int(value)


@attrs.frozen
class Scope:
    """How far a run looks: a size for each unbounded sort, or real values that stand for it.

    Args:
        sizes: number of elements per sort, by sort.
        universe: the elements themselves where they are not 0, 1, ... (real bytes, for instance).
    """

    sizes: Mapping[SortType, int] = attrs.field(factory=dict)
    universe: Mapping[SortType, Sequence[Hashable]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Refuse what is no size of any sort. Raises MachineError."""
        for given in (self.sizes, self.universe):
            if not isinstance(given, Mapping) or not all(isinstance(sort, type) for sort in given):
                said = "as in Scope({Client: 2}), or as lock.scope(Client=2)"
                raise MachineError(f"a scope is given by sort, {said}, not as {given!r}")
        object.__setattr__(self, "sizes", dict(self.sizes))  # nobody else's, to be changed by them
        for sort, size in self.sizes.items():
            if type(size) is not int or size < 1:
                said = f"{sort.__name__}={size!r}: a size is a whole number of 1 or more"
                raise MachineError(said)

    @property
    def numbered(self) -> "Scope":
        """The scope in which numbers, 0, 1, ..., stand for the elements of each sort."""
        listed = {sort: len(elements) for sort, elements in self.universe.items()}
        return Scope({**self.sizes, **listed})

    def size(self, sort: SortType) -> int:
        """The number of elements of a sort; MachineError names a sort that has no size."""
        if sort is bool:
            return 2
        if issubclass(sort, Enum):
            return len(sort)
        if sort in self.universe:
            return len(self.universe[sort])
        if sort not in self.sizes:
            raise MachineError(f"{sort.__name__} has no size; give one, as in {sort.__name__}=2")
        return self.sizes[sort]

    def elements(self, sort: SortType) -> Sequence[Value]:
        """The elements of a sort, in order."""
        if sort is bool:
            return (False, True)
        if issubclass(sort, Enum):
            return tuple(sort)
        return self.universe[sort] if sort in self.universe else range(self.size(sort))

    def choices(self, sorts: Iterable[SortType]) -> list[tuple[Value, ...]]:
        """Every choice of an element of each sort, in order; of no sorts there is one, empty."""
        return list(product(*(self.elements(sort) for sort in sorts)))

    def keys(self, field: Field) -> list[tuple[Value, ...]]:
        """Every key of a field, in order; a scalar has one, the empty key."""
        return self.choices(field.keys)

    def name(self, value: Value, sort: SortType) -> str:
        """How an element is printed: `vendor1`, `RUNNING`, `3`."""
        if isinstance(value, Enum):
            return value.name
        if isinstance(value, bytes):
            known = list(self.universe.get(sort, ()))
            if value not in known:
                return value.hex()[:8]
            value = known.index(value)
        if sort is bool or issubclass(sort, Ordinal):
            return str(value).lower()
        return f"{sort.__name__.lower()}{value}"
