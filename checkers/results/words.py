"""Words for numbers of things."""


def counted(number: int, one: str, several: str = "") -> str:
    """A number of things in words: `1 step`, `1,204 steps`, `2 crashes`.

    Args:
        one: what one of them is called.
        several: what several are; with an s behind it unless given.
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"
