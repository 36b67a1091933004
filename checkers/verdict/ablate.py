"""Ablation: which promise each hardening bears, seen by leaving the hardening out."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from checkers.explore.explorer import prepare
from checkers.explore.lasso import terminate
from checkers.verdict.exhibit import Exhibit
from spec.hardened.ablation import Ablation
from spec.hardened.state import Market
from spec.notation import Scope
from spec.notation.machine import Machine


@attrs.frozen
class Ablated:
    """What came of leaving a hardening out.

    Attributes:
        missing, attack, lost: what is left out, what comes back, and which promise it breaks.
        trace: the shortest run that breaks it; None if there is none.
        shows: whether that run is made of what the attack is made of.
    """

    missing: str
    attack: str
    lost: str
    trace: Exhibit | None
    shows: bool

    @property
    def as_expected(self) -> bool:
        """Whether the promise is broken, by the attack that is expected."""
        return self.trace is not None and self.shows

    @property
    def evidence(self) -> str:
        """What was found, in a line."""
        if self.trace is None:
            return f"{self.lost} is not refuted"
        how = "" if self.shows else ", but not by the attack expected"
        return f"{self.lost} refuted in {self.trace.extent}{how}"


ENDS = "requests_end"


def ablate(ablation: Ablation) -> Ablated:
    """Look for the attack that a hardening is there for, at work without it."""
    machine = ablation.machine
    scope = Scope({**machine.sizes, **ablation.sizes})
    trace = _broken(machine, scope, ablation.lost) if ablation.lost else _endless(machine, scope)
    lost = ablation.lost.__name__ if ablation.lost else ENDS
    shows = trace is not None and set(ablation.shows) <= set(trace.actions)
    return Ablated(ablation.missing.name.lower(), ablation.attack, lost, trace, shows)


def _broken(
    machine: Machine[Market], scope: Scope, lost: Callable[[Market], bool]
) -> Exhibit | None:
    found = prepare(machine, scope, until={lost.__name__}).run()
    traces = [v.trace for v in found.violations if v.property == lost.__name__]
    return Exhibit.of(traces[0]) if traces else None


def _endless(machine: Machine[Market], scope: Scope) -> Exhibit | None:
    lasso = terminate(machine, scope).lasso
    return Exhibit.of_lasso(lasso) if lasso else None


def ablations_json(results: Sequence[Ablated]) -> dict[str, Any]:
    """Results, machine readable; traces in ITF."""
    return {
        "hardenings": [
            {
                "missing": result.missing,
                "attack": result.attack,
                "lost": result.lost,
                "as_expected": result.as_expected,
                "trace": result.trace.itf if result.trace else None,
            }
            for result in results
        ]
    }
