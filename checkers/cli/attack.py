"""`tallystick attack`."""

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.progress import progress


def attack_command(*names: str, json: JsonFile = None) -> int:
    """Run scripted adversaries against the living marketplace.

    Parameters
    ----------
    names
        Which, in all variants or in one, as `stall` or `stall/basic`; without names, all of them.
    """
    from checkers.market.attack import attack

    check_writable(json)
    result = attack(names, progress)
    return conclude(result, json)
