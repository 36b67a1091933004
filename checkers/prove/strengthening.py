"""What a search for lemmas found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.prove.proof import Proof, unlooked
from checkers.results.page import Block, Line, Mark
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from spec.notation.machine import Machine

S = TypeVar("S")


@attrs.frozen
class Strengthening(Result, Generic[S]):
    """What was found.

    Attributes:
        machine: the machine with the lemmas that were found in place of its own.
        lemmas: each as text; none where the search failed.
        candidates: how many clauses were tried.
        inductive: how many of them are inductive together at the small sizes.
        proof: the proof with the lemmas, or the best there was.
        unlooked: what the machine claims besides, and was not looked at.
    """

    machine: Machine[S]
    lemmas: Sequence[str]
    candidates: int
    inductive: int
    proof: Proof[S]
    seconds: float
    unlooked: Sequence[str] = ()

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
        name = self.machine.name
        tried = f"{counted(self.candidates, 'candidate')}, {self.seconds:.2f} s"
        if self.undecided:
            mark: Mark = "against" if self.failed else "undecided"
            yield Line(f"no strengthening found for {name}: {tried}", mark)
            yield self.table()
            yield from (Line(f"vacuous: {why}", mark) for why in self.proof.vacuous)
            return
        lemmas = "these lemmas" if self.lemmas else "no lemmas"
        said = f"what must always hold of {name} is proved for any number of elements"
        yield Line(f"{said} with {lemmas}: {tried}")
        yield from (Line(f"  {lemma}") for lemma in self.lemmas)
        yield from unlooked(self.unlooked, "prove looks at an ending, and explore at the rest")

    def json(self) -> dict[str, object]:
        return {
            "machine": self.machine.name,
            "proved": self.proof.complete,
            "lemmas": list(self.lemmas),
            "candidates": self.candidates,
            "inductive": self.inductive,
            "not_looked_at": list(self.unlooked),
            "seconds": round(self.seconds, 3),
        }
