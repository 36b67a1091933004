"""`tallystick ablate`."""

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.progress import progress
from spec.hardened.ablation import ablations


def ablate_command(*hardenings: str, json: JsonFile = None) -> int:
    """Leave hardenings out one at a time, and see which promise each of them bears.

    Parameters
    ----------
    hardenings
        Which, as `salt`; without names, all of them.
    """
    check_writable(json)
    ablations(hardenings)  # before the engines are imported

    from checkers.verdict.ablate import ablate

    result = ablate(hardenings, progress)
    return conclude(result, json)
