"""Which constants of parts in a folder are public: a file beside them, for bytes do not say it.

It is for the seller, who is told what is secret. Whoever buys or runs a part needs no word of it.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from impl.models.component import Component
from spec.notation import MachineError

PUBLIC = "public.json"
_MEND = "split the model anew, or remove that file, and all constants count as secret"


def public_of(parts: Sequence[Component]) -> dict[str, bytes]:
    """The file by its name; none if all constants are secret."""
    told = [sorted(part.public) for part in parts]
    return {PUBLIC: json.dumps(told).encode() + b"\n"} if any(told) else {}


def read_public(folder: Path, parts: int) -> list[list[int]]:
    """Of each of so many parts, the public constants by their index. Raises MachineError."""
    file = folder / PUBLIC
    if not file.exists():
        return [[]] * parts
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError, RecursionError):
        told = None
    match told:
        case [*lists] if len(lists) == parts and all(map(_is_of_indices, lists)):
            return lists
    raise MachineError(f"{file}: not a list of {parts} lists of indices; {_MEND}")


def _is_of_indices(one: object) -> bool:
    return isinstance(one, list) and all(type(index) is int for index in one)
