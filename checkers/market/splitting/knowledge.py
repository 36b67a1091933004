"""What the vendor of a part learns: what it holds, and what it sees of every request."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import attrs

from impl.models.component import Component
from impl.models.operators import CONCAT


@attrs.frozen
class Part:
    """A part, and what its vendor learns.

    Attributes:
        component: the part.
        sees: the columns of the question that it is given, by name.
        unnamed: how many other numbers it is given.
        carries: how many numbers it gives on as they came.
    """

    component: Component
    sees: tuple[str, ...]
    unnamed: int
    carries: int

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.component.canonical())

    @property
    def numbers(self) -> int:
        """How many constants it has."""
        return sum(self.component.program.constants)

    @property
    def bits(self) -> int:
        """Of the numbers that it computes with, signs aside."""
        ranges = [ends for ends in self.component.ranges if ends is not None]
        return max(max(-least, most).bit_length() for least, most in ranges)

    @property
    def operators(self) -> Mapping[str, int]:
        """How many of each it has, the most frequent first."""
        names = [node.operator.name for node in self.component.program.nodes]
        return dict(Counter(names).most_common())


def known(components: Sequence[Component], columns: Sequence[str]) -> Iterator[Part]:
    """What is known of each part in turn, of those that composed take such columns."""
    given: list[int | None] = [*range(len(columns))]
    for component in components:
        named = tuple(columns[one] for one in given if one is not None)
        sources = _sources(component)
        carries = sum(source is not None for source in sources)
        yield Part(component, named, len(given) - len(named), carries)
        given = [None if source is None else given[source] for source in sources]


def _sources(component: Component) -> list[int | None]:
    """Of each number that a component gives, which of those it is given that is; if it is one."""
    program, last = component.program, component.program.nodes[-1]
    gives = last.operands if last.operator is CONCAT else (len(program.widths) - 1,)
    starts, total = [], 0
    for one in program.inputs:
        starts.append(total)
        total += one.width
    found: list[int | None] = []
    for value in gives:
        width = program.widths[value]
        if value < len(starts):
            found += range(starts[value], starts[value] + width)
        else:
            found += [None] * width
    return found
