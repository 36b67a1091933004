"""Strengthening found: lemmas that make a safety property inductive, from the machine's own words.

A candidate is a clause of up to three literals, for all values of a few variables. At some small
sizes every state of the right sorts is made, and every step between two. Candidates that some
reachable state falsifies are dropped; then those that a step falsifies which leads from a state
where all of them hold, again and again, until the rest is inductive there. Of these, the few that
exclude every counterexample to the property's induction are taken, and proved for any size; one
that cannot be is dropped, and the search goes on. With more variables there are more candidates.
"""

import functools
import itertools
import math
import operator
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.explore.explorer import prepare
from checkers.explore.keys import Keys, contains, to_keys
from checkers.prove.clauses import Clause, Literal, Variable, clause_of, literals_of, more_and_more
from checkers.prove.limits import Limit
from checkers.prove.proof import Proof
from checkers.prove.prover import Prover
from checkers.prove.typespace import TypeSpace, largest
from checkers.prove.witness import witnesses
from checkers.results.page import Block, Line, Mark
from checkers.results.result import Result, Verdict
from spec.notation import MachineError
from spec.notation.batch import Mask, Step
from spec.notation.machine import Machine
from spec.notation.sorts import Value
from spec.notation.term import listed

S = TypeVar("S")

_TRIED = 20_000  # candidates
_LITERALS = 3  # in a clause, at most
_STATES = 1 << 16  # of the type space at one size, at most
_SIZES = 4  # sizes looked at together
_LARGEST = 3  # elements of a sort
_FEW = 6  # sorts, of which all sizes are tried

Indices = npt.NDArray[np.int64]


@attrs.frozen
class Strengthening(Result, Generic[S]):
    """What was found.

    Attributes:
        machine: the machine with the lemmas that were found in place of its own.
        lemmas: each as text; none where the search failed.
        candidates: how many clauses were tried.
        inductive: how many of them are inductive together at the small sizes.
        proof: the proof with the lemmas, or the best there was.
    """

    machine: Machine[S]
    lemmas: Sequence[str]
    candidates: int
    inductive: int
    proof: Proof[S]
    seconds: float

    @property
    def asked(self) -> str:
        return f"strengthen {self.machine.name}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return self.proof.verdicts

    @property
    def failed(self) -> bool:
        """Whether something claimed is refuted, or of nothing; that no lemma was found is not."""
        return any(found.mark == "against" for found in self.verdicts.values())

    @property
    def undecided(self) -> bool:
        return self.proof.undecided

    def page(self) -> Iterator[Block]:
        name, tried = self.machine.name, f"{self.candidates:,} candidates, {self.seconds:.2f} s"
        if self.undecided:
            mark: Mark = "against" if self.failed else "undecided"
            yield Line(f"no strengthening found for {name}: {tried}", mark)
            yield self.table()
            yield from (Line(f"vacuous: {why}", mark) for why in self.proof.vacuous)
            return
        yield Line(f"{name} is proved for any number of elements with these lemmas: {tried}")
        yield from (Line(f"  {lemma}") for lemma in self.lemmas)

    def json(self) -> dict[str, object]:
        return {
            "machine": self.machine.name,
            "proved": self.proof.complete,
            "lemmas": list(self.lemmas),
            "candidates": self.candidates,
            "inductive": self.inductive,
            "seconds": round(self.seconds, 3),
        }


def strengthen(
    machine: Machine[S],
    limit: Limit | None = None,
    progress: Callable[[str], None] | None = None,
    seconds: float | None = None,
) -> Strengthening[S]:
    """Find lemmas that prove what must always hold. The machine's own lemmas are not looked at.

    Args:
        machine: the machine.
        limit: the most that one obligation may take.
        progress: told what is under way.
        seconds: no candidates with more variables are tried after so many; unless given, after
            20,000 candidates.

    Raises:
        MachineError: no size of the machine is small enough, or it claims nothing.
    """
    if not machine.always:
        raise MachineError(
            f"{machine.name} claims nothing that must always hold; name it in always"
        )
    bare = attrs.evolve(machine, lemmas=(), refuted=(), ending=None)
    return _Search(bare, limit, progress or (lambda line: None), seconds).run()


class _Search(Generic[S]):
    """The search for one machine: all states of some small sizes, side by side."""

    def __init__(
        self,
        machine: Machine[S],
        limit: Limit | None,
        progress: Callable[[str], None],
        seconds: float | None,
    ) -> None:
        self.machine = machine
        self.seconds = seconds
        self.limit = limit
        self.progress = progress
        spaces = (_Space(space) for space in _spaces(machine))
        self.spaces = [space for space in spaces if space.starts]
        if not self.spaces:
            raise MachineError(f"{machine.name} cannot start at any size that is small enough")
        self.reachable = np.concatenate([space.reachable for space in self.spaces])
        starts = itertools.accumulate((space.count for space in self.spaces), initial=0)
        edges = [
            (s.sources + at, s.targets + at) for s, at in zip(self.spaces, starts, strict=False)
        ]
        self.sources, self.targets = (np.concatenate([e[i] for e in edges]) for i in (0, 1))
        self.safety = [self._column(text) for text in machine.always]

    def run(self) -> Strengthening[S]:
        started = time.perf_counter()
        tried = found = 0
        proof = self._prove(self.machine)
        for variables in more_and_more(self.machine):
            if proof.complete or self._is_enough(tried, time.perf_counter() - started):
                break
            clauses, truths = self._true_clauses(variables)
            tried += len(clauses)
            kept = self._inductive(truths)
            found = len(kept)
            self.progress(
                f"{tried:,} candidates are true of what is reachable, {found:,} inductive"
            )
            better = self._proved(clauses, truths, kept)
            proof = proof if better is None else better
        possible = witnesses(proof.machine, proof.proved, self.limit, self.progress)
        proof = attrs.evolve(proof, possible=possible)
        lemmas = [text.__doc__ or text.__name__ for text in proof.machine.lemmas]
        seconds = time.perf_counter() - started
        return Strengthening(proof.machine, lemmas, tried, found, proof, seconds)

    def _is_enough(self, tried: int, seconds: float) -> bool:
        """Whether to give up: by count, so that it does not matter how busy the computer is."""
        return tried > _TRIED if self.seconds is None else seconds > self.seconds

    def _column(self, text: Callable[[S], bool]) -> Mask:
        """In which states a property holds."""
        return np.concatenate([space.batch.predicate(text)(space.states) for space in self.spaces])

    def _true_clauses(self, variables: Sequence[Variable]) -> tuple[list[Clause[S]], list[Mask]]:
        """The clauses that hold in every reachable state, none of which says less than another."""
        literals = literals_of(self.machine, variables)
        columns = [self._columns(literal, variables) for literal in literals]
        if not literals:
            return [], []
        # A long number is a set of bits here: whether a clause holds in all is one comparison.
        reached = [_bits(column[:, self.reachable]) for column in columns]
        full = _bits(np.ones_like(columns[0][:, self.reachable]))
        clauses: list[Clause[S]] = []
        truths: list[Mask] = []
        known: set[frozenset[int]] = set()
        for length in range(1, _LITERALS + 1):
            for chosen in itertools.combinations(range(len(literals)), length):
                if functools.reduce(operator.or_, (reached[i] for i in chosen)) != full:
                    continue
                if not any(frozenset(c) in known for c in _parts(chosen)):
                    known.add(frozenset(chosen))
                    clauses.append(clause_of([literals[i] for i in chosen], variables))
                    truths.append(np.logical_or.reduce([columns[i] for i in chosen]).all(axis=0))
        return clauses, truths

    def _columns(self, literal: Literal[S], variables: Sequence[Variable]) -> Mask:
        """Per choice of the variables and per state, whether a literal holds.

        A space with fewer choices than another repeats its last.
        """
        parts = [space.columns(literal, variables) for space in self.spaces]
        most = max(map(len, parts))
        filled = [np.concatenate([p, np.repeat(p[-1:], most - len(p), axis=0)]) for p in parts]
        return np.concatenate(filled, axis=1)

    # Induction over every state of the small sizes

    def _inductive(self, truths: Sequence[Mask]) -> list[int]:
        """The candidates, by place, that are inductive together."""
        kept = list(range(len(truths)))
        while True:
            holds = np.logical_and.reduce([*self.safety, *(truths[i] for i in kept)])
            after = self.targets[holds[self.sources]]
            left = [i for i in kept if truths[i][after].all()]
            if len(left) == len(kept):
                return kept
            kept = left

    def _proved(
        self, clauses: Sequence[Clause[S]], truths: Sequence[Mask], kept: Sequence[int]
    ) -> Proof[S] | None:
        """A proof of safety from a few of the candidates; those that fail for any size are lost."""
        left = list(kept)
        while (chosen := self._enough(truths, left)) is not None:
            texts = [clauses[i].predicate(f"lemma_{n}") for n, i in enumerate(chosen, start=1)]
            proof = self._prove(attrs.evolve(self.machine, lemmas=texts))
            if proof.complete:
                return proof
            lost = {name for name in proof.obligations if proof.status(name) != "proved"}
            failed = {i for i, text in zip(chosen, texts, strict=True) if text.__name__ in lost}
            if not failed:
                return None
            left = self._inductive_among(truths, [i for i in left if i not in failed])
        return None

    def _prove(self, machine: Machine[S]) -> Proof[S]:
        return Prover(machine, self.limit).run()

    def _inductive_among(self, truths: Sequence[Mask], places: Sequence[int]) -> list[int]:
        return [places[i] for i in self._inductive([truths[i] for i in places])]

    def _enough(self, truths: Sequence[Mask], left: Sequence[int]) -> list[int] | None:
        """A few candidates with which safety is inductive; None where all of them do not do.

        Each in turn is the one that excludes most of the steps that lose what is wanted so far.
        """
        chosen: list[int] = []
        holds = np.logical_and.reduce(self.safety)
        while True:
            wanted = np.logical_and.reduce([*self.safety, *(truths[i] for i in chosen)])
            losing = self.sources[holds[self.sources] & ~wanted[self.targets]]
            if not len(losing):
                return chosen
            others = [i for i in left if i not in chosen]
            excluded = [int((~truths[i][losing]).sum()) for i in others]
            if not excluded or not max(excluded):
                return None
            chosen.append(others[int(np.argmax(excluded))])
            holds &= truths[chosen[-1]]


class _Space(Generic[S]):
    """Every state of one size that the assumptions allow, and every step between two."""

    def __init__(self, space: TypeSpace[S]) -> None:
        self.batch = space.batch
        self.scope = space.scope
        states = space.states(())
        order = np.argsort(to_keys(states), kind="stable")
        self.states = states[:, order]
        self.keys = to_keys(self.states)
        self.count = len(self.keys)
        self.reachable = contains(np.sort(self._visited(space)), self.keys)
        none = np.empty(0, np.intp)
        edges = [(none, none), *map(self._edges, self.batch.steps)]
        self.sources, self.targets = (np.concatenate([e[i] for e in edges]) for i in (0, 1))

    @property
    def starts(self) -> bool:
        """Whether runs of this size are known."""
        return bool(self.reachable.any())

    def _visited(self, space: TypeSpace[S]) -> Keys:
        """The states that runs come to; none where the machine does not start at this size."""
        explorer = prepare(space.machine.bare, space.scope)
        try:
            explorer.run()
        except MachineError:  # there is no initial state, or there are too many
            return self.keys[:0]
        return np.concatenate(explorer.levels)

    def _edges(self, step: Step[S]) -> tuple[Indices, Indices]:
        sources = np.flatnonzero(step.allowed(self.states))
        targets = np.searchsorted(self.keys, to_keys(step.effect(self.states[:, sources])))
        return sources, targets

    def columns(self, literal: Literal[S], variables: Sequence[Variable]) -> Mask:
        """Per choice of the variables and per state, whether a literal holds."""
        rows: dict[tuple[Value, ...], Mask] = {}
        found = []
        for choice in self.scope.choices(variable.sort for variable in variables):
            env = {v.name: c for v, c in zip(variables, choice, strict=True)}
            used = tuple(value for name, value in env.items() if name in literal.variables)
            if used not in rows:
                rows[used] = self._holds(literal, variables, choice)
            found.append(rows[used])
        return np.array(found)

    def _holds(
        self, literal: Literal[S], variables: Sequence[Variable], choice: Sequence[Value]
    ) -> Mask:
        names = [variable.name for variable in variables]
        sorts = [variable.sort for variable in variables]

        def holds(s: S) -> bool:
            return literal.holds(s, dict(zip(names, listed(choice, sorts), strict=True)))

        return self.batch.predicate(holds)(self.states)


def _spaces(machine: Machine[S]) -> list[TypeSpace[S]]:
    """The largest type spaces that are small enough, the most even in size first."""
    names = [sort.__name__ for sort in machine.sorts]
    if len(names) > _FEW:
        return [largest(machine, (), _STATES)]
    every = itertools.product(range(1, _LARGEST + 1), repeat=len(names))
    fitting = [sizes for sizes in every if _count(machine, names, sizes) <= _STATES]
    if not fitting:
        raise MachineError(f"{machine.name} has more than {_STATES:,} states at its smallest size")
    most = [a for a in fitting if not any(a != b and _covers(b, a) for b in fitting)]
    most.sort(key=lambda sizes: (-min(sizes, default=0), -_count(machine, names, sizes)))
    scopes = [machine.scope(**dict(zip(names, sizes, strict=True))) for sizes in most[:_SIZES]]
    return [TypeSpace(machine, scope) for scope in scopes]


def _count(machine: Machine[S], names: Sequence[str], sizes: Sequence[int]) -> int:
    """How many states of the right sorts there are."""
    scope = machine.scope(**dict(zip(names, sizes, strict=True)))
    fields = machine.fields.values()
    return math.prod(scope.size(f.sort) ** math.prod(map(scope.size, f.keys)) for f in fields)


def _covers(larger: Sequence[int], smaller: Sequence[int]) -> bool:
    return all(a >= b for a, b in zip(larger, smaller, strict=True))


def _parts(chosen: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every smaller clause that says more."""
    for length in range(1, len(chosen)):
        yield from itertools.combinations(chosen, length)


def _bits(column: Mask) -> int:
    return int.from_bytes(np.packbits(column).tobytes())
