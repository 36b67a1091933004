"""Accountability: whether a ledger shows who deviated, and no one else.

Four things are asked of the runs of a machine at a size:

- *no_false_blame*: nobody is convicted that did as it should.
- *every_harm_blamed_or_repaid*: where all is over and judged, nobody that did as it should is left
  with a loss, unless somebody that deviated is convicted.
- *verdict_from_ledger_only*: no action decides a verdict by anything but what is on the ledger, or
  what somebody signed off it.
- *transcript_injectivity*: where all is over, two different sets of culprits, neither of which
  could be smaller, never leave the same ledger; else no judge can tell which of them it was.

The definitions follow Küsters, Truderung and Vogt, "Accountability" (CCS 2010).
"""

import time
from collections.abc import Callable, Collection, Iterator
from typing import Generic, TypeVar, Unpack

import numpy as np

from checkers.blame.account import FINDINGS, Account
from checkers.blame.collisions import Collisions
from checkers.blame.judging import accountability_of, beyond_the_ledger, bits_of, decisions
from checkers.blame.parties import Bits, Parties, parties_of
from checkers.explore.explorer import Options, prepare
from checkers.explore.keys import to_keys
from checkers.host.telling import Tell, silent
from checkers.traces.trace import Trace
from spec.notation import MachineError, Scope, all_of, ite
from spec.notation.arguments import checked
from spec.notation.batch import Mask, Words
from spec.notation.machine import Machine
from spec.notation.term import listed

S = TypeVar("S")


class Accountant(Generic[S]):
    """Holds a machine to account at a size.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        progress: called now and then with a line that says how far it is.
        culprits: how many parties deviate in a run, at most; None for all of them.
        bounds: the names of those of the machine's bounds that runs are held to.
        options: how it is explored; not up to symmetry, since parties are told apart.

    Raises:
        MachineError: the machine does not say who is held to account, or does not fit.
    """

    def __init__(
        self,
        machine: Machine[S],
        scope: Scope,
        progress: Tell = silent,
        *,
        culprits: int | None = None,
        bounds: Collection[str] = (),
        **options: Unpack[Options],
    ) -> None:
        if options.get("symmetry"):
            raise MachineError(f"{machine.name}: parties are told apart here; leave out symmetry")
        if culprits is not None and culprits < 1:
            raise MachineError(f"{culprits} culprits: give 1 or more, or no limit")
        self.said = accountability_of(machine)
        self.machine = machine.exemplary(scope)
        self.scope = scope
        self._everybody = parties_of(self.said, scope)
        if culprits is not None and culprits > len(self._everybody):
            there_are = f"there are {len(self._everybody)} parties at this size"
            raise MachineError(f"{culprits} culprits: {there_are}; give no more, or no limit")
        self.culprits = culprits
        self.bounds = [self._bound(name) for name in bounds]
        within = None if culprits is None and not bounds else self._is_within
        self._progress = progress
        self.explorer = prepare(
            self.machine.bare,
            scope,
            self._progress,
            within=within,
            **options,
        )
        self.visited = self.explorer.visited
        self.batch = self.visited.batch
        self._inside = self.batch.predicate(self._is_within)
        self._judging = {act.name for act, _ in decisions(self.batch, self.said)}
        self.parties = Parties(self.batch, self._everybody)

    def _check_defined(self) -> None:
        """Refuse what says nothing in some state: it would be taken for its opposite elsewhere."""
        for name, text in ((self.said.over.__name__, self.said.over), *self.parties.texts):
            is_undefined = self.batch.undefined(text)
            states = self._states(f"whether {name} is defined")
            if is_undefined and any(is_undefined(words).any() for words in states):
                raise MachineError(
                    f"{self.machine.name}.{name} is undefined in a state that is reached; "
                    "say what holds there, as in implies(it is defined, ...)"
                )

    def _states(self, asked: str) -> Iterator[Words]:
        """Every state, some at a time, those of early levels first; how far it is is told."""
        seen = 0
        for words in self.visited.words():
            self._progress(f"{asked}: {seen:,} of {self.visited.states:,} states")
            seen += words.shape[1]
            yield words

    def _bound(self, name: str) -> Callable[[S], bool]:
        named = {bound.__name__: bound for bound in self.said.bounds}
        if name not in named:
            there_are = ", ".join(named) or "none"
            raise MachineError(f"{self.machine.name} has no bound {name}; it has {there_are}")
        return named[name]

    def _is_within(self, s: S) -> bool:
        """Whether runs are followed this far."""
        deviated = (r.deviated(s, *listed([party], [r.sort])) for r, party in self._everybody)
        culprits = sum(ite(one, 1, 0) for one in deviated)
        few = True if self.culprits is None else culprits <= self.culprits
        return all_of(few, *(bound(s) for bound in self.bounds))

    def run(self) -> Account[S]:
        """Visit every state, and look."""
        started = time.perf_counter()
        found = self.explorer.run()
        self._check_defined()
        over = self._over()
        deviated = self.parties.bits(over, "deviated")
        collisions = Collisions(
            self.machine,
            self.visited,
            self.said,
            self.parties,
            self._judging,
            self._inside,
            self._progress,
        )
        transcripts, shared = collisions.shared(over, deviated)
        false_blame, somebody_convicted = self._false_blame()
        unpaid_harm = self._unpaid_harm(over, deviated)
        return Account(
            self.machine,
            self.scope,
            self.culprits,
            [bound.__name__ for bound in self.bounds],
            found.distinct_states,
            found.depth,
            found.ended,
            found.brief,
            time.perf_counter() - started,
            dict(self.batch.left_out),
            transcripts,
            false_blame,
            unpaid_harm,
            list(beyond_the_ledger(self.batch, self.said)),
            collisions.among(over, shared),
            dict(self._vacuous(over, deviated, somebody_convicted)),
            self._upright(),
        )

    def _vacuous(
        self, over: Words, deviated: Bits, somebody_convicted: bool
    ) -> Iterator[tuple[str, str]]:
        can_be_harmed = any(role.harmed for role in self.said.roles)
        harmed = over[:, (self.parties.bits(over, "harmed") & ~deviated) != 0]
        if not somebody_convicted:
            yield FINDINGS[0], "nobody is ever convicted"
        if not over.shape[1]:
            yield FINDINGS[1], "no run is ever over"
        elif not can_be_harmed:
            yield (
                FINDINGS[1],
                "no role says who is harmed; give Role(harmed=...), or name this refuted",
            )
        elif not harmed.shape[1]:
            yield FINDINGS[1], "nobody is harmed by others in a run that is over"
        elif self._can_be_judged(harmed).all():
            yield FINDINGS[1], "wherever somebody is harmed a verdict is still to come"
        if not self._judging:
            yield FINDINGS[2], "no action decides a verdict"
        if not over.shape[1]:
            yield FINDINGS[3], "no run is ever over"
        elif not deviated.any():
            yield FINDINGS[3], "nobody deviates in a run that is over"

    def _upright(self) -> list[str]:
        upright = dict.fromkeys(role.sort.__name__ for role, _ in self._everybody)
        for words in self._states("who can deviate"):
            if not upright:
                break
            deviating = int(np.bitwise_or.reduce(self.parties.bits(words, "deviated")))
            for number, (role, _) in enumerate(self._everybody):
                if deviating >> number & 1:
                    upright.pop(role.sort.__name__, None)
        return list(upright)

    def _over(self) -> Words:
        """The states in which nothing more is to come, those of early levels first."""
        is_over = self.batch.predicate(self.said.over)
        states = self._states("where all is over")
        found = [words[:, is_over(words) & self._inside(words)] for words in states]
        return np.concatenate(found, axis=1)

    # Blame and harm.

    def _false_blame(self) -> tuple[Trace[S] | None, bool]:
        """A run after which somebody is convicted that should not be; whether anybody ever is."""
        somebody = False
        for words in self._states("who is convicted"):
            convicted = self.parties.bits(words, "convicted")
            somebody |= bool(convicted.any())
            rows = np.flatnonzero(convicted & ~self.parties.bits(words, "deviated"))
            if len(rows):
                return self._shortest(words[:, rows]), True
        return None, somebody

    def _unpaid_harm(self, over: Words, deviated: Bits) -> Trace[S] | None:
        harmed = self.parties.bits(over, "harmed") & ~deviated
        lost = harmed & ~self.parties.bits(over, "repaid")
        caught = deviated & self.parties.bits(over, "convicted")
        left = over[:, (lost != 0) & (caught == 0)]
        left = left[:, ~self._can_be_judged(left)]
        return self._shortest(left) if left.shape[1] else None

    def _can_be_judged(self, words: Words) -> Mask:
        """Per state, whether some verdict is still to come."""
        verdicts = bits_of(self.batch, self.said.verdicts)
        pending = np.zeros(words.shape[1], np.bool_)
        for step in self.batch.steps:
            if step.action.name in self._judging:
                self._progress(f"whether {step.action.name} is still to come")
                rows = np.flatnonzero(step.allowed(words))
                before = words[:, rows]
                pending[rows] |= ((before ^ step.effect(before)) & verdicts).any(axis=0)
        return pending

    def _shortest(self, words: Words) -> Trace[S]:
        found = self.visited.way_to_any(np.sort(to_keys(words)))
        assert found is not None  # the states come from the exploration
        return found[1]


@checked
def account(
    machine: Machine[S],
    scope: Scope | None = None,
    progress: Tell = silent,
    *,
    culprits: int | None = None,
    bounds: Collection[str] = (),
    **options: Unpack[Options],
) -> Account[S]:
    """Ask of every run whether the ledger shows who deviated, and no one else.

    A *ledger* is what the fields hold that are evidence or verdicts, and the functions. In no state
    may a party be convicted that has not deviated. Where all is over, and no action that writes
    verdicts would still change one, no party may be left that has not deviated, is harmed and is
    not repaid, unless one that has deviated is convicted. No action that writes verdicts may read
    other fields than those of the ledger, and those that are shown. And where all is over, a ledger
    may not have come about by two different sets of culprits, neither of which holds a smaller one
    that leaves the same ledger.

    Args:
        machine: the machine, with its accountability.
        scope: a size for each of its sorts; its own sizes unless given.
        progress: called now and then with a line that says how far it is.
        culprits: how many parties deviate in a run, at most; None for all of them.
        bounds: the names of those of the machine's bounds that runs are held to.
        options: the engine, workers and limits of the exploration; see `Options`.

    Raises:
        MachineError: the machine does not say who is held to account, or does not fit.
    """
    size = scope or machine.scope()
    return Accountant(machine, size, progress, culprits=culprits, bounds=bounds, **options).run()
