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
import operator
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

import attrs
import numpy as np

from checkers.explore.ending import ENDS
from checkers.host.telling import Tell, silent
from checkers.prove.clauses import Clause, Literal, Variable, clause_of, literals_of, more_and_more
from checkers.prove.limits import Limit
from checkers.prove.proof import Proof
from checkers.prove.prover import Prover
from checkers.prove.spaces import Space, small_spaces
from checkers.prove.strengthening import Strengthening
from checkers.prove.witness import witnesses
from spec.notation import MachineError
from spec.notation.arguments import checked
from spec.notation.batch import Mask
from spec.notation.machine import Machine

S = TypeVar("S")

_TRIED = 20_000  # candidates
_LITERALS = 3  # in a clause, at most


@checked
def strengthen(
    machine: Machine[S],
    limit: Limit | None = None,
    progress: Tell = silent,
    seconds: float | None = None,
) -> Strengthening[S]:
    """Find lemmas that prove what must always hold.

    The machine's own lemmas are not looked at, nor what it claims besides, such as its ending.

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
    found = _Search(bare, limit, progress, seconds).run()
    others = [text.__name__ for text in (*machine.refuted, *machine.sometimes)]
    return attrs.evolve(found, unlooked=[*([ENDS] if machine.ending else []), *others])


class _Search(Generic[S]):
    """The search for one machine: all states of some small sizes, side by side."""

    def __init__(
        self,
        machine: Machine[S],
        limit: Limit | None,
        progress: Tell,
        seconds: float | None,
    ) -> None:
        self.machine = machine
        self.seconds = seconds
        self.limit = limit
        self.progress = progress
        spaces = map(Space, small_spaces(machine))
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


def _parts(chosen: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every smaller clause that says more."""
    for length in range(1, len(chosen)):
        yield from itertools.combinations(chosen, length)


def _bits(column: Mask) -> int:
    return int.from_bytes(np.packbits(column).tobytes())
