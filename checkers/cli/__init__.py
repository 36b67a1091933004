"""The command line: `tallystick VERB`.

Exit status 0: everything came out as it must. 1: a verdict against. 2: bad usage or input, said in
one line, nothing written. 3: something stayed undecided, or ended at a limit. 4: Tallystick itself
failed, said in one line.
"""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from cyclopts import CycloptsError

from checkers.cli import (
    account,
    conceal,
    explain,
    explore,
    fuzz,
    marketplace,
    mutate,
    place,
    prove,
    simulate,
    strengthen,
    terminate,
)
from checkers.cli.common import BROKEN, FAILED, OK, UNKNOWN, USAGE, app, unwritten
from checkers.cli.streams import steady_streams
from checkers.naming.loading import raised, raised_at, unload
from checkers.prove.opinion import Disagreement
from spec.notation import MachineError

__all__ = ["BROKEN", "FAILED", "OK", "UNKNOWN", "USAGE", "main"]

# Each adds its commands to `app`.
VERBS = (
    explore,
    prove,
    strengthen,
    terminate,
    account,
    conceal,
    explain,
    simulate,
    fuzz,
    mutate,
    place,
    marketplace,
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    with steady_streams():
        try:
            result = _status(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            unload()
    sys.exit(result)


def _status(tokens: Sequence[str]) -> int:
    """Run a command; the exit status that it comes to."""
    try:
        _refuse_empty(tokens)
        unwritten.clear()
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        if unwritten:
            raise unwritten[0]
    except (MachineError, CycloptsError) as error:
        return _ended(USAGE, str(error))
    except Disagreement as error:
        return _ended(BROKEN, f"DISAGREEMENT: {error}")
    except KeyboardInterrupt:
        _say("interrupted")
        sys.stdout.flush()
        os._exit(130)  # worker threads of the solver may be in the middle of something
    except RecursionError:
        return _ended(USAGE, "the text is nested too deep at this size; give less")
    except MemoryError:
        return _ended(UNKNOWN, "out of memory; give smaller sizes")
    except BrokenExecutor:
        return _ended(UNKNOWN, "a process was ended from outside, perhaps for want of memory")
    except (Exception, SystemExit) as error:  # whatever it is, it is no verdict
        if at := raised_at(error):
            what = f"{type(error).__name__}: {error}; mend this line"
            return _ended(USAGE, str(MachineError(what, at)))
        return _ended(BROKEN, f"internal error: {_told(error)}; please report it as a fault")
    return result if isinstance(result, int) else OK


def _refuse_empty(tokens: Sequence[str]) -> None:
    """Refuse an argument of nothing: a path, for example, would be the working folder."""
    for before, token in pairwise(["tallystick", *tokens]):
        if not token.strip() or (token.startswith("--") and token.endswith("=")):
            raise MachineError(f"{before} {token!r}: this is empty; give a value, or leave it out")


def _ended(status: int, why: str) -> int:
    _say(why)
    return status


def _say(line: str) -> None:
    """Say something on standard error, in one line."""
    print(f"tallystick: {' '.join(line.split())}", file=sys.stderr, flush=True)


def _told(error: BaseException) -> str:
    """An exception and its place: `KeyError: 'x' at checkers/explore/explorer.py:120`."""
    place = raised(error)
    at = f" at {'/'.join(Path(place[0]).parts[-2:])}:{place[1]}" if place else ""
    return f"{type(error).__name__}: {error}{at}"
