"""Runs experiments on what split models leak, and says what each found."""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from adversaries.leaking.copies import Fidelity
from adversaries.leaking.leakage import Leakage
from adversaries.leaking.table import EXPERIMENTS
from checkers.host.telling import Tell, silent
from checkers.results.page import Block, Line, Table
from checkers.results.result import Result, Verdict
from spec.notation import MachineError
from spec.notation.arguments import checked


@attrs.frozen
class Leaks(Result):
    """What experiments on leaks found, by their names."""

    found: Mapping[str, Leakage]

    @property
    def asked(self) -> str:
        return f"measure what split models leak in {len(self.found)} experiments"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {name: _verdict(leakage) for name, leakage in self.found.items()}

    @property
    def failed(self) -> bool:
        return any(leakage.broken or not leakage.rows for leakage in self.found.values())

    @property
    def undecided(self) -> bool:
        """Never: what is measured is measured."""
        return False

    def page(self) -> Iterator[Block]:
        for name, leakage in self.found.items():
            yield Line(f"{name}: {EXPERIMENTS[name].asks}")
            yield table(leakage)
            yield Line(f"{name}: {leakage.upshot}")
            yield from (Line(f"{name}: {line}", "against") for line in leakage.broken)
            yield Line("")

    def json(self) -> dict[str, object]:
        return {
            "leaks": [
                {
                    "name": name,
                    "upshot": leakage.upshot,
                    "broken": list(leakage.broken),
                    "machine": dict(leakage.machine),
                    "rows": leakage.facts(),
                }
                for name, leakage in self.found.items()
            ]
        }


def _verdict(leakage: Leakage) -> Verdict:
    if not leakage.rows:
        return Verdict("sampled", "nothing was measured", "against")
    if leakage.broken:
        return Verdict("sampled", f"{len(leakage.broken)} facts break its law", "against")
    return Verdict("sampled", leakage.upshot)


def table(leakage: Leakage) -> Table:
    """The rows of an experiment; of a copy the shares of equal answers, and the largest error."""
    names = [field.name for field in attrs.fields(type(leakage.rows[0]))] if leakage.rows else []
    return Table.of(
        (_heading(name, [getattr(row, name) for row in leakage.rows]) for name in names),
        ([_cell(getattr(row, name)) for name in names] for row in leakage.rows),
    )


def _heading(name: str, values: Sequence[object]) -> str:
    """What a column is called, and what its numbers are where there are several in a cell."""
    said = name.replace("_", " ")
    several = any(isinstance(value, Fidelity) for value in values)
    return f"{said}: held-out / uniform, error" if several else said


def _cell(value: object) -> str:
    match value:
        case None | ():
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3g}"
        case tuple():
            return " ".join(map(str, value))
        case Fidelity():
            return f"{value.held_out:.3f} / {value.uniform:.3f}, {value.error:.0e}"
    return str(value)


@checked
def leak(names: Sequence[str] = (), full: bool = False, progress: Tell = silent) -> Leaks:
    """Run experiments by name, or all of them.

    Args:
        names: which; all of them unless given.
        full: at their full sizes, which takes minutes.
        progress: is told what is under way.

    Raises:
        MachineError: there is no experiment of a name.
    """
    check_names(names)
    asked = dict.fromkeys(names or EXPERIMENTS)
    return Leaks({name: EXPERIMENTS[name].run(full, tell=progress) for name in asked})


def check_names(names: Sequence[str]) -> None:
    """Raise MachineError unless there is an experiment of each name."""
    for name in names:
        if name not in EXPERIMENTS:
            raise MachineError(f"there is no leak {name}; there are {', '.join(EXPERIMENTS)}")
