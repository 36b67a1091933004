"""Ablation: which promise each hardening bears, seen by leaving the hardening out."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import attrs

from checkers.host.jobs import run_jobs
from checkers.host.telling import Tell, silent
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from checkers.verdict.decide import BUDGETS
from checkers.verdict.exhibit import Exhibit
from checkers.verdict.jobs import Found, LeaveOut
from spec.hardened.ablation import ablations
from spec.notation.arguments import checked


@attrs.frozen
class Ablated:
    """What came of leaving a hardening out.

    Attributes:
        missing, attack, lost: what is left out, what comes back, and which promise it breaks.
        evidence: what was found, in a line.
        as_expected: whether the promise is broken, by the attack that is expected.
        exhibit: the shortest run that breaks it; None if there is none.
    """

    missing: str
    attack: str
    lost: str
    evidence: str
    as_expected: bool
    exhibit: Exhibit | None

    @property
    def line(self) -> Line:
        """What was found, marked where it must not be so."""
        return Line(self.evidence) if self.as_expected else Line(f"{self.evidence} (!)", "against")

    def json(self) -> dict[str, object]:
        """What was found, as plain data; the trace in ITF."""
        return {
            "missing": self.missing,
            "attack": self.attack,
            "lost": self.lost,
            "as_expected": self.as_expected,
            "trace": self.exhibit.itf if self.exhibit else None,
        }


@attrs.frozen
class Ablations(Result):
    """What came of leaving hardenings out, one at a time.

    Attributes:
        ablated: each of them.
        told: whether the attacks are shown step by step.
    """

    ablated: Sequence[Ablated]
    told: bool = False

    @property
    def asked(self) -> str:
        return f"ablate {', '.join(found.missing for found in self.ablated)}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {
            f"without {found.missing}: {found.attack}": Verdict(
                "refuted" if found.exhibit else "undecided", found.line.words, found.line.mark
            )
            for found in self.ablated
        }

    @property
    def failed(self) -> bool:
        return not all(found.as_expected for found in self.ablated)

    @property
    def undecided(self) -> bool:
        """Never: a promise that is not found to fall is one that does not bear the hardening."""
        return False

    def page(self) -> Iterator[Block]:
        for found in self.ablated if self.told else ():
            diagram = found.exhibit.diagram if found.exhibit else ()
            yield Listing(f"without {found.missing}: {found.attack}", tuple(diagram))
        rows = ((found.missing, found.attack, found.line) for found in self.ablated)
        yield Table.of(("without", "what comes back", "evidence"), rows)

    def json(self) -> dict[str, object]:
        return {"hardenings": [found.json() for found in self.ablated]}


def ablated(job: LeaveOut, found: Found) -> Ablated:
    """What a job found, told of its ablation."""
    told, lost = job.ablation, job.ablation.promise
    exhibit = found.exhibits.get(lost)
    return Ablated(job.missing, told.attack, lost, found.evidence, found.passed, exhibit)


@checked
def ablate(hardenings: Sequence[str] = (), progress: Tell = silent) -> Ablations:
    """Leave hardenings out one at a time, and see which promise each of them bears.

    Args:
        hardenings: which, as `salt`; all of them unless given.
        progress: called after each with a line that says how far it is.

    Raises:
        MachineError: there is no hardening of a name.
    """
    jobs = [*map(LeaveOut, ablations(hardenings))]
    found = run_jobs({job: partial(job, BUDGETS["quick"]) for job in jobs}, progress)
    return Ablations([ablated(job, found[job]) for job in jobs], told=bool(hardenings))
