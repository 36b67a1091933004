"""Runs experiments on what split models leak, and says what each found."""

import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from itertools import groupby
from operator import itemgetter

import attrs

from adversaries.leaking.copies import Fidelity
from adversaries.leaking.leakage import Leakage, Row
from adversaries.leaking.table import EXPERIMENTS
from checkers.host.telling import Tell, silent
from checkers.results.page import Block, Line, Table
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from spec.notation import MachineError
from spec.notation.arguments import checked
from spec.notation.errors import meant

_ATTRIBUTE = re.compile(r"^    (\w[\w, ]*): ((?:.+)(?:\n {8}.+)*)", re.MULTILINE)
"""What a docstring tells of some fields: their names, and what they are."""
_NONE = "-"  # in a cell that has nothing


@attrs.frozen
class Leaks(Result):
    """What experiments on leaks found, by their names."""

    found: Mapping[str, Leakage]

    @property
    def asked(self) -> str:
        return f"measure what split models leak in {counted(len(self.found), 'experiment')}"

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
        told = set[str]()
        for name, leakage in self.found.items():
            yield Line(f"{name}: {EXPERIMENTS[name].asks}")
            yield table(leakage)
            new = [line for line in legend(leakage) if line not in told]
            told.update(new)  # which the next tables need not say again
            yield from map(Line, new)
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
        return Verdict(
            "sampled",
            f"{counted(len(leakage.broken), 'fact breaks', 'facts break')} its law",
            "against",
        )
    return Verdict("sampled", leakage.upshot)


def table(leakage: Leakage) -> Table:
    """The rows of an experiment; of a copy the shares of equal answers, and the largest error."""
    names = [field.name for field in attrs.fields(type(leakage.rows[0]))] if leakage.rows else []
    return Table.of(
        (_heading(name, [getattr(row, name) for row in leakage.rows]) for name in names),
        ([_cell(getattr(row, name)) for name in names] for row in leakage.rows),
    )


def legend(leakage: Leakage) -> Iterator[str]:
    """What the columns of an experiment's table are, by its rows' docstrings.

    A line for each; for several of which the same is said, one.
    """
    kinds: list[type[attrs.AttrsInstance]] = [type(row) for row in leakage.rows[:1]]
    if any(isinstance(value, Fidelity) for row in leakage.rows for value in _values(row)):
        kinds.append(Fidelity)
    for kind in kinds:
        for meaning, same in groupby(meanings(kind).items(), itemgetter(1)):
            names = ", ".join(name.replace("_", " ") for name, _ in same)
            yield f"  {names}: {meaning.replace('None if', f'{_NONE} if')}"


def _values(row: Row) -> Iterator[object]:
    return (getattr(row, field.name) for field in attrs.fields(type(row)))


def meanings(kind: type[attrs.AttrsInstance]) -> dict[str, str]:
    """What the fields of a class are, as its docstring and those of its bases tell it."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        _, _, told = cleandoc(each.__doc__ or "").partition("Attributes:\n")
        for names, meaning in _ATTRIBUTE.findall(told):
            found |= dict.fromkeys(names.split(", "), " ".join(meaning.split()))
    return {field.name: found[field.name] for field in attrs.fields(kind) if field.name in found}


def _heading(name: str, values: Sequence[object]) -> str:
    """What a column is called, and what its numbers are where there are several in a cell."""
    said = name.replace("_", " ")
    several = any(isinstance(value, Fidelity) for value in values)
    return f"{said}: held-out / uniform, error" if several else said


def _cell(value: object) -> str:
    match value:
        case None | () | "":
            return _NONE
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
            raise MachineError(f"there is no leak {name}; {meant(name, EXPERIMENTS)}")
