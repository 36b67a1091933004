"""Shrinking: the fewest and simplest steps that show a divergence, and whether they always do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from checkers.lockstep.run import Divergence, Lockstep, Step
from spec.notation.sorts import Ordinal, SortType, Value

S = TypeVar("S")

_TIMES = 3  # that the steps which are told are taken again
_IMPATIENCE = 1.0  # seconds for a step, while shorter runs to a missing answer are looked for


def settle(lockstep: Lockstep[S], found: Divergence, *, shrink: bool = True) -> Divergence:
    """A divergence as it is told: shrunk, and with what came of its steps when taken again.

    An answer that does not come is awaited for a short time only while the run is shrunk; what is
    told was awaited for all the time that the setup gives it.

    Args:
        lockstep: in which it was found.
        found: the divergence.
        shrink: look for the simplest run that shows it.
    """
    least = Shrinker(lockstep, found).run() if shrink else found
    again = lockstep.replay(least.steps)
    if least.is_overdue and not _is_same(again, least):
        least, again = found, lockstep.replay(found.steps)
    if least.is_overdue:
        least.again = _otherwise(again, least)
        return least if again is None or least.again else again
    for _ in range(_TIMES - 1):
        if _is_same(again, least):
            again = lockstep.replay(least.steps)
    least.again = _otherwise(again, least)
    return least


def _otherwise(again: Divergence | None, first: Divergence) -> str:
    """What is said if a run came out in another way when it was taken again."""
    if _is_same(again, first):
        return ""
    came = again.how if again else "both sides agree"
    return (
        f"taken again, these steps came out otherwise: {came}; "
        "the implementation does not always do the same"
    )


def _is_same(one: Divergence | None, other: Divergence) -> bool:
    return one is not None and (one.steps, one.kind) == (other.steps, other.kind)


def shortened(
    steps: Sequence[Step[S]], is_enough: Callable[[Sequence[Step[S]]], bool]
) -> Sequence[Step[S]]:
    """As few steps as trying to leave out parts shows to be enough."""
    size = len(steps) + 1
    while size := size // 2:
        start = 0
        while start < len(steps):
            fewer = [*steps[:start], *steps[start + size :]]
            if is_enough(fewer):
                steps = fewer
            else:
                start += size
    return steps


class Shrinker(Generic[S]):
    """Looks for the fewest and simplest steps that show a divergence, by trying.

    Parts of the run are left out as long as it still diverges (delta debugging: Zeller and
    Hildebrandt, IEEE TSE 28:2, 2002); then parameters are replaced by earlier elements.

    Attributes:
        found: the simplest divergence so far.
    """

    def __init__(self, lockstep: Lockstep[S], found: Divergence) -> None:
        self.lockstep = lockstep
        self.found = found
        self._ordinals = [s for s in lockstep.machine.sorts if issubclass(s, Ordinal)]

    def run(self) -> Divergence:
        """The simplest divergence that nothing tried here makes simpler."""
        while True:
            before = self.found
            self._shorten()
            self._simplify()
            if self.found is before:
                return before

    def _diverges(self, steps: Sequence[Step[S]]) -> bool:
        patience = min(_IMPATIENCE, self.lockstep.setup.patience) if self.found.is_overdue else None
        found = self.lockstep.replay(steps, patience)
        # That an answer does not come decides nothing, and what is found already may.
        if found is None or found.is_overdue > self.found.is_overdue:
            return False
        self.found = found
        return True

    def _shorten(self) -> None:
        size = len(self.found.steps) + 1
        while size := size // 2:
            start = 0
            while start < len(self.found.steps):
                if not any(map(self._diverges, self._without(start, size))):
                    start += size

    def _without(self, start: int, size: int) -> Iterator[list[Step[S]]]:
        """The run without a part; of a single step that was counted, also with one less to name;
        and with a later step of its action in its place."""
        before, after = self.found.steps[:start], self.found.steps[start + size :]
        yield [*before, *after]
        for number, later in enumerate(after if size == 1 else ()):
            if later[0] is self.found.steps[start][0]:
                yield [*before, later, *after[:number], *after[number + 1 :]]
        for sort in self._ordinals if size == 1 else ():
            elements = self.lockstep.scope.elements(sort)
            lower = {later: earlier for earlier, later in pairwise(elements)}
            lowered = tuple(_renamed(step, sort, lower) for step in after)
            if lowered != after:
                yield [*before, *lowered]

    def _simplify(self) -> None:
        place = 0
        while place < len(self.found.steps):
            if not any(map(self._diverges, self._simpler(place))):
                place += 1

    def _simpler(self, place: int) -> Iterator[list[Step[S]]]:
        """The run with a parameter of a step replaced by an earlier element; there, and also
        wherever it is named after that."""
        before, after = self.found.steps[:place], self.found.steps[place + 1 :]
        act, args = self.found.steps[place]
        for number, sort in enumerate(act.parameters.values()):
            elements = self.lockstep.scope.elements(sort)
            for earlier in elements[: elements.index(args[number])]:
                step = act, (*args[:number], earlier, *args[number + 1 :])
                yield [*before, step, *after]
                renamed = [_renamed(step, sort, {args[number]: earlier}) for step in after]
                yield [*before, step, *renamed]


def _renamed(step: Step[S], sort: SortType, names: Mapping[Value, Value]) -> Step[S]:
    """A step with some elements of a sort replaced by others."""
    act, args = step
    pairs = zip(args, act.parameters.values(), strict=True)
    return act, tuple(names.get(arg, arg) if of is sort else arg for arg, of in pairs)
