"""Mutation: which layer of checking sees that a protocol was changed.

Each mutant is given to each layer, unless it reads the same as the protocol. One that every layer
lets pass is compared with the protocol in every reachable state: either it does the same as the
protocol, or it is a hole, which is shown by a shortest difference.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Generic, Literal, Protocol, TypeVar, get_args

import attrs

from checkers.explore.cases import cases, unexercised
from checkers.explore.explorer import Exploration, Explorer, explore
from checkers.host.jobs import do, processes
from checkers.lockstep.run import Divergence, Setup
from checkers.lockstep.stories import Story
from checkers.lockstep.walk import walk
from checkers.market.drivers import REFERENCE
from checkers.market.hardened.stories import BEGINNINGS, STORIES, rehearse
from checkers.mutate.comparison import Comparer, Comparison, sized
from checkers.mutate.mutants import Kind, Mutant, mutants
from checkers.prove.bounded import check_bounded
from checkers.prove.limits import Limit
from checkers.prove.prover import prove
from spec.notation import MachineError, Scope
from spec.notation.machine import Machine

S = TypeVar("S")


# Layers

Verdict = Literal["killed", "survived", "not applicable", "unknown", "not run"]


@attrs.frozen
class Outcome:
    """What a layer says of a mutant, and why."""

    verdict: Verdict
    evidence: str = ""


class Layer(Protocol):
    """A way of checking a protocol, which kills a mutant if it can tell it from the protocol."""

    @property
    def name(self) -> str: ...

    def __call__(self, mutant: Machine[Any], action: str) -> Outcome:  # of any state
        """Check a mutant, of which one action is changed."""


@attrs.frozen
class ByExploration(Generic[S]):
    """Explores a mutant: does it violate, refute and reach what the protocol does?"""

    known: Sequence[Exploration[S]]
    """Explorations of the protocol, each at other sizes."""
    name: str = "exploration"

    @classmethod
    def at(cls, machine: Machine[S], scopes: Sequence[Scope]) -> "ByExploration[S]":
        """The layer for a protocol at some sizes."""
        return cls([explore(machine, scope) for scope in scopes])

    def __call__(self, mutant: Machine[S], action: str) -> Outcome:
        for known in self.known:
            try:
                seen = _told_apart(known, explore(mutant, known.scope))
            except MachineError as error:
                return Outcome("unknown", str(error))
            if seen:
                return Outcome("killed", f"{seen}, at {sized(mutant, known.scope)}")
        return Outcome("survived")


def _told_apart(known: Exploration[S], found: Exploration[S]) -> str:
    """What the exploration of a mutant shows and that of the protocol does not, or the reverse."""
    refuted = {text.__name__ for text in known.machine.refuted}
    violated = {violation.property for violation in known.violations}
    for violation in found.violations:
        if violation.property not in violated | refuted:
            return f"{violation.property} fails, in {violation.trace.extent}"
    for name in sorted(violated & refuted - {violation.property for violation in found.violations}):
        return f"{name} is not refuted"
    for witness in known.witnesses:
        if witness.property in found.unreached:
            return f"{witness.property} is not reached"
    return ""


@attrs.frozen
class ByInduction(Generic[S]):
    """Proves of a mutant what is proved of the protocol.

    What is proved together is inductive; so only the action that is changed has to keep it.
    """

    proved: Sequence[Callable[[S], bool]]
    limit: Limit
    """The most that one obligation may take."""
    name: str = "induction"

    def __call__(self, mutant: Machine[S], action: str) -> Outcome:
        if not self.proved:
            return Outcome("not applicable", "nothing is proved of the protocol")
        step = attrs.evolve(mutant.bare, actions=[mutant.action(action)], always=self.proved)
        proof = prove(step, self.limit, witnessed=False)
        status = {name: proof.status(name) for name in proof.obligations}
        broken = [name for name in status if status[name] == "broken"]
        if broken:
            return Outcome("killed", f"{broken[0]} is not kept")
        open_ = [name for name in status if status[name] == "undecided"]
        return Outcome("unknown", f"{open_[0]} is undecided") if open_ else Outcome("survived")


def proved(
    machine: Machine[S], limit: Limit, progress: Callable[[str], None] | None = None
) -> list[Callable[[S], bool]]:
    """What induction proves of a machine."""
    proof = prove(attrs.evolve(machine, refuted=(), ending=None), limit, progress, witnessed=False)
    texts = dict.fromkeys((*machine.always, *machine.lemmas))
    return [text for text in texts if proof.status(text.__name__) == "proved"]


@attrs.frozen
class ByBounds(Generic[S]):
    """Looks for runs of a mutant, of a few steps, that refute what the protocol keeps."""

    scope: Scope
    depth: int
    limit: Limit
    """The most that one question may take."""
    name: str = "bounded"

    def __call__(self, mutant: Machine[S], action: str) -> Outcome:
        claims = attrs.evolve(mutant, refuted=())
        if not claims.always:
            return Outcome("not applicable", "nothing is claimed of the protocol")
        found = check_bounded(claims, self.scope, self.depth, self.limit)
        for name, trace in found.violations.items():
            return Outcome("killed", f"{name} fails, in {trace.extent}")
        return Outcome("survived" if found.complete else "unknown", f"to depth {found.depth}")


@attrs.frozen
class ByLockstep:
    """Runs a mutant in lockstep with an implementation of the protocol."""

    setup: Setup | None
    differ: Callable[[Machine[Any], Setup], Divergence | None]  # machines of any state
    """Looks for a divergence."""
    name: str = "lockstep"

    def __call__(self, mutant: Machine[Any], action: str) -> Outcome:
        if self.setup is None or action in self.setup.left_out:
            return Outcome("not applicable", "no implementation takes this action")
        found = self.differ(mutant, self.setup)
        return Outcome("killed", found.how) if found else Outcome("survived")


@attrs.frozen
class ByStories:
    """Tells the stories of a protocol in lockstep with the reference implementation."""

    rehearse: Callable[[Machine[Any], str], Divergence | None]  # of machines of any state
    """Looks for a divergence, those stories first in which an action is taken."""
    name: str = "stories"

    def __call__(self, mutant: Machine[Any], action: str) -> Outcome:
        found = self.rehearse(mutant, action)
        return Outcome("killed", found.how) if found else Outcome("survived")


_RUNS, _STEPS = 60, 40  # in lockstep, and of each run at most

REHEARSALS: Mapping[str, Callable[[Machine[Any], str], Divergence | None]] = {"hardened": rehearse}
"""How the stories are told of a machine that is too large to be explored."""
TOLD: Mapping[str, Mapping[str, Story]] = {"hardened": {**STORIES, **BEGINNINGS}}
"""And what these stories are."""


def standard_layers(
    machine: Machine[S],
    scopes: Sequence[Scope],
    known: Sequence[Callable[[S], bool]],
    setup: Setup | None = None,
    limit: Limit | None = None,
    depth: int = 5,
    runs: int = _RUNS,
    steps: int = _STEPS,
) -> list[Layer]:
    """The layers that there are for a machine, cheap ones first.

    Args:
        machine: the protocol.
        scopes: the sizes at which it is explored; without any, its stories are told.
        known: what is proved of it.
        setup: of an implementation; else the reference implementation, if it has a driver.
        limit: the most that one question to a solver may take.
        depth: of bounded checking, at the smallest of the sizes.
        runs: in lockstep.
        steps: of each run, at most.
    """
    limit = limit or Limit()
    induction = ByInduction(known, limit)
    differ = partial(_diverges, runs=runs, steps=steps)
    if not scopes:
        given = [ByLockstep(setup, differ)] if setup else []
        return [ByStories(REHEARSALS[machine.name]), induction, *given]
    return [
        ByExploration.at(machine, scopes),
        induction,
        ByBounds(_smallest(machine, scopes), depth, limit),
        ByLockstep(setup or REFERENCE.get(machine.name), differ),
    ]


def taken(machine: Machine[Any], scopes: Sequence[Scope]) -> set[str]:
    """The actions that are taken at some sizes; without any, in the stories of the machine."""
    if not scopes:
        return {step[0] for story in TOLD[machine.name].values() for step in story}
    found = set[str]()
    for scope in scopes:
        explorer = Explorer(machine, scope, limit_states=_LOOKED_AT)
        found |= set(cases(explorer, explorer.run()).possible)
    return found


def scopes_of(machine: Machine[Any]) -> list[Scope]:
    """The sizes at which a machine is explored here: those of SIZES, or its own."""
    return [machine.scope(**sizes) for sizes in SIZES.get(machine.name, ({},))]


def _diverges(machine: Machine[S], setup: Setup, runs: int, steps: int) -> Divergence | None:
    return walk(machine, setup, runs=runs, steps=steps, targeted=0, max_states=0).divergence


def _smallest(machine: Machine[S], scopes: Sequence[Scope]) -> Scope:
    """The size at which there are the fewest steps to take."""

    def steps(scope: Scope) -> int:
        return sum(len(act.instances(scope)) for act in machine.actions)

    return min(scopes, key=steps)


# The matrix

NOTATION = "notation"
"""The layer that refuses a text before any other can look at it."""

_MARKS: Mapping[Verdict, str] = {
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
    def said(self) -> str:
        """The mutant in one line."""
        return f"{self.mutant.action}, {self.mutant.description}"

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
class Mutation(Generic[S]):
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


_LOOKED_AT = 1 << 18  # states in which an action is looked for
SIZES: Mapping[str, Sequence[Mapping[str, int]]] = {
    "hardened": (),  # none at which everything can happen is quick
    "hardened_at_work": ({}, {"Version": 2}),  # the first is in force from the start
    # At each of these it is quick; among them, two of everything meet.
    "basic": (
        {"Step": 1},
        {"Step": 2, "Record": 3, "Component": 1, "Digest": 1},
        {"Step": 1, "Request": 3, "Consumer": 2, "Data": 1},
        {"Step": 1, "Model": 2, "Api": 2, "Provider": 2, "Component": 1, "Data": 1},
    ),
    "orchestrated": (
        {"Step": 1, "Record": 2},
        {"Step": 1, "Record": 3, "Component": 1, "Digest": 1},
        {"Step": 1, "Record": 2, "Model": 2, "Component": 1, "Digest": 1},
        {"Step": 1, "Record": 2, "Request": 3, "Data": 1, "Hash": 1},
        {"Step": 2, "Record": 3, "Component": 1, "Digest": 1},
    ),
}
"""Sizes at which a machine of the project is explored here, where its own are too large."""


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
    if workers == 1:
        yield from map(judge, made)
        return
    with processes(lambda number: judge(made[number]), workers) as pool:
        yield from pool.map(do, range(len(made)))


def mutate(
    machine: Machine[S],
    scopes: Sequence[Scope] = (),
    layers: Sequence[Layer] = (),
    *,
    setup: Setup | None = None,
    all_layers: bool = False,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Mutation[S]:
    """Give every mutant of a machine to every layer, and compare those that survive.

    Args:
        machine: the protocol.
        scopes: the sizes at which it is explored and compared; else those of SIZES, or its own.
        layers: ways of checking, cheap ones first; else the standard ones.
        setup: of an implementation, for the standard layers.
        all_layers: ask every layer of every mutant; else only until one kills it. One that reads
            the same as the protocol is nothing to ask of.
        workers: processes; else one for each core.
        progress: called before each obligation of the proof, and after each mutant, with a line
            that says which.

    Raises:
        MachineError: the machine cannot be mutated, or not explored at these sizes.
        Divergence: the implementation differs from the protocol itself, and so from any mutant.
    """
    started = time.perf_counter()
    if setup and (divergence := _diverges(machine, setup, _RUNS, _STEPS)):
        raise divergence
    scopes = scopes or scopes_of(machine)
    known = proved(machine, Limit(), progress)
    layers = layers or standard_layers(machine, scopes, known, setup)
    judge = _Judge(layers, Comparer(machine, known, scopes), all_layers)
    made = list(mutants(machine))
    rows: list[Row] = []
    for mutant, found in zip(made, _judged(judge, made, workers), strict=True):
        rows.append(Row(mutant, *found))
        if progress:
            progress(f"{len(rows)}/{len(made)} {rows[-1].said}")
    names = [NOTATION, *(layer.name for layer in layers)]
    wrong = unexercised(machine, taken(machine, scopes))
    return Mutation(machine, names, rows, time.perf_counter() - started, wrong)
