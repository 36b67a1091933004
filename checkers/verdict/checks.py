"""Checks on the checkers: jobs that decide no point of a claim, but come out as they must."""

from collections.abc import Mapping

import attrs

from checkers.explore.cases import dormant, unexercised
from checkers.explore.explorer import prepare
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import Divergence, Lockstep, Tally
from checkers.lockstep.stories import taken
from checkers.market.forgeries import try_forgeries
from checkers.market.subjects import AnyMachine, Subject
from checkers.results.words import counted
from checkers.verdict.jobs import Budget, Found, as_pairs
from spec.notation import Scope
from spec.notation.sorts import SortType


@attrs.frozen
class RunBeside:
    """Runs the reference implementation beside the specification."""

    subject: Subject

    def __str__(self) -> str:
        return f"lockstep, {self.subject.machine.name}"

    def __call__(self, budget: Budget) -> Found:
        setup = self.subject.setup
        assert setup  # else there is nothing to run
        try:
            try_forgeries(Lockstep(self.subject.machine, setup), self.subject.forgeries, Tally())
        except Divergence as divergence:
            return Found({}, str(divergence), passed=False)
        found = fuzz(
            self.subject.machine,
            setup,
            examples=budget.examples,
            steps=budget.steps,
            seed=0,
        )
        evidence = f"sampled {counted(found.tally.runs, 'run')}"
        if found.never_accepted:
            evidence += f"; never accepted: {', '.join(found.never_accepted)}"
        return Found({}, str(found.divergence or evidence), found.passed)


@attrs.frozen
class ReachWitnesses:
    """Sees that what must be possible is, lest properties hold for want of cases."""

    machine: AnyMachine
    sizes: Mapping[SortType, int] = attrs.field(eq=as_pairs)

    def __str__(self) -> str:
        return f"witnesses, {self.machine.name}"

    def __call__(self, budget: Budget) -> Found:
        machine = attrs.evolve(self.machine.bare, sometimes=self.machine.sometimes)
        wanted = {text.__name__ for text in machine.sometimes}
        scope = Scope({**machine.sizes, **self.sizes})
        found = prepare(machine, scope, until=wanted, limit_states=budget.states).run()
        reached = [f"{w.property} in {w.trace.extent}" for w in found.witnesses]
        evidence = "; ".join([*reached, *(f"{name}: never" for name in found.unreached)])
        return Found({}, evidence, not found.unreached)


@attrs.frozen
class TakeActions:
    """Sees that every action is taken somewhere, but for those that are dormant, by design."""

    subject: Subject

    def __str__(self) -> str:
        return f"actions, {self.subject.machine.name}"

    def __call__(self, budget: Budget) -> Found:
        machine = self.subject.machine
        wrong = unexercised(machine, taken(machine, self.subject.scopes, self.subject.stories))
        asleep = [f"{name} is dormant: {why}" for name, why in dormant(machine).items()]
        evidence = "; ".join(wrong or ["every action is taken", *asleep])
        return Found({}, evidence, not wrong)


@attrs.frozen
class CountPublished:
    """Counts the states of a textbook protocol."""

    subject: Subject

    def __str__(self) -> str:
        return f"published counts, {self.subject.machine.name}"

    def __call__(self, budget: Budget) -> Found:
        found = prepare(self.subject.machine, self.subject.machine.scope()).run()
        actual = found.distinct_states, found.generated_states
        evidence = f"{actual[0]:,} distinct, {actual[1]:,} generated"
        return Found({}, evidence, actual == self.subject.published)
