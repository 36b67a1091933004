"""Where an author's text calls a word of the notation, and what its implications suppose."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Generic, Literal, TypeAlias, TypeVar

import attrs

from spec.notation.errors import MachineError
from spec.notation.source import Place, file_of, place_of

V = TypeVar("V")

_HERE = str(Path(__file__).parent)
_READ = str(Path(__file__).with_name("machine.py"))  # what calls a text


@attrs.frozen
class Call:
    """Where the author's text calls something: a file, and a place in the code that it makes."""

    code: CodeType
    at: int

    def __str__(self) -> str:
        return f"{Path(self.code.co_filename).name}:{self.place[0][0]}"

    @property
    def place(self) -> Place:
        """From which line and column the call is written to which.

        Raises:
            MachineError: Python was told to leave the columns out.
        """
        line, last, column, end = list(self.code.co_positions())[self.at // 2]
        if line is None or last is None or column is None or end is None:
            raise MachineError(
                "implications are told apart by the columns that they stand in, and Python was "
                "told to leave those out; run it without PYTHONNODEBUGRANGES and no_debug_ranges"
            )
        return (line, column), (last, end)


Calls: TypeAlias = tuple[Call, ...]
"""The author's calls that lead to a word, last first."""
Premise: TypeAlias = tuple[str, Calls]
"""What an implication supposes: its property, and the author's calls that lead there."""
Part = Literal["premise", "conclusion"]


def calls() -> Calls:
    """The author's calls that led to the word that is being read."""
    frame = sys._getframe(2)
    found: list[Call] = []
    while frame.f_back and frame.f_code.co_filename != _READ:
        if not frame.f_code.co_filename.startswith(_HERE):
            found.append(Call(frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)


@cache
def part_of(implication: Calls, inner: Calls) -> Part | None:
    """In which part of an implication another call is written; None if in neither."""
    outer, *around = implication
    for call, *before in (inner[n:] for n in range(len(inner))):
        if call.code is outer.code and before == around:
            for part, (first, last) in _parts(outer).items():
                if first <= call.place[0] and call.place[1] <= last:
                    return part
    return None


@cache
def _parts(implication: Call) -> Mapping[Part, Place]:
    """Where an implication's two parts are written, as far as a file tells."""
    file = file_of(implication.code.co_filename)
    node = file.calls.get(implication.place) if file else None
    if node is None:
        return {}
    names: tuple[Part, Part] = ("premise", "conclusion")
    parts = dict(zip(names, node.args, strict=False))
    parts |= {name: word.value for word in node.keywords for name in names if word.arg == name}
    return {name: place_of(part) for name, part in parts.items()}


class Supposed(Generic[V]):
    """What the implications of a text suppose, each together with what those suppose in whose
    conclusion it stands; one within a premise supposes nothing.

    Python computes both parts of an implication before the implication itself: what stands in
    one is what was added last.

    Args:
        both: two conditions as one.
    """

    def __init__(self, both: Callable[[V, V], V]) -> None:
        self._both = both
        self._found: list[tuple[Calls, V]] = []

    def add(self, implication: Calls, premise: V) -> None:
        """One more implication is computed, after all that stands in it."""
        inner: list[tuple[Calls, V]] = []
        while self._found and (part := part_of(implication, self._found[-1][0])):
            place, holds = self._found.pop()
            if part == "conclusion":
                inner.append((place, self._both(premise, holds)))
        self._found += [*reversed(inner), (implication, premise)]

    def __iter__(self) -> Iterator[tuple[Calls, V]]:
        return iter(self._found)
