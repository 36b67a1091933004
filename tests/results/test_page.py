"""What a page says is shown as it is, and does nothing else to what shows it."""

from io import StringIO

from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from checkers.results.notebook import html
from checkers.results.page import Block, Line, Listing, Table, plain
from checkers.results.terminal import show
from checkers.results.words import printable


def shown(words: str) -> list[str]:
    """A page of words on a terminal, in a notebook, and as plain text."""
    page: list[Block] = [Line(words), Table.of([words], [[words]]), Listing(words, (words,))]
    with StringIO() as file:
        show(page, Console(file=file, width=10**4))
        return [file.getvalue(), html(page), plain(page)]


@example("\x1b[31mred")
@example("two\nlines")
@example("\u202eturned about")
@given(st.text())
def test_what_others_say_does_nothing_to_what_shows_it(words: str) -> None:
    for text, ordinary in zip(shown(words), shown("words"), strict=True):
        assert text.replace("\n", "").isprintable()
        assert text.count("\n") == ordinary.count("\n")


@given(st.text())
def test_what_shows_is_shown_as_it_is(words: str) -> None:
    assert printable(words).isprintable()
    assert (printable(words) == words) is words.isprintable()
