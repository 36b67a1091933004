"""Pages on a terminal, or in a file or a pipe that what is printed goes to."""

import shutil
import sys
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from checkers.results.page import Block, Line, Listing, Mark, Table

STYLES: Mapping[Mark, str] = {"": "", "against": "red", "undecided": "yellow"}
_NARROWEST, _NO_TERMINAL = 60, 140  # columns


def console() -> Console:
    """Standard output, for people."""
    return Console(highlight=False, soft_wrap=True, width=width())


def show(page: Iterable[Block], there: Console) -> None:
    """Print a page."""
    for block in page:
        match block:
            case Line():
                there.print(styled(block))
            case Listing(title, lines):
                there.print(Text(f"\n{title}", style="bold"))
                for line in lines:
                    there.print(Text(line))
            case Table():
                there.print(_table(block))


def width() -> int:
    """Columns for people: a file or a pipe has none of its own; a narrow terminal breaks lines."""
    if sys.stdout is None or not sys.stdout.isatty():
        return _NO_TERMINAL
    return max(_NARROWEST, shutil.get_terminal_size().columns)


def styled(line: Line) -> Text:
    """A line in the color of its mark."""
    return Text(line.words, style=STYLES[line.mark])


def _table(table: Table) -> RichTable:
    shown = RichTable(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in table.columns:
        shown.add_column(column, overflow="fold")
    for row in table.rows:
        shown.add_row(*map(styled, row))
    return shown
