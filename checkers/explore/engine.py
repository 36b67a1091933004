"""Which engine takes the steps, by name; a module for itself, since to name an engine is quick."""

from typing import Literal

Engine = Literal["numpy", "numba"]
