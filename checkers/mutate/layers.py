"""Layers: the ways of checking a protocol that a mutant is given to, each of which may kill it."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

import attrs

from checkers.explore.exploration import Exploration
from checkers.explore.explorer import prepare
from checkers.host.telling import Tell, silent
from checkers.lockstep.driver import Setup
from checkers.lockstep.run import Divergence
from checkers.lockstep.stories import Rehearsal, rehearse
from checkers.lockstep.walk import walk
from checkers.mutate.comparison import sized
from checkers.prove.bounded import bound
from checkers.prove.limits import Limit
from checkers.prove.prover import Prover
from spec.notation import MachineError, Scope
from spec.notation.machine import Machine

S = TypeVar("S")

_DEPTH = 5  # of bounded checking
_RUNS, _STEPS = 60, 40  # in lockstep, and of each run at most

Fate = Literal["killed", "survived", "not applicable", "unknown", "not run"]


@attrs.frozen
class Outcome:
    """What a layer says of a mutant, and why."""

    verdict: Fate
    evidence: str = ""


@runtime_checkable
class Layer(Protocol):
    """A way of checking a protocol, which kills a mutant if it can tell it from the protocol."""

    @property
    def name(self) -> str:
        """What it is called in a result."""

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
        return cls([prepare(machine, scope).run() for scope in scopes])

    def __call__(self, mutant: Machine[S], action: str) -> Outcome:
        for known in self.known:
            try:
                seen = _told_apart(known, prepare(mutant, known.scope).run())
            except MachineError as error:
                return Outcome("unknown", str(error))
            if seen:
                return Outcome("killed", f"{seen}, at {sized(mutant, known.scope)}")
        return Outcome("survived")


def _told_apart(known: Exploration[S], found: Exploration[S]) -> str:
    """What the exploration of a mutant shows and that of the protocol does not, or the reverse."""
    refuted = known.machine.must_fall
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
        proof = Prover(step, self.limit).run()
        status = {name: proof.status(name) for name in proof.obligations}
        broken = [name for name in status if status[name] == "broken"]
        if broken:
            return Outcome("killed", f"{broken[0]} is not kept")
        open_ = [name for name in status if status[name] == "undecided"]
        return Outcome("unknown", f"{open_[0]} is undecided") if open_ else Outcome("survived")


def proved(machine: Machine[S], limit: Limit, progress: Tell = silent) -> list[Callable[[S], bool]]:
    """What induction proves of a machine."""
    proof = Prover(attrs.evolve(machine, refuted=(), ending=None), limit, progress).run()
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
        found = bound(claims, self.scope, self.depth, self.limit)
        for name, trace in found.violations.items():
            return Outcome("killed", f"{name} fails, in {trace.extent}")
        return Outcome("survived" if found.complete else "unknown", f"to depth {found.depth}")


@attrs.frozen
class ByLockstep:
    """Runs a mutant in lockstep with an implementation of the protocol."""

    setup: Setup | None
    name: str = "lockstep"

    def __call__(self, mutant: Machine[Any], action: str) -> Outcome:
        if self.setup is None or action in self.setup.left_out:
            return Outcome("not applicable", "no implementation takes this action")
        found = diverges(mutant, self.setup)
        return Outcome("killed", found.how) if found else Outcome("survived")


def diverges(machine: Machine[Any], setup: Setup) -> Divergence | None:
    """Where a machine and an implementation differ, if some random runs show it."""
    return walk(machine, setup, runs=_RUNS, steps=_STEPS, targeted=0, max_states=0).divergence


@attrs.frozen
class ByStories:
    """Tells the stories of a protocol in lockstep with an implementation of it."""

    stories: Sequence[Rehearsal[Any]]
    name: str = "stories"

    def __call__(self, mutant: Machine[Any], action: str) -> Outcome:
        found = rehearse(self.stories, mutant, action)
        return Outcome("killed", found.how) if found else Outcome("survived")


def standard_layers(
    machine: Machine[S],
    scopes: Sequence[Scope],
    known: Sequence[Callable[[S], bool]],
    setup: Setup | None = None,
    stories: Sequence[Rehearsal[S]] = (),
) -> list[Layer]:
    """The layers that there are for a machine, cheap ones first.

    Args:
        machine: the protocol.
        scopes: the sizes at which it is explored; without any, its stories are told.
        known: what is proved of it.
        setup: of an implementation, if there is one.
        stories: what can happen in it.
    """
    induction = ByInduction(known, Limit())
    if not scopes:
        return [ByStories(stories), induction, *([ByLockstep(setup)] if setup else [])]
    return [
        ByExploration.at(machine, scopes),
        induction,
        ByBounds(_smallest(machine, scopes), _DEPTH, Limit()),
        ByLockstep(setup),
    ]


def _smallest(machine: Machine[S], scopes: Sequence[Scope]) -> Scope:
    """The size at which there are the fewest steps to take."""

    def steps(scope: Scope) -> int:
        return sum(len(act.instances(scope)) for act in machine.actions)

    return min(scopes, key=steps)
