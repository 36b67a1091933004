"""Ablation: which promise each hardening bears, seen by leaving the hardening out."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import attrs

from checkers.explore.explorer import prepare
from checkers.explore.lasso import terminate
from checkers.host.jobs import run_jobs
from checkers.host.telling import Tell, silent
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from checkers.verdict.exhibit import Exhibit
from spec.hardened.ablation import ABLATIONS, Ablation
from spec.hardened.state import Market
from spec.notation import MachineError, Scope
from spec.notation.arguments import checked
from spec.notation.errors import meant
from spec.notation.machine import Machine


@attrs.frozen
class Ablated:
    """What came of leaving a hardening out.

    Attributes:
        missing, attack, lost: what is left out, what comes back, and which promise it breaks.
        exhibit: the shortest run that breaks it; None if there is none.
        shows: whether that run is made of what the attack is made of.
    """

    missing: str
    attack: str
    lost: str
    exhibit: Exhibit | None
    shows: bool

    @property
    def as_expected(self) -> bool:
        """Whether the promise is broken, by the attack that is expected."""
        return self.exhibit is not None and self.shows

    @property
    def evidence(self) -> str:
        """What was found, in a line."""
        if self.exhibit is None:
            return f"{self.lost} is not refuted"
        how = "" if self.shows else ", but not by the attack expected"
        return f"{self.lost} refuted in {self.exhibit.extent}{how}"

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


@checked
def ablate(hardenings: Sequence[str] = (), progress: Tell = silent) -> Ablations:
    """Leave hardenings out one at a time, and see which promise each of them bears.

    Args:
        hardenings: which, as `salt`; all of them unless given.
        progress: called after each with a line that says how far it is.

    Raises:
        MachineError: there is no hardening of a name.
    """
    known = {ablation.missing.name.lower(): ablation for ablation in ABLATIONS}
    for name in hardenings:
        if name not in known:
            raise MachineError(f"there is no hardening {name}; {meant(name, known)}")
    jobs = {f"without {name}": partial(leave_out, known[name]) for name in hardenings or known}
    done = run_jobs(jobs, progress)
    return Ablations(list(done.values()), told=bool(hardenings))


def leave_out(ablation: Ablation) -> Ablated:
    """Look for the attack that a hardening is there for, at work without it."""
    machine = ablation.machine
    scope = Scope({**machine.sizes, **ablation.sizes})
    found = _broken(machine, scope, ablation.promise) if ablation.lost else _endless(machine, scope)
    shows = found is not None and set(ablation.shows) <= set(found.actions)
    missing = ablation.missing.name.lower()
    return Ablated(missing, ablation.attack, ablation.promise, found, shows)


def _broken(machine: Machine[Market], scope: Scope, lost: str) -> Exhibit | None:
    trace = prepare(machine, scope, until={lost}).run().refuted.get(lost)
    return Exhibit.of(trace) if trace else None


def _endless(machine: Machine[Market], scope: Scope) -> Exhibit | None:
    lasso = terminate(machine, scope).lasso
    return Exhibit.of_lasso(lasso) if lasso else None
