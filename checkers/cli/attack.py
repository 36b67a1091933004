"""`tallystick attack`."""

from checkers.cli.common import JsonFile, Progress, check_writable, conclude


def attack_command(*names: str, json: JsonFile = None) -> int:
    """Run scripted adversaries against the living marketplace.

    Parameters
    ----------
    names
        Which; without names, all of them.
    """
    from checkers.market.attack import attack

    check_writable(json)
    with Progress() as progress:
        result = attack(names, progress)
    return conclude(result, json)
