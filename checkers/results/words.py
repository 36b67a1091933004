"""Words that people are shown."""


def counted(number: int, one: str, several: str = "") -> str:
    """A number of things in words: `1 step`, `1,204 steps`, `2 crashes`.

    Args:
        one: what one of them is called.
        several: what several are; with an s behind it unless given.
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def printable(text: str) -> str:
    """A text of which each character shows: what others say can have some that move a terminal's
    cursor, color or hide what is around them, or end a line. They are written as Python does.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
