"""Trials: runs in which steps are refused on the way, each for a reason that is known.

Steps that are chosen at random are seldom refused for what nearly does not hold. So trials are
found once (`seek`), kept as data, and come before all random runs. A file for each machine holds
them, with a line for each step: the action, its parameters by their places among the elements of
their sorts, and why it is refused, if it is.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from checkers.host.files import make_folder, write_whole
from checkers.lockstep.run import Lockstep, Step, Tally
from spec.notation import MachineError

S = TypeVar("S")

Trial: TypeAlias = Sequence[tuple[Step[S], str | None]]
"""Steps, each with why it is refused; None for one that is accepted."""

FOLDER = Path(__file__).parent / "trials"


def kept_trials(lockstep: Lockstep[S], folder: Path = FOLDER) -> list[Trial[S]]:
    """The trials that are kept under a machine's name, as far as they can be taken there."""
    path = folder / f"{lockstep.machine.name}.json"
    if path not in folder.glob("*.json"):
        return []
    return [list(_read(lockstep, written)) for written in json.loads(path.read_text())]


def keep_trials(lockstep: Lockstep[S], trials: Sequence[Trial[S]], folder: Path = FOLDER) -> Path:
    """Write trials down."""
    make_folder(folder)
    path = folder / f"{lockstep.machine.name}.json"
    runs = (",\n".join(json.dumps(_plain(lockstep, *taken)) for taken in trial) for trial in trials)
    write_whole(path, "[\n" + ",\n\n".join(f"[{run}]" for run in runs) + "\n]\n")
    return path


def _plain(lockstep: Lockstep[S], step: Step[S], reason: str | None) -> Sequence[object]:
    act, args = step
    pairs = zip(args, act.parameters.values(), strict=True)
    return act.name, [lockstep.scope.elements(sort).index(arg) for arg, sort in pairs], reason


def _read(lockstep: Lockstep[S], written: Any) -> Iterator[tuple[Step[S], str | None]]:  # JSON
    """The steps up to the first that cannot be taken: at other sizes, or without some actions."""
    for name, places, reason in written:
        try:
            act = lockstep.machine.action(name)
            sorts = act.parameters.values()
            elements = map(lockstep.scope.elements, sorts)
            args = tuple(of[place] for of, place in zip(elements, places, strict=True))
        except (MachineError, IndexError, ValueError):
            return
        if act in lockstep.actions:
            yield (act, args), reason


def try_kept(lockstep: Lockstep[S], tally: Tally) -> None:
    """Take the kept trials in lockstep. Raises Divergence.

    What the specification says counts: an implementation may be driven with other values and
    functions than those with which the trials were found.
    """
    for trial in kept_trials(lockstep):
        with lockstep.run(tally) as run:
            for step, _ in trial:
                run.take(step)
