"""Which engine takes the steps, by name; a module for itself, since to name an engine is quick."""

from typing import Literal, get_args

from spec.notation.errors import MachineError

Engine = Literal["numpy", "numba"]


def check_engine(engine: str) -> None:
    """Refuse an engine that there is not. Raises MachineError."""
    if engine not in get_args(Engine):
        raise MachineError(f"there is no engine {engine}; there are {', '.join(get_args(Engine))}")
