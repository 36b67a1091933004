"""Who can be cast: the parties of a marketplace, and those who deviate from them, by name."""

import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TypeVar

M = TypeVar("M")


def roles(honest: Sequence[type[M]], *deviating: ModuleType) -> Mapping[str, type[M]]:
    """The classes that a party can be of, as people call them.

    A `Vendor` is a `vendor`, and its subclass `NeverSendingVendor` a `never-sending vendor`.

    Args:
        honest: the classes of those who do as they should.
        deviating: the modules that have their subclasses.
    """
    found = {role.__name__.lower(): role for role in honest}
    for name, made in (item for module in deviating for item in vars(module).items()):
        for role in honest:
            if isinstance(made, type) and issubclass(made, role) and made is not role:
                manner = re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix(role.__name__))
                found[f"{manner} {role.__name__}".lower()] = made
    return found
