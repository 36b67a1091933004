"""Pages in a notebook, as HTML."""

from collections.abc import Iterable, Mapping
from html import escape

from checkers.results.page import Block, Line, Listing, Mark, Table

STYLES: Mapping[Mark, str] = {
    "": "",
    "against": ' style="color: #b00020"',
    "undecided": ' style="color: #9a6700"',
}


def html(page: Iterable[Block]) -> str:
    """A page as HTML: paragraphs, tables, and listings that keep their columns."""
    return "\n".join(map(_html, page))


def _html(block: Block) -> str:
    match block:
        case Line(words, mark):
            return f"<p{STYLES[mark]}>{escape(words)}</p>"
        case Listing(title, lines):
            text = escape("\n".join(lines))
            return f"<p><strong>{escape(title.strip())}</strong></p>\n<pre>{text}</pre>"
        case Table(columns, rows):
            head = "".join(f"<th>{escape(column)}</th>" for column in columns)
            body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
            return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: Line) -> str:
    return f"<td{STYLES[cell.mark]}>{escape(cell.words)}</td>"
