"""The command line: `tallystick VERB`.

Exit status 0: everything came out as it must. 1: something did not. 2: bad usage or input, said in
one line, nothing written. 3: something stayed unknown, or hit its limit.
"""

import os
import sys
from collections.abc import Sequence
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
from checkers.cli.common import FAILED, OK, UNKNOWN, USAGE, app
from checkers.opinion import Disagreement
from spec.notation import MachineError

__all__ = ["FAILED", "OK", "UNKNOWN", "USAGE", "main"]

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
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = app(tokens, exit_on_error=False, print_error=False)
    except (MachineError, CycloptsError) as error:
        text = " ".join(str(error).split())
        print(f"tallystick: {text}", file=sys.stderr)
        sys.exit(USAGE)
    except Disagreement as error:
        print(f"tallystick: DISAGREEMENT: {error}", file=sys.stderr)
        sys.exit(FAILED)
    except RecursionError:
        print("tallystick: the text is nested too deep at this size; give less", file=sys.stderr)
        sys.exit(USAGE)
    except MemoryError:
        print("tallystick: out of memory; give smaller sizes", file=sys.stderr)
        sys.exit(UNKNOWN)
    except KeyboardInterrupt:
        print("tallystick: interrupted", file=sys.stderr)
        os._exit(130)  # worker threads of the solver may be in the middle of something
    sys.exit(result if isinstance(result, int) else OK)
