"""How both stories show a digit, and what they cut short."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np

from checkers.results.page import Block, plain
from impl.models.fixedpoint import Integers
from impl.models.network import ACTIVATION_BITS
from spec.bytes.digest import digest

Say: TypeAlias = Callable[[str], None]
"""Is given the story, a line or more at a time."""

_SHADES = " .:-=+*#%@"
_DIGEST = 32  # bytes
_SHORT = 4  # bytes of a digest that are shown


def show_digit(data: Integers, say: Say) -> None:
    """Show an input of the model, (1, 64), as the image that it is."""
    image = (data.reshape(8, 8) * (len(_SHADES) - 1)) >> ACTIVATION_BITS
    for line in np.array(list(_SHADES))[image]:
        say(f"    {''.join(np.repeat(line, 2))}")


def show_page(page: Iterable[Block], say: Say) -> None:
    """Show a page, indented."""
    for line in plain(page).splitlines():
        say(f"  {line}")


def short(value: bytes) -> str:
    """The beginning of a digest, or of the digest of what is longer than one."""
    shown = value if len(value) <= _DIGEST else digest("demo", value)
    return f"{shown[:_SHORT].hex()}..."
