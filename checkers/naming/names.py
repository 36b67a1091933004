"""Names of objects in modules and files: `package.module:attribute`, `path/file.py:attribute`."""

from pathlib import Path
from typing import TypeVar

from checkers.naming.loading import load
from spec.notation import MachineError
from spec.notation.errors import an, close

T = TypeVar("T")


def _meant(name: str) -> str:
    """What was meant, if there is a file of the name here."""
    file = Path(f"{name.replace('.', '/')}.py")
    return f"; did you mean {file}:NAME?" if file.is_file() else ""


def _is_own(value: object, module: str) -> bool:
    """Whether something that a module names is not a class that it has from another."""
    return not isinstance(value, type) or value.__module__ == module


def find_attribute(name: str, kind: type[T], otherwise: str, called: str | None = None) -> T:
    """What `package.module:attribute` or `path/to/file.py:attribute` names.

    Args:
        name: the name.
        kind: what it has to be.
        otherwise: what else it could have been, for the error.
        called: what people call the kind; as it is named unless given.

    Raises:
        MachineError: there is none of that name, or it is of another kind.
    """
    where, colon, attribute = name.rpartition(":")
    if name.endswith(".py"):
        raise MachineError(f"{name} is a file; name what is meant in it, as {name}:NAME")
    if not colon:
        raise MachineError(
            f"{name} names no {otherwise}; name another as package.module:attribute "
            f"or path/to/file.py:attribute{_meant(attribute)}"
        )
    names = vars(load(where, attribute))
    every = [known for known, value in names.items() if isinstance(value, kind)]
    fitting = [known for known in every if _is_own(names[known], names["__name__"])] or every
    wanted = called or kind.__name__
    there_is = f"there is the {wanted} {', '.join(fitting)}" if fitting else f"there is no {wanted}"
    if not attribute:
        raise MachineError(f"{name} names nothing in {where}; {there_is}")
    if attribute not in names:
        like = close(attribute, names)
        meant = f" ({like})" if like else ""
        raise MachineError(f"{where} has no {attribute}{meant}; {there_is}")
    found = names[attribute]
    if not isinstance(found, kind):
        is_a = an(type(found).__name__)
        if isinstance(found, type):
            made = ", not what is made of it" if issubclass(found, kind) else ""
            is_a = f"the class {found.__name__}{made}"
        raise MachineError(f"{name} is {is_a}, where a {wanted} is wanted; in {where}, {there_is}")
    return found
