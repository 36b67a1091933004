"""Which parts of a proof bear load: what fails without each, and a core that needs them all."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from checkers.host.telling import Tell, silent
from checkers.prove.limits import Limit
from checkers.prove.proof import LoadBearing
from checkers.prove.prover import Prover
from spec.notation.machine import Machine

S = TypeVar("S")


def load_bearing(
    machine: Machine[S],
    kept: Sequence[str],
    limit: Limit | None = None,
    progress: Tell = silent,
) -> LoadBearing[S]:
    """Find what bears load in a proof.

    Args:
        machine: the machine.
        kept: the properties that are inductive together.
        limit: the most that one obligation may take; an undecided one counts as failing.
        progress: called with each property that is left out, and each action.
    """
    return _Core(machine, limit, progress).run(kept)


class _Core(Generic[S]):
    def __init__(self, machine: Machine[S], limit: Limit | None, progress: Tell) -> None:
        self.machine = machine
        self.prover = Prover(machine, limit)
        self.progress = progress
        self.lemmas = {text.__name__ for text in machine.lemmas}

    def run(self, kept: Sequence[str]) -> LoadBearing[S]:
        needed = {}
        for name in kept:
            others = [other for other in kept if other != name]
            needed[name] = self._failing(others, f"without {name}")
        core = list(kept)
        for name in [name for name in kept if name in self.lemmas]:
            others = [other for other in core if other != name]
            if not self._failing(others, f"core without {name}", first=True):
                core = others
        return LoadBearing(self.machine, needed, core)

    def _failing(
        self, kept: Sequence[str], asked: str, *, first: bool = False
    ) -> list[tuple[str, str]]:
        """The obligations of some properties that do not follow from them, or the first few."""
        failing: list[tuple[str, str]] = []
        for act in self.machine.actions:
            self.progress(f"{asked}: {act.name}")
            found = self.prover.decided(self.prover.induction.step(act, kept), kept)
            failing += [(o.action, o.property) for o in found if o.status != "proved"]
            if first and failing:
                break
        return failing
