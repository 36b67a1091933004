"""`tallystick corrupt`."""

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.progress import progress


def corrupt_command(*, worlds: int = 100, seed: int = 0, json: JsonFile = None) -> int:
    """Let corrupted parties play anything, and see whether others have to complain.

    In each world, a hardened market, some parties are corrupted, and deviate wherever chance has
    them: they leave out, delay, repeat and change what they say, say anything else, compute
    something else and stand by it. Of the others nobody must be convicted, or short of what it is
    owed; everything must end; and the judge must find the same. A strategy that breaks a promise is
    made as short as it can be.

    Parameters
    ----------
    worlds
        How many.
    seed
        The number of the first.
    """
    from checkers.market.corrupt import corrupt

    check_writable(json)
    return conclude(corrupt(worlds, seed, progress), json, {"seed": seed})
