"""What the vendor of a part learns: what it holds, and what it sees of every request."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import attrs
import numpy as np

from checkers.market.splitting.origins import Origins, Places, trace
from impl.models.component import Component


@attrs.frozen
class Part:
    """A part, and what its vendor learns.

    Attributes:
        component: the part.
        sees: the columns of the question that it is given as they were asked, by name, whoever has
            carried them through.
        unnamed: how many other numbers it is given.
        alone: of these, how many are made of a single column of the question, by its name.
        passes: the columns of the question that it gives on as they were asked, by name.
        carries: how many numbers it gives on as they came.
    """

    component: Component
    sees: tuple[str, ...]
    unnamed: int
    alone: Mapping[str, int]
    passes: tuple[str, ...]
    carries: int

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.component.canonical())

    @property
    def numbers(self) -> int:
        """How many constants it has that are the model's own, and so its secret."""
        return int(self.component.secret.sum())

    @property
    def public(self) -> int:
        """How many others it has: of tables of functions that everybody knows."""
        return sum(self.component.program.constants) - self.numbers

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
    given = Origins.question(len(columns))
    asked = given.copied
    for component in components:
        made = trace(component, given)
        passed = np.where(made.copied < 0, -1, asked[made.copied])
        others = asked < 0
        alone = Counter(columns[one] for one in given.alone[others] if one >= 0)
        yield Part(
            component=component,
            sees=_named(asked, columns),
            unnamed=int(others.sum()),
            alone=dict(alone),
            passes=_named(passed, columns),
            carries=int((made.copied >= 0).sum()),
        )
        given, asked = made, passed


def _named(places: Places, columns: Sequence[str]) -> tuple[str, ...]:
    """The names of columns, each once."""
    return tuple(columns[one] for one in np.unique(places[places >= 0]))
