"""`tallystick attack`."""

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.progress import progress


def attack_command(*names: str, story: bool = False, json: JsonFile = None) -> int:
    """Run scripted adversaries against the living marketplace.

    Parameters
    ----------
    names
        Which, in all variants or in one, as `stall` or `stall/basic`; without names, all of them.
    story
        Tell one attack as a sequence diagram: who said what to whom, and what became of the money.
    """
    from checkers.market.attack import attack

    check_writable(json)
    result = attack(names, progress, story=story)
    return conclude(result, json)
