"""Pages: what a result says, as lines, tables and listings, whoever shows them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal, TypeAlias

import attrs

from checkers.results.words import printable

Mark = Literal["", "against", "undecided"]
"""Whether something came out as it must not, or was not decided."""


@attrs.frozen
class Line:
    """Words, with a mark where something is not as it must be."""

    words: str = attrs.field(converter=printable)
    mark: Mark = ""

    def __str__(self) -> str:
        return self.words


def _printable(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(printable, lines))


@attrs.frozen
class Table:
    """Rows of cells under their headings."""

    columns: tuple[str, ...] = attrs.field(converter=_printable)
    rows: tuple[tuple[Line, ...], ...]

    @classmethod
    def of(cls, columns: Iterable[str], rows: Iterable[Iterable[Line | str]]) -> "Table":
        """A table of cells, those that are only words among them."""
        return cls(tuple(columns), tuple(tuple(map(line, row)) for row in rows))


@attrs.frozen
class Listing:
    """Lines that belong together, such as a trace, under a title."""

    title: str = attrs.field(converter=printable)
    lines: tuple[str, ...] = attrs.field(converter=_printable)


Block: TypeAlias = Line | Table | Listing


def line(words: Line | str) -> Line:
    """Words as a line that is not marked; a line as it is."""
    return words if isinstance(words, Line) else Line(words)


def beside(left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    """Lines beside lines."""
    width = max(map(len, left), default=0)
    pairs = zip_longest(left, right, fillvalue="")
    return tuple(f"{one.ljust(width)}  {other}".rstrip() for one, other in pairs)


def plain(page: Iterable[Block]) -> str:
    """A page as plain text, columns under one another."""
    return "\n".join(text for block in page for text in _plain(block))


def _plain(block: Block) -> Iterator[str]:
    match block:
        case Line(words):
            yield words
        case Listing(title, lines):
            yield from ("", title, *lines)
        case Table(columns, rows):
            cells = [columns, *(tuple(map(str, row)) for row in rows)]
            widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
            for row in cells:
                padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                yield "  ".join(padded).rstrip()
