"""`tallystick ablate`."""

from checkers.cli.common import JsonFile, Progress, check_writable, conclude


def ablate_command(*hardenings: str, json: JsonFile = None) -> int:
    """Leave hardenings out one at a time, and see which promise each of them bears.

    Parameters
    ----------
    hardenings
        Which, as `salt`; without names, all of them.
    """
    from checkers.verdict.ablate import ablate

    check_writable(json)
    with Progress() as progress:
        result = ablate(hardenings, progress)
    return conclude(result, json)
