"""How hard to try, by name; a module for itself, since to name an effort is quick."""

from typing import Literal

Effort = Literal["quick", "standard", "deep"]
