"""Mutation: which layer of checking sees that a protocol was changed.

Each mutant is given to each layer, unless it reads the same as the protocol. One that every layer
lets pass is compared with the protocol in every reachable state: either it does the same as the
protocol, or it is a hole, which is shown by a shortest difference.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_args

import attrs

from checkers.explore.cases import unexercised
from checkers.host.jobs import alone, do, processes
from checkers.host.telling import Tell, silent
from checkers.lockstep.driver import Setup
from checkers.lockstep.stories import Rehearsal, taken
from checkers.mutate.comparison import Comparer, Comparison
from checkers.mutate.edits import Kind
from checkers.mutate.layers import (
    Fate,
    Layer,
    Outcome,
    diverges,
    proved,
    standard_layers,
)
from checkers.mutate.mutants import Mutant, mutants
from checkers.prove.limits import Limit
from checkers.results.page import Block, Line
from checkers.results.result import Result, Verdict
from spec.notation import Scope
from spec.notation.arguments import checked
from spec.notation.machine import Machine

S = TypeVar("S")

NOTATION = "notation"
"""The layer that refuses a text before any other can look at it."""

_MARKS: Mapping[Fate, str] = {
    "killed": "x",
    "survived": ".",
    "not applicable": "-",
    "unknown": "?",
    "not run": " ",
}
_WIDTH = max(map(len, get_args(Kind))) + 2


@attrs.frozen
class Row:
    """A mutant, what each layer says of it, and what it comes to where none kills it."""

    mutant: Mutant[Any]  # of any state
    outcomes: Mapping[str, Outcome]
    comparison: Comparison | None

    @property
    def killed(self) -> bool:
        """Whether some layer kills it."""
        return self.comparison is None

    @property
    def is_hole(self) -> bool:
        """Whether no layer kills it though it does something else than the protocol."""
        return self.comparison is not None and self.comparison.is_hole

    @property
    def verdict(self) -> Verdict:
        """That the mutant is noticed, or does the same as the protocol; or is a hole."""
        if self.killed:
            by = ", ".join(n for n, o in self.outcomes.items() if o.verdict == "killed")
            return Verdict("refuted", f"killed by {by}")
        if self.is_hole:
            return Verdict("undecided", "survives, and is a hole", "against")
        return Verdict("undecided", "survives, which is explained")

    @property
    def said(self) -> str:
        """The mutant in one line."""
        return self.mutant.said

    def json(self) -> dict[str, object]:
        """The row, machine readable."""
        survivor = self.comparison
        return {
            "action": self.mutant.action,
            "kind": self.mutant.kind,
            "line": self.mutant.line,
            "description": self.mutant.description,
            "layers": {name: attrs.asdict(outcome) for name, outcome in self.outcomes.items()},
            "survivor": {"said": survivor.said, **attrs.asdict(survivor)} if survivor else None,
        }


@attrs.frozen
class Mutation(Result, Generic[S]):
    """Which layer kills which mutant of a machine."""

    machine: Machine[S]
    layers: Sequence[str]
    rows: Sequence[Row]
    seconds: float
    unexercised: Sequence[str] = ()
    """What is wrong with the actions that the protocol itself takes here, a line for each."""

    @property
    def survivors(self) -> list[Row]:
        """The mutants that no layer kills."""
        return [row for row in self.rows if not row.killed]

    @property
    def holes(self) -> list[Row]:
        """The survivors that do something else than the protocol."""
        return [row for row in self.rows if row.is_hole]

    @property
    def asked(self) -> str:
        return f"mutate {self.machine.name}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {f"{number}. {row.said}": row.verdict for number, row in enumerate(self.rows, 1)}

    @property
    def failed(self) -> bool:
        """Whether some mutant is a hole, or there was none, or an action is not exercised."""
        return bool(self.holes or self.unexercised or not self.rows)

    @property
    def undecided(self) -> bool:
        """Never: a survivor that was not compared to the end is a hole."""
        return False

    def page(self) -> Iterator[Block]:
        yield from map(Line, self.lines())
        survivors, holes = len(self.survivors), len(self.holes)
        yield Line("")
        yield Line(
            f"{self.machine.name}: {len(self.rows)} mutants, {survivors} survive, of which "
            f"{survivors - holes} are explained and {holes} are holes; {self.seconds:.0f} s",
            "against" if self.failed else "",
        )
        if not self.rows:
            yield Line("there is nothing to change: nothing was checked", "against")

    def lines(self) -> list[str]:
        """For people: the matrix, a row for each mutant; every survivor explained; the sums."""
        lines = ["  ".join([*self.layers, "mutant"])]
        for row in self.rows:
            marks = [_MARKS[row.outcomes[name].verdict].center(len(name)) for name in self.layers]
            lines.append("  ".join([*marks, row.said]))
        for row in self.survivors:
            if row.comparison:
                lines += ["", f"{row.said}: {row.comparison.said}", *row.comparison.lines]
        return [*lines, "", *self.sums(), *([""] * bool(self.unexercised)), *self.unexercised]

    def sums(self) -> list[str]:
        """For people: how many mutants of each kind each layer kills."""
        columns = ["mutants", *self.layers, "survive", "holes"]
        lines = [" " * _WIDTH + "  ".join(columns)]
        for kind in (*get_args(Kind), "all"):
            rows = [row for row in self.rows if kind in (row.mutant.kind, "all")]
            verdicts = [[row.outcomes[name].verdict for row in rows] for name in self.layers]
            counts = [len(rows), *(column.count("killed") for column in verdicts)]
            counts += [sum(not row.killed for row in rows), sum(row.is_hole for row in rows)]
            aligned = [str(n).rjust(len(c)) for n, c in zip(counts, columns, strict=True)]
            lines.append(kind.ljust(_WIDTH) + "  ".join(aligned))
        return lines

    def json(self) -> dict[str, object]:
        """The whole result, machine readable."""
        return {
            "machine": self.machine.name,
            "layers": list(self.layers),
            "mutants": [row.json() for row in self.rows],
            "killed": len(self.rows) - len(self.survivors),
            "survivors": len(self.survivors),
            "holes": len(self.holes),
            "unexercised": list(self.unexercised),
            "seconds": round(self.seconds, 3),
        }


@attrs.frozen
class _Judge(Generic[S]):
    """Gives a mutant to the layers, until one kills it or to all, and compares what survives."""

    layers: Sequence[Layer]
    compare: Comparer[S]
    all_layers: bool

    def __call__(self, mutant: Mutant[S]) -> tuple[Mapping[str, Outcome], Comparison | None]:
        if mutant.machine is None:
            rest = {layer.name: Outcome("not applicable") for layer in self.layers}
            return {NOTATION: Outcome("killed", mutant.refusal), **rest}, None
        outcomes = {NOTATION: Outcome("survived")}
        same = self.compare.reads_the_same(mutant.machine, mutant.action)
        killed = False
        for layer in self.layers:
            asked = not same and (self.all_layers or not killed)
            outcome = layer(mutant.machine, mutant.action) if asked else Outcome("not run")
            killed = killed or outcome.verdict == "killed"
            outcomes[layer.name] = outcome
        return outcomes, None if killed else self.compare(mutant.machine, mutant.action)


def _judged(
    judge: _Judge[S], made: Sequence[Mutant[S]], workers: int | None
) -> Iterator[tuple[Mapping[str, Outcome], Comparison | None]]:
    """What is said of each mutant, in their order."""
    if workers == 1 or alone():
        yield from map(judge, made)
        return
    with processes(lambda number: judge(made[number]), len(made), workers) as pool:
        yield from pool.map(do, range(len(made)))


def _told(made: Sequence[Mutant[S]], progress: Tell) -> Iterator[Mutant[S]]:
    """Each mutant, told as it is asked for."""
    for number, mutant in enumerate(made):
        progress(f"{number}/{len(made)} {mutant.said}")
        yield mutant


@checked
def mutate(
    machine: Machine[S],
    scopes: Sequence[Scope] = (),
    layers: Sequence[Layer] = (),
    *,
    setup: Setup | None = None,
    stories: Sequence[Rehearsal[S]] = (),
    all_layers: bool = False,
    workers: int | None = None,
    progress: Tell = silent,
) -> Mutation[S]:
    """Give every mutant of a machine to every layer, and compare those that survive.

    Args:
        machine: the protocol.
        scopes: the sizes at which it is explored and compared; else its own, unless stories are
            told instead.
        layers: ways of checking, cheap ones first; else the standard ones.
        setup: of an implementation, for the standard layers.
        stories: what can happen in it, for the standard layers where it is not explored.
        all_layers: ask every layer of every mutant; else only until one kills it. One that reads
            the same as the protocol is nothing to ask of.
        workers: processes; else one for each core.
        progress: called before each obligation of the proof, and each mutant, with a line that
            says which.

    Raises:
        MachineError: the machine cannot be mutated, or not explored at these sizes.
        Divergence: the implementation differs from the protocol itself, and so from any mutant.
    """
    started = time.perf_counter()
    if setup:
        progress(f"{machine.name} beside the implementation")
    if setup and (divergence := diverges(machine, setup)):
        raise divergence
    scopes = scopes or ([] if stories else [machine.scope()])
    known = proved(machine, Limit(), progress)
    layers = layers or standard_layers(machine, scopes, known, setup, stories)
    judge = _Judge(layers, Comparer(machine, known, scopes), all_layers)
    made = list(mutants(machine))
    rows = [
        Row(mutant, *found)
        for mutant, found in zip(_told(made, progress), _judged(judge, made, workers), strict=True)
    ]
    progress("which actions are taken")
    names = [NOTATION, *(layer.name for layer in layers)]
    wrong = unexercised(machine, taken(machine, scopes, stories))
    return Mutation(machine, names, rows, time.perf_counter() - started, wrong)
