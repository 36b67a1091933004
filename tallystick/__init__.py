"""Tallystick decides what a trust-minimised protocol claims.

A protocol is written once, in the words of the notation, as a `Machine`. Engines decide what is
claimed of it, at a size or at any, and hold implementations to it; what each returns is a `Result`,
which can be shown, written down, and relied on in a test.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from spec.notation import (
    Accountability,
    Action,
    Ending,
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    OutOfRange,
    Refused,
    Role,
    Scope,
    Secrecy,
    Sort,
    action,
    all_of,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
    total,
)
from spec.notation.errors import meant as _meant

if TYPE_CHECKING:
    from checkers.blame.account import Account, Collision, History
    from checkers.blame.accountant import account
    from checkers.conform.conform import conform
    from checkers.conform.conformance import Conformance
    from checkers.explore.ending import Endings, Lasso
    from checkers.explore.exploration import Exploration, Violation
    from checkers.explore.explorer import Options, explore
    from checkers.explore.lasso import terminate
    from checkers.explore.simulate import simulate
    from checkers.explore.simulation import Simulation
    from checkers.lockstep.driver import Driver, Setup
    from checkers.lockstep.fuzz import fuzz
    from checkers.lockstep.run import Divergence
    from checkers.lockstep.sample import Coverage, Sample, Walk
    from checkers.lockstep.stories import Rehearsal
    from checkers.lockstep.walk import walk
    from checkers.market.attack import Attacks, attack
    from checkers.market.audit.audited import Audit
    from checkers.market.audit.judge import audit
    from checkers.market.corrupt import Corrupted, corrupt
    from checkers.market.repudiate import Repudiated, repudiate
    from checkers.mutate.layers import Layer
    from checkers.mutate.mutation import Mutation, mutate
    from checkers.prove.bound import Bounded
    from checkers.prove.bounded import bound
    from checkers.prove.concealment import Concealment
    from checkers.prove.disagreement import Disagreement
    from checkers.prove.limits import Limit
    from checkers.prove.proof import Proof
    from checkers.prove.prover import prove
    from checkers.prove.secrets import conceal
    from checkers.prove.strengthen import strengthen
    from checkers.prove.strengthening import Strengthening
    from checkers.results.result import Fails, Result, Undecided, Verdict
    from checkers.traces.explain import Explanation, explain
    from checkers.traces.trace import Trace
    from checkers.verdict.ablate import Ablations, ablate
    from checkers.verdict.verify import Verification, verify

_FROM = {
    "checkers.blame.account": (
        "Account",
        "Collision",
        "History",
    ),
    "checkers.blame.accountant": ("account",),
    "checkers.conform.conform": ("conform",),
    "checkers.conform.conformance": ("Conformance",),
    "checkers.explore.ending": (
        "Endings",
        "Lasso",
    ),
    "checkers.explore.exploration": (
        "Exploration",
        "Violation",
    ),
    "checkers.explore.explorer": ("Options", "explore"),
    "checkers.explore.lasso": ("terminate",),
    "checkers.explore.simulate": ("simulate",),
    "checkers.explore.simulation": ("Simulation",),
    "checkers.lockstep.driver": (
        "Driver",
        "Setup",
    ),
    "checkers.lockstep.fuzz": ("fuzz",),
    "checkers.lockstep.run": ("Divergence",),
    "checkers.lockstep.sample": (
        "Coverage",
        "Sample",
        "Walk",
    ),
    "checkers.lockstep.stories": ("Rehearsal",),
    "checkers.lockstep.walk": ("walk",),
    "checkers.market.attack": (
        "Attacks",
        "Audit",
        "attack",
    ),
    "checkers.market.audit.audited": ("Audit",),
    "checkers.market.audit.judge": ("audit",),
    "checkers.market.corrupt": ("Corrupted", "corrupt"),
    "checkers.market.repudiate": ("Repudiated", "repudiate"),
    "checkers.mutate.layers": ("Layer",),
    "checkers.mutate.mutation": (
        "Mutation",
        "mutate",
    ),
    "checkers.prove.bound": ("Bounded",),
    "checkers.prove.bounded": ("bound",),
    "checkers.prove.concealment": ("Concealment",),
    "checkers.prove.disagreement": ("Disagreement",),
    "checkers.prove.limits": ("Limit",),
    "checkers.prove.proof": ("Proof",),
    "checkers.prove.prover": ("prove",),
    "checkers.prove.secrets": ("conceal",),
    "checkers.prove.strengthen": ("strengthen",),
    "checkers.prove.strengthening": ("Strengthening",),
    "checkers.results.result": (
        "Fails",
        "Result",
        "Undecided",
        "Verdict",
    ),
    "checkers.traces.explain": (
        "Explanation",
        "explain",
    ),
    "checkers.traces.trace": ("Trace",),
    "checkers.verdict.ablate": (
        "Ablations",
        "ablate",
    ),
    "checkers.verdict.verify": (
        "Verification",
        "verify",
    ),
}
"""What is imported when it is asked for: the engines take a second to import, and a protocol's text
needs none of them."""
_LATER = {name: module for module, names in _FROM.items() for name in names}
_PREFIX = Machine.__module__.removesuffix("spec.notation.machine")  # in a wheel, `tallystick.`

__all__ = [
    "Ablations",
    "Account",
    "Accountability",
    "Action",
    "Attacks",
    "Audit",
    "Bounded",
    "Collision",
    "Concealment",
    "Conformance",
    "Corrupted",
    "Coverage",
    "Disagreement",
    "Divergence",
    "Driver",
    "Ending",
    "Endings",
    "Explanation",
    "Exploration",
    "Fails",
    "Fun",
    "History",
    "Lasso",
    "Layer",
    "Limit",
    "Machine",
    "MachineError",
    "Map",
    "Mutation",
    "Options",
    "Ordinal",
    "OutOfRange",
    "Proof",
    "Refused",
    "Rehearsal",
    "Repudiated",
    "Result",
    "Role",
    "Sample",
    "Scope",
    "Secrecy",
    "Setup",
    "Simulation",
    "Sort",
    "Strengthening",
    "Trace",
    "Undecided",
    "Verdict",
    "Verification",
    "Violation",
    "Walk",
    "ablate",
    "account",
    "action",
    "all_of",
    "any_of",
    "attack",
    "audit",
    "bound",
    "conceal",
    "conform",
    "corrupt",
    "exists",
    "explain",
    "explore",
    "forall",
    "fuzz",
    "implies",
    "ite",
    "mutate",
    "not_",
    "prove",
    "repudiate",
    "require",
    "simulate",
    "size",
    "state",
    "strengthen",
    "terminate",
    "total",
    "verify",
    "walk",
]


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"tallystick has no {name}; {_meant(name, __all__)}")
    found: object = getattr(import_module(f"{_PREFIX}{_LATER[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
