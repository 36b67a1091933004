"""What programs are held to as machines of the project, or of anybody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from checkers.conform.gather import Gatherer, Sources
from checkers.conform.stage import Stage
from checkers.conform.vectors import RELEASED, BadVectors, Vectors
from checkers.host.telling import Tell
from checkers.market.subjects import Subject
from spec.notation import MachineError

_MADE = 15_000  # ways, to see what others do not: most come to nothing, and all take a minute


def stage_of(subject: Subject, sizes: Mapping[str, int] | None = None, seed: int = 0) -> Stage[Any]:
    """A machine as programs are held to it: at the sizes at which the reference is driven.

    Args:
        subject: the machine, with what belongs to it.
        sizes: by the names of the sorts, those that are to be others. Then no real code stands
            behind functions: they are as in the machine's example, or drawn.
        seed: of what is drawn.

    Raises MachineError: the machine has no such sizes, or nothing was found that it allows there.
    """
    machine = subject.machine
    if not sizes:
        return Stage.of(machine, subject.setup, seed)
    if subject.setup:
        driven = Stage.of(machine, subject.setup).scope
        machine = attrs.evolve(machine, sizes=driven.sizes)
    return Stage.of(attrs.evolve(machine, sizes=machine.scope(**sizes).sizes), seed=seed)


def sources_of(subject: Subject) -> Sources:
    """Where its vectors come from."""
    dormant = {act.name: why for act, why in subject.machine.dormant}
    return Sources(subject.ways, subject.unrefused, dormant, made=_MADE)


def vectors_of(subject: Subject, stage: Stage[Any], given: Path | None, progress: Tell) -> Vectors:
    """The vectors of a file; or those that are released, if they fit; or new ones.

    A machine of one's own may have the name of one of the project's, and do something else.

    Raises MachineError: the file cannot be read, or the machine says something else.
    """
    gatherer = Gatherer(stage, sources_of(subject))
    path = given or RELEASED / f"{stage.machine.name}.json"
    if given is None and not path.is_file():
        return gatherer.gather(progress)
    vectors = Vectors.read(path)
    if vectors.opening == stage.opening:
        try:
            gatherer.writer.check(vectors)
        except BadVectors as error:
            if given is not None:
                raise MachineError(f"{given}: {error}") from None
        else:
            return vectors
    return vectors if given is not None else gatherer.gather(progress)
