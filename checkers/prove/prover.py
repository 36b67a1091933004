"""Inductive proof: a property holds at the start, and every action keeps it.

What is claimed and what strengthens it are proved together: a candidate that some action breaks is
dropped and the rest is checked again, until all that remains is kept by every action, given all
that remains. So a property is only ever proved from properties that are proved too.

Z3's word is not the last: cvc5 decides every obligation again, and the batch domain enumerates all
states of a small size.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import attrs
import z3

from checkers.explore.ending import ENDS
from checkers.host.telling import Tell, silent
from checkers.prove.counterexample import Counterexample, find_counterexample
from checkers.prove.disagreement import Disagreement
from checkers.prove.instance import own_scopes, small_scopes
from checkers.prove.limits import Limit, z3_answer
from checkers.prove.obligations import NATURAL, Group, Induction
from checkers.prove.opinion import confirm, questions, write_questions
from checkers.prove.proof import NO_RANKING, Obligation, Proof, Status
from checkers.prove.ranking import Termination
from checkers.prove.reach import Reach, reach, refute
from checkers.prove.typespace import Enumeration, TooMany, largest
from checkers.prove.unranked import Unranked, find_unranked
from checkers.prove.witness import witnesses
from checkers.traces.trace import Trace, describe
from spec.notation import MachineError, Scope
from spec.notation.arguments import checked
from spec.notation.machine import Machine
from spec.notation.symbolic import Formula

S = TypeVar("S")


class Prover(Generic[S]):
    """Proves what it can of a machine.

    Args:
        machine: the machine.
        limit: the most that one obligation may take; past it, that is undecided.
        progress: called before each obligation with a line that says which.
        steps: how many steps in a row a property may take to be inductive (k-induction).
    """

    def __init__(
        self,
        machine: Machine[S],
        limit: Limit | None = None,
        progress: Tell = silent,
        steps: int = 1,
    ) -> None:
        if steps < 1:
            raise MachineError(f"{steps} steps: induction takes 1 or more")
        self.machine = machine
        self.limit = limit or Limit()
        self.progress = progress
        self.steps = steps
        self.induction = Induction(machine)
        self.several: dict[str, list[Group[S]]] = {}
        """Of what was proved over several steps, the obligations."""

    def run(self) -> Proof[S]:
        """Prove what can be proved, dropping what cannot."""
        started = time.perf_counter()
        start = self.induction.start()
        starts = {o.property: o for o in self.decided(start, start.goals)}
        found = {name: [start] for name, start in starts.items()}
        kept = [name for name, start in starts.items() if start.status == "proved"]
        while True:
            steps = self._steps(kept)
            for name in kept:
                found[name] = [starts[name], *(o for o in steps if o.property == name)]
            lost = {o.property for o in steps if o.status != "proved"}
            if not lost:
                break
            kept = [name for name in kept if name not in lost]
        for name in found.keys() - {*kept, *self.machine.must_fall}:
            found[name] = self._in_several_steps(name, kept) or found[name]
        ending = [o for group in self.ending(kept) for o in self.decided(group, group.goals)]
        if ending:
            found[ENDS] = ending
        elif self.machine.ending:
            found[ENDS] = [Obligation(ENDS, NO_RANKING, "undecided", 0.0, "z3")]
        natural = [o for group in self._natural(kept) for o in self.decided(group, group.goals)]
        if natural:
            found[NATURAL] = natural
        return Proof(self.machine, found, time.perf_counter() - started, kept)

    def groups(self, kept: Sequence[str]) -> list[Group[S]]:
        """All that was proved: what makes some properties inductive together, and the rest."""
        steps = [self.induction.step(act, kept) for act in self.machine.actions]
        mine = [
            attrs.evolve(group, goals={name: group.goals[name] for name in kept})
            for group in (self.induction.start(), *steps)
        ]
        several = [group for groups in self.several.values() for group in groups]
        return [*mine, *self._natural(kept), *several, *self.ending(kept)]

    def ending(self, kept: Sequence[str]) -> list[Group[S]]:
        """What makes every run of the machine come to its end, if some properties hold."""
        ending = self.machine.ending
        if ending is None or not ending.ranking:
            return []
        return list(Termination(self.induction, ending, kept).groups())

    def _natural(self, kept: Sequence[str]) -> list[Group[S]]:
        steps = [g for act in self.machine.actions for g in self.induction.natural(act, kept)]
        return [*self.induction.natural_start(), *steps]

    def _steps(self, kept: Sequence[str]) -> list[Obligation[S]]:
        steps: list[Obligation[S]] = []
        for act in self.machine.actions:
            # What must be refuted, and has been seen not to be inductive: once is enough.
            given_up = {o.property for o in steps if o.status != "proved"} & self.machine.must_fall
            wanted = [name for name in kept if name not in given_up]
            steps += self.decided(self.induction.step(act, kept), wanted)
        return steps

    def decided(self, group: Group[S], names: Iterable[str]) -> list[Obligation[S]]:
        """Some goals of a group, each decided."""
        solver = self._solver(group.facts)
        known = {fact.get_id() for fact in group.facts}
        return [self._obligation(solver, known, group, name) for name in names]

    def _solver(self, facts: Iterable[Formula]) -> z3.Solver:
        solver = z3.Solver(ctx=self.induction.symbolic.context)
        solver.add(*facts)
        return solver

    def _obligation(
        self, solver: z3.Solver, known: Collection[int], group: Group[S], name: str
    ) -> Obligation[S]:
        self.progress(f"{group.label}: {name}")
        started = time.perf_counter()
        goal = group.goals[name]
        if goal.get_id() in known:  # the action leaves alone what it reads
            return Obligation(name, group.label, "proved", time.perf_counter() - started, "z3")
        solver.push()
        solver.add(z3.Not(goal))
        status, example = self._status(solver, group, name)
        solver.pop()
        return Obligation(name, group.label, status, time.perf_counter() - started, "z3", example)

    def _status(
        self, solver: z3.Solver, group: Group[S], name: str
    ) -> tuple[Status, Counterexample[S] | None]:
        """Whether a goal whose negation the solver holds is proved, and why not."""
        # A short try pays where the solver is asked other questions too.
        limit = self.limit.first if len(group.goals) > 1 else self.limit.second
        answer = self._check(solver, limit)
        if answer == z3.unknown and name not in self.machine.must_fall:
            # Where arithmetic is hard, what else was proved leads the solver astray.
            alone = self._solver([*self._alone(group, name), z3.Not(group.goals[name])])
            if self._check(alone, self.limit.first) == z3.unsat:
                return "proved", None
            # Anew, so that it does not matter what the solver was asked before.
            solver = self._solver([*group.facts, z3.Not(group.goals[name])])
            answer = self._check(solver, self.limit.second)
        if answer == z3.unsat:
            return "proved", None
        # A counterexample is hard to find at any size, and quick to find at a small one.
        example = self._counterexample(group, name, small_scopes(self.machine))
        if answer == z3.unknown and not example:
            answer = self._check(solver, self.limit)
        if answer == z3.unsat:
            return "proved", None
        example = example or self._counterexample(group, name, own_scopes(self.machine))
        return "broken" if example else "undecided", example

    def _alone(self, group: Group[S], name: str) -> list[Formula]:
        """The facts of a group but for the other properties."""
        holds = self.induction.holds_before
        others = {holds[other].get_id() for other in group.kept if other != name}
        return [fact for fact in group.facts if fact.get_id() not in others]

    def _counterexample(
        self, group: Group[S], name: str, scopes: Sequence[Scope]
    ) -> Counterexample[S] | None:
        return find_counterexample(self.machine, group, name, scopes, self.limit)

    def _check(self, solver: z3.Solver, limit: Limit) -> z3.CheckSatResult:
        limit.bind(solver)
        return z3_answer(solver)

    def _in_several_steps(self, name: str, kept: Sequence[str]) -> list[Obligation[S]]:
        """The obligations of k-induction for the smallest k that does; none where none does."""
        for steps in range(2, self.steps + 1):
            groups = self.induction.several(name, steps, kept)
            found: list[Obligation[S]] = []
            for group in groups:
                found += self.decided(group, group.goals)
                if found[-1].status != "proved":
                    break
            else:
                self.several[name] = groups
                return found
        return []


@checked
def prove(
    machine: Machine[S],
    limit: Limit | None = None,
    progress: Tell = silent,
    *,
    steps: int = 1,
    confirmed: bool = True,
    searched: bool = True,
    export: Path | None = None,
) -> Proof[S]:
    """Prove what can be proved of a machine, for any number of parties, and distrust it.

    What was proved is shown not to be true for want of cases. What must be reachable (`sometimes`)
    is not looked at: `explore` looks for it.

    Args:
        machine: the machine.
        limit: the most that one obligation may take, for each solver.
        progress: called before each obligation with a line that says which.
        steps: of k-induction, at most.
        confirmed: have cvc5 decide every obligation again, and enumerate all states of a small
            size.
        searched: search for runs from the start that refute what is not proved, or else for ways
            to the counterexamples to induction.
        export: write the obligations to this folder, as SMT-LIB 2 with their digests.

    Raises:
        Disagreement: one engine refutes what another has proved.
    """
    prover = Prover(machine, limit, progress, steps)
    proof = prover.run()
    possible = witnesses(machine, proof.proved, prover.limit, progress)
    proof = attrs.evolve(proof, possible=possible)
    if confirmed or export is not None:
        asked = list(questions(prover.groups(proof.kept)))
        if export is not None:
            write_questions(export, asked)
        if confirmed:
            asked = [q for q in asked if proof.is_proved(q.action, q.property)]
            answers = confirm(asked, prover.limit, progress)
            proof = attrs.evolve(proof, answers=answers, enumeration=_enumerated(proof, progress))
    if searched:
        prover.progress(f"{machine.name}: runs that refute what is not proved")
        proof = attrs.evolve(proof, runs=runs_against(proof, progress))
        proof = attrs.evolve(proof, unranked=unranked(proof, prover.limit))
        proof = attrs.evolve(proof, ways=ways_to_examples(proof, prover.progress))
    return proof


def runs_against(proof: Proof[S], progress: Tell = silent) -> dict[str, Trace[S]]:
    """Runs from the start that refute what was not proved, by property, where there are short ones.

    Looked at are the sizes of the counterexamples to induction, the machine's own, and small ones.
    """
    machine, open_ = proof.machine, proof.unproved
    names = {obligation.property for obligation in open_}
    claims = (*machine.always, *machine.refuted, *machine.lemmas)
    texts = [text for text in claims if text.__name__ in names]
    falling = {o.action for o in open_ if o.property == NATURAL}
    examples = [o.counterexample.scope for o in open_ if o.counterexample]
    scopes = [*examples, *own_scopes(machine), *small_scopes(machine)]
    different = [scope for i, scope in enumerate(scopes) if scope not in scopes[:i]]
    if not texts and not falling:
        return {}
    found = refute(machine, texts, falling, different, progress)
    for name in found.keys() - names:  # of one action that falls below zero
        found[NATURAL] = found.pop(name)
    return found


def ways_to_examples(proof: Proof[S], progress: Tell) -> dict[str, Reach[S]]:
    """What is known of the ways to the counterexamples to induction that are told, by property."""
    examples: dict[str, Counterexample[S] | Unranked[S]] = {
        name: example for name, example in proof.examples.items() if example.action is not None
    }
    if proof.unranked:
        examples[ENDS] = proof.unranked
    return {
        name: reach(proof.machine, example.scope, example.before, progress)
        for name, example in examples.items()
    }


def unranked(proof: Proof[S], limit: Limit) -> Unranked[S] | None:
    """A state in which the ranking of an ending fails that was not proved, where there is one."""
    failing = [o.action for o in proof.unproved if o.property == ENDS and o.action != NO_RANKING]
    if not failing:
        return None
    return find_unranked(proof.machine, failing, proof.kept, limit)


def prove_ending(
    machine: Machine[S],
    limit: Limit | None = None,
    progress: Tell = silent,
    *,
    confirmed: bool = False,
) -> Proof[S]:
    """Prove that a machine's ranking falls wherever all that it claims holds.

    That this does hold is for `prove` to say, at the same time on another core.

    Args:
        machine: the machine, with an ending.
        limit, progress, confirmed: as for `prove`; nothing is enumerated here.
    """
    started = time.perf_counter()
    prover = Prover(machine, limit, progress)
    kept = [text.__name__ for text in (*machine.always, *machine.lemmas)]
    groups = prover.ending(kept)
    found = [o for group in groups for o in prover.decided(group, group.goals)]
    proof = Proof(machine, {ENDS: found}, time.perf_counter() - started, kept)
    if not confirmed:
        return proof
    asked = [q for q in questions(groups) if proof.is_proved(q.action, q.property)]
    return attrs.evolve(proof, answers=confirm(asked, prover.limit, progress))


def _enumerated(proof: Proof[S], progress: Tell) -> Enumeration[S] | TooMany:
    """Every state of a small size that has what was proved; each step must keep it."""
    try:
        found = largest(proof.machine, proof.kept, progress=progress).check(proof.kept, progress)
    except TooMany as too_many:
        return too_many
    for broken in found.broken:
        step = describe(found.scope, broken.action, broken.args)
        raise Disagreement(
            f"{proof.machine.name}: z3 says that {broken.action.name} keeps "
            f"{broken.property}, and enumeration that {step} loses it; trust neither"
        )
    return found
