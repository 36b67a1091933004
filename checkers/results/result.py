"""Results: what was asked, what was found of each thing, and whether that is as it must be."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from checkers.results.notebook import html
from checkers.results.page import Block, Line, Mark, Table, plain
from checkers.results.terminal import console, show

Word = Literal[
    "proved",
    "exhaustive",
    "bounded",
    "sampled",
    "argued",
    "refuted",
    "reached",
    "vacuous",
    "not inductive",
    "undecided",
]
"""What a verdict can say (README, "What a verdict says")."""


@attrs.frozen
class Verdict:
    """What was found of one property.

    Attributes:
        word: what is said, in one word.
        words: all that is said: `exhaustive at Manager=3`, `refuted in 4 steps`.
        mark: whether that is against what must be, or leaves it undecided.
    """

    word: Word
    words: str
    mark: Mark = ""

    @property
    def line(self) -> Line:
        """What is said, as it is shown."""
        return Line(self.words, self.mark)


class Fails(AssertionError):
    """Something came out as it must not; the message shows what, with the counterexample."""


class Undecided(AssertionError):
    """Nothing came out as it must not, and something was not decided, which is no pass."""


class Result(ABC):
    """An engine's answer, which can be read, shown, written down, and relied on in a test."""

    @property
    @abstractmethod
    def asked(self) -> str:
        """What was asked, in a line: the engine, the machine, its sizes."""

    @property
    @abstractmethod
    def verdicts(self) -> Mapping[str, Verdict]:
        """What was found of each property, by name."""

    @property
    @abstractmethod
    def failed(self) -> bool:
        """Whether something came out as it must not, or nothing was there to look at."""

    @property
    @abstractmethod
    def undecided(self) -> bool:
        """Whether something was not decided: a limit came first, or no solver had an answer."""

    @abstractmethod
    def page(self) -> Iterator[Block]:
        """Everything that people are shown, in order."""

    @abstractmethod
    def json(self) -> dict[str, object]:
        """Everything that was found, as plain data; traces in the Informal Trace Format."""

    def table(self) -> Table:
        """The verdicts, a row for each."""
        rows = ((name, found.line) for name, found in self.verdicts.items())
        return Table.of(("property", "verdict"), rows)

    def assert_holds(self) -> None:
        """Raise unless everything came out as it must, and was about something.

        Raises:
            Fails: something came out otherwise, or nothing was checked; the message shows what, in
                a line, and under it the whole result as it is shown.
            Undecided: something was not decided, or nothing was there that could have decided it.
        """
        __tracebackhide__ = True  # a test that fails shows the result, and not this line
        if not self.verdicts:
            raise Fails(f"{self.asked}: nothing was checked\n{self}")
        if self.failed:
            raise Fails(f"{self.asked}: this does not hold\n{self}")
        if self.undecided or any(found.mark for found in self.verdicts.values()):
            raise Undecided(f"{self.asked}: this was not decided\n{self}")

    def __bool__(self) -> bool:
        """Refuse to be taken for true: `assert explore(lock)` would always pass."""
        raise TypeError("a result is neither true nor false; ask failed, undecided, assert_holds()")

    def show(self) -> None:
        """Print the result for people."""
        show(self.page(), console())

    def __str__(self) -> str:
        return plain(self.page())

    def _repr_html_(self) -> str:
        """The result in a notebook."""
        return html(self.page())
