"""State whose changes can be undone: that of a ledger and its contract.

A batch of transactions changes the state before it is known that it can be written, and a change
can end halfway. So what was there is noted before it changes, as in the undo log of a database: to
undo a batch takes as long as the batch did, however much was said before. A copy of the state, or
replaying the file, would take longer the more there is. That nothing goes unnoticed is no
contract's care: what an `Undoable` is given is turned into what notes its own changes, or refused.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeAlias, TypeVar

C = TypeVar("C")
K = TypeVar("K")
V = TypeVar("V")

_Notes: TypeAlias = list[tuple[Any, ...]]  # what puts something back, and what it is to be given
_noted: ContextVar[_Notes | None] = ContextVar("noted", default=None)
_ABSENT = object()


class UndoLog:
    """What was there before each change; its length is the number of changes."""

    def __init__(self) -> None:
        self._notes: _Notes = []

    def __len__(self) -> int:
        return len(self._notes)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Note what this thread changes meanwhile."""
        token = _noted.set(self._notes)
        try:
            yield
        finally:
            _noted.reset(token)

    def undo(self, mark: int = 0) -> None:
        """Have everything as it was after so many changes.

        If this is interrupted, doing it again completes it: a note says what was there, not what
        was done to it, and is kept until it was followed.
        """
        while len(self._notes) > mark:
            put, *given = self._notes[-1]
            put(*given)
            self._notes.pop()

    def clear(self) -> None:
        """Let everything be as it is."""
        self._notes.clear()


def _note(put: Callable[..., object], *given: object) -> None:
    notes = _noted.get()
    if notes is not None:
        notes.append((put, *given))


class Undoable:
    """A class of objects that note when an attribute changes.

    What an attribute is set to is another `Undoable`; a dictionary, list, set or Counter, of which
    it becomes a copy; or hashable, as is what never changes. Raises TypeError for anything else.
    """

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        old = getattr(self, name, _ABSENT)
        if old is not _ABSENT:  # else the object is being made, and nobody has it yet
            _note(object.__setattr__, self, name, old)
        object.__setattr__(self, name, _kept(value))


def _noting(kind: Any, names: str) -> Callable[[C], C]:  # of a dictionary, list or set
    """Have methods of a container note a copy of it first, for what they change can be anything.

    Thus also the order of a dictionary from which a key is taken comes back.
    """

    def noting(method: Callable[..., object]) -> Callable[..., object]:
        @wraps(method)
        def call(self: Any, *args: Any, **kwargs: Any) -> object:  # whatever the method takes
            if _noted.get() is not None:
                _note(self._refill, kind(self))
            found = method(self, *args, **kwargs)
            self._keep()
            return found

        return call

    def decorate(cls: C) -> C:
        for name in names.split():
            setattr(cls, name, noting(getattr(kind, name)))
        return cls

    return decorate


@_noting(dict, "__init__ __delitem__ __ior__ clear pop popitem update")
class _Dict(dict[K, V]):
    def __setitem__(self, key: K, value: V) -> None:
        if key in self:
            _note(dict.__setitem__, self, key, self[key])
        else:
            _note(dict.pop, self, key, None)
        super().__setitem__(key, _kept(value))

    def setdefault(self, key: K, default: Any = None) -> V:  # as of any dictionary
        if key not in self:
            self[key] = default
        return self[key]

    def _refill(self, copy: dict[K, V]) -> None:
        dict.clear(self)
        dict.update(self, copy)

    def _keep(self) -> None:
        for key, value in self.items():
            dict.__setitem__(self, key, _kept(value))


class _Counter(Counter[K], _Dict[K, int]):
    """Counts, which change by what changes a dictionary."""


@_noting(
    list,
    "__init__ __delitem__ __iadd__ __imul__ __setitem__"
    " clear extend insert pop remove reverse sort",
)
class _List(list[V]):
    def append(self, item: V) -> None:
        _note(list.__delitem__, self, slice(len(self), None))
        super().append(_kept(item))

    def _refill(self, copy: list[V]) -> None:
        list.__setitem__(self, slice(None), copy)

    def _keep(self) -> None:
        self._refill([*map(_kept, self)])


@_noting(
    set,
    "__init__ __iand__ __ior__ __isub__ __ixor__ clear discard pop remove update"
    " difference_update intersection_update symmetric_difference_update",
)
class _Set(set[K]):
    def add(self, item: K) -> None:
        if item not in self:
            _note(set.discard, self, item)
        super().add(item)

    def _refill(self, copy: set[K]) -> None:
        set.clear(self)
        set.update(self, copy)

    def _keep(self) -> None:
        """What is in a set can be hashed."""


_KEPT: dict[type, type] = {dict: _Dict, list: _List, set: _Set, Counter: _Counter}
_NOTING = (_Dict, _List, _Set)


def _kept(value: Any) -> Any:  # another of the same, which notes its changes
    """What is kept in place of a value. Raises TypeError."""
    kind: Any = type(value)  # or else mypy takes no __setattr__ for another's
    if kind in _KEPT:
        return _KEPT[kind](value)
    notes = kind.__setattr__ is Undoable.__setattr__ or issubclass(kind, _NOTING)
    if kind.__hash__ is None and not notes:  # attrs can write a __setattr__ of its own, to validate
        raise TypeError(
            f"{kind.__name__}: its changes cannot be undone: make it an Undoable, or hashable"
        )
    return value
