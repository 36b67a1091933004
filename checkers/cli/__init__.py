"""The command line: `tallystick VERB`.

Exit status 0: everything came out as it must. 1: a verdict against. 2: bad usage or input, said in
one line, nothing written. 3: something stayed undecided, or ended at a limit. 4: Tallystick itself
failed, said in one line. 130: interrupted.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from cyclopts import (
    App,
    CycloptsError,
    MissingArgumentError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from checkers.cli.common import BROKEN, FAILED, OK, UNKNOWN, USAGE, out, unwritten
from checkers.cli.interruption import interruptible
from checkers.cli.progress import progress
from checkers.cli.streams import steady_streams
from checkers.naming.loading import raised, raised_at, unload
from checkers.prove.disagreement import Disagreement
from checkers.results.words import printable
from spec.notation.errors import MachineError, close

__all__ = ["BROKEN", "FAILED", "OK", "UNKNOWN", "USAGE", "main"]

VERBS: Mapping[str, str] = {
    "ablate": "Leave hardenings out one at a time, and see which promise each of them bears.",
    "account": "Ask of every run whether the ledger shows who deviated, and no one else.",
    "attack": "Run scripted adversaries against the living marketplace.",
    "audit": "Decide from a ledger's file whether it is a behaviour of the specification, and whom "
    "it convicts.",
    "bound": "Look for runs of at most so many steps that refute what must hold, with Z3.",
    "conceal": "Prove that what is secret has no influence on what an onlooker sees, for any size.",
    "conform": "Hold a program in any language to a machine.",
    "corrupt": "Let corrupted parties play anything, and see whether others have to complain.",
    "demo": "Show the marketplace at work: what comes of a lazy vendor, by the paper and hardened.",
    "explain": "Say why each action is possible or not in a state, which part of a property is "
    "false, and the shortest way there; or, of a claim as A16, tell the story.",
    "explore": "Visit every reachable state of a machine at a size.",
    "fuzz": "Run a machine in lockstep with an implementation.",
    "gain": "Ask what deviating gains at a stake, what stops it, and what a nuisance costs whom.",
    "leak": "Measure what split models leak to vendors, to onlookers, and to who has dictionaries.",
    "market": "Keep a marketplace in a folder: deploy a model, call it, dispute what came out, and "
    "see the bill.",
    "mutate": "Change a protocol's text, one place at a time, and see which layer of checking "
    "notices.",
    "place": "Place a model's parts on vendors: crashes are survived, and small coalitions miss a "
    "part.",
    "prove": "Prove what must always hold by induction, for any number of parties.",
    "serve": "Answer on standard input and output what `conform` asks an implementation.",
    "simulate": "Walk a machine at random, many runs at once.",
    "split": "Split a trained model or a formula in parts; see what vendors learn, and what is "
    "lost.",
    "strengthen": "Find lemmas that prove what must always hold; its own, and its ending, are not "
    "looked at.",
    "terminate": "Look for a run that is fair and never comes to its end, among all states of a "
    "size.",
    "vectors": "Write down what an implementation of a machine must do, as data for any language.",
    "verify": "Decide every claim of the paper, in every variant, with all engines.",
}
"""The verbs, each with what it does. One is in the module of its name, which is imported when it is
asked for; and that imports what does the work once its arguments are understood: whoever asks for
help, or mistypes a name, need not wait for numpy and Z3."""

_USAGE: Mapping[str, str] = {
    "ablate": "[OPTIONS] [HARDENING...]",
    "attack": "[OPTIONS] [NAME...]",
    "explain": "[OPTIONS] MACHINE [CELL=VALUE...]",
    "leak": "[OPTIONS] [NAME...]",
}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    with steady_streams(progress):
        try:
            result = _status(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            unload()
    sys.exit(result)


def _status(tokens: Sequence[str]) -> int:
    """Run a command; the exit status that it comes to."""
    try:
        _refuse_empty(tokens)
        _refuse_unknown(tokens)
        unwritten.clear()
        progress(" ".join(["tallystick", *tokens[:1]]))
        with interruptible():
            result = _app(tokens)(
                tokens, exit_on_error=False, print_error=False, result_action="return_value"
            )
        if unwritten:
            raise unwritten[0]
    except CycloptsError as error:
        return _ended(USAGE, _mended(error, tokens))
    except MachineError as error:
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


def _app(tokens: Sequence[str]) -> App:
    """The commands, none of them imported yet."""
    app = App(
        name="tallystick",
        help="Decides what a trust-minimised protocol claims: proved, exhausted, or refuted.",
        version=lambda: version("tallystick"),
        version_flags=["--version"],
        suppress_keyboard_interrupt=False,
        console=out,
        help_format="plaintext",  # as the docstrings are; the others take longer to import
    )
    # What is said of a verb in the list replaces its own help, which says more, if both are given.
    listed = not any(token in VERBS for token in tokens)
    for verb, does in VERBS.items():
        said = {"help": does} if listed else {}
        if verb in _USAGE:
            said["usage"] = f"Usage: tallystick {verb} {_USAGE[verb]}"
        app.command(f"{__name__}.{verb}:{verb}_command", name=verb, **said)
    return app


def _refuse_empty(tokens: Sequence[str]) -> None:
    """Refuse an argument of nothing: a path, for example, would be the working folder."""
    for before, token in pairwise(["tallystick", *tokens]):
        if not token.strip() or (token.startswith("--") and token.endswith("=")):
            raise MachineError(f"{before} {token!r}: this is empty; give a value, or leave it out")


def _refuse_unknown(tokens: Sequence[str]) -> None:
    """Refuse what is no verb, before all of them are imported to say so."""
    verb = next(iter(tokens), "--help")
    if not verb.startswith("-") and verb not in VERBS:
        like = close(verb, VERBS)
        raise MachineError(f"there is no verb {verb}; {like} there are {', '.join(VERBS)}")


def _mended(error: CycloptsError, tokens: Sequence[str]) -> str:
    """Why arguments are refused, and what to write where Cyclopts does not say so."""
    said = str(error)
    if isinstance(error, MissingArgumentError) and error.argument:
        return f"{said} {error.argument.parameter.help or ''}"
    if isinstance(error, UnknownOptionError) and "?" not in said:
        return f"{said} `tallystick {next(iter(tokens), '')} --help` lists those that there are"
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        left = " ".join(error.unused_tokens)
        return f"{left} is one too many; an option of several values is named anew for each"
    return said


def _ended(status: int, why: str) -> int:
    _say(why)
    return status


def _say(line: str) -> None:
    """Say something on standard error, in one line, which is the last."""
    progress.done()
    print(f"tallystick: {printable(' '.join(line.split()))}", file=sys.stderr, flush=True)


def _told(error: BaseException) -> str:
    """An exception and its place: `KeyError: 'x' at checkers/explore/explorer.py:120`."""
    place = raised(error)
    at = f" at {'/'.join(Path(place[0]).parts[-3:])}:{place[1]}" if place else ""
    return f"{type(error).__name__}: {error}{at}"
