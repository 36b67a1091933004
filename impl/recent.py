"""What was come to last, remembered as far as so many bytes have room for it.

How large a value is, others decide who make requests and components; and how many are looked at
again and again, how much is under way. So what is bounded is the room, and not their number.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial, update_wrapper
from sys import getsizeof
from typing import Generic, TypeVar, TypeVarTuple

import attrs
import numpy as np

ENTRY = 512
"""Bytes that it takes to remember anything, about, beside what that is."""

_FLAT = (bytes, str, int)

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


def footprint(value: object) -> int:
    """How many bytes a value takes, about, with all that is in it."""
    if type(value) in _FLAT:  # as most do
        return getsizeof(value)
    seen, rest, total = set[int](), [value], 0
    while rest:
        each = rest.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        total += getsizeof(each)
        kind = type(each)
        match each:
            case np.ndarray():
                total += each.nbytes  # also where it is a view, which holds what it looks at
            case dict():
                rest += [*each, *each.values()]
            case tuple() | list() | set() | frozenset():
                rest += each
            case _ if attrs.has(kind):
                rest += [getattr(each, field.name) for field in attrs.fields(kind)]
    return total


@attrs.define
class Recent(Generic[R]):
    """Values by keys, as many of those used last as there is room for.

    What several entries have in common, as the parts of their keys can be, takes its room once.

    Attributes:
        room: for how many bytes.
        used: how many of them are taken.
    """

    room: int
    _found: OrderedDict[tuple[Hashable, ...], R] = attrs.field(factory=OrderedDict, init=False)
    _parts: dict[tuple[Hashable, ...], Sequence[int]] = attrs.field(factory=dict, init=False)
    _sizes: dict[int, int] = attrs.field(factory=dict, init=False)
    _uses: Counter[int] = attrs.field(factory=Counter, init=False)
    used: int = attrs.field(default=0, init=False)

    def recall(self, key: tuple[Hashable, ...], make: Callable[[], R]) -> R:
        """What is remembered under a key; or else what is made, and remembered from now on."""
        if key not in self._found:
            value = make()
            self.remember(key, value)
            return value
        self._found.move_to_end(key)
        return self._found[key]

    def find(self, key: tuple[Hashable, ...]) -> R | None:
        """What is remembered under a key, if anything is."""
        if key in self._found:
            self._found.move_to_end(key)
        return self._found.get(key)

    def remember(self, key: tuple[Hashable, ...], value: R) -> None:
        """Remember a value under a key, in place of what was, and of those used longest ago.

        One for which there were no room if it were alone, is not remembered.
        """
        self.forget(key)
        sizes = {id(part): footprint(part) for part in (*key, value)}
        if ENTRY + sum(sizes.values()) > self.room:
            return
        self._found[key], self._parts[key] = value, [*sizes]
        self._uses.update(sizes.keys())
        new = {part: size for part, size in sizes.items() if part not in self._sizes}
        self._sizes |= new
        self.used += ENTRY + sum(new.values())
        while self.used > self.room:
            self.forget(next(iter(self._found)))

    def forget(self, key: tuple[Hashable, ...]) -> None:
        """Remember nothing under a key any more."""
        if key not in self._found:
            return
        self.used -= ENTRY
        for part in self._parts.pop(key):
            self._uses[part] -= 1
            if not self._uses[part]:
                del self._uses[part]
                self.used -= self._sizes.pop(part)
        del self._found[key]


class Remembering(Generic[*Ts, R]):
    """A function that remembers what it gave, which nobody is to change."""

    def __init__(self, function: Callable[[*Ts], R], room: int) -> None:
        update_wrapper(self, function)
        self._function, self._room = function, room
        self.cache_clear()

    def __call__(self, *args: *Ts) -> R:
        return self._recent.recall(args, partial(self._function, *args))

    def cache_clear(self) -> None:
        """Forget all of it."""
        self._recent = Recent[R](self._room)


def remembered(room: int) -> Callable[[Callable[[*Ts], R]], Remembering[*Ts, R]]:
    """Have a function remember what it gave, as far as so many bytes have room for it."""
    return lambda function: Remembering(function, room)
