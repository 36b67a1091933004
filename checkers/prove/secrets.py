"""Non-interference: what is secret has no influence on what an onlooker sees.

Two copies of a machine agree on all that an onlooker sees and on what is given away on purpose; in
what is secret they may differ. Whatever action the one can take, the other can take too, given the
same but for parameters that are secret; and after it the two agree again on all that an onlooker
sees. So by induction no onlooker can tell two such runs apart (self-composition), for any number of
elements.

At the start, whatever is secret fits whatever shows: of any two ways to start, what shows in one
and what is secret in the other is a way to start too. Else what shows would tell of the secret.

Whether an onlooker learns that an attempt is refused, or even why, is for the author to say.
"""

import time
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Generic, TypeVar

import attrs
import z3

from checkers.host.telling import Tell, silent
from checkers.prove.concealment import Alike, Concealment, untouched
from checkers.prove.copies import Copies, can_differ, parameter
from checkers.prove.instance import small_instances
from checkers.prove.leak import Leak, Pairs
from checkers.prove.limits import Limit, z3_answer
from checkers.prove.obligations import INIT, Group
from checkers.prove.opinion import confirm, questions
from checkers.prove.possible import Possible
from checkers.prove.proof import Status
from checkers.prove.prover import prove
from checkers.prove.witness import witnesses
from spec.notation.arguments import checked
from spec.notation.machine import Machine
from spec.notation.symbolic import Symbolic

S = TypeVar("S")


def conceal_given(
    machine: Machine[S],
    kept: Collection[str] = (),
    limit: Limit | None = None,
    progress: Tell = silent,
    *,
    confirmed: bool = False,
) -> Concealment[S]:
    """Decide of every action whether it gives away what is secret, given what is proved already.

    Args:
        machine: the machine, with its secrecy.
        kept: properties that are proved of it, to be relied on.
        limit: the most that one obligation may take; past it, that is undecided.
        progress: called before each obligation with a line that says which.
        confirmed: have cvc5 decide again what took a proof.

    Raises:
        MachineError: the machine says nothing of secrets, or names what it does not have.
        Disagreement: cvc5 refutes what Z3 has proved.
    """
    return _Decision(machine, kept, limit or Limit(), progress).run(confirmed)


@checked
def conceal(
    machine: Machine[S],
    limit: Limit | None = None,
    progress: Tell = silent,
    *,
    confirmed: bool = True,
) -> Concealment[S]:
    """Decide of every action of a machine whether it gives away what is secret.

    Where that does not follow by itself, all that can be proved of the machine is relied on.

    Args:
        machine: the machine, with its secrecy.
        limit: the most that one obligation may take; past it, that is undecided.
        progress: called before each obligation with a line that says which.
        confirmed: have cvc5 decide again what took a proof.

    Raises:
        MachineError: the machine says nothing of secrets, or names what it does not have.
        Disagreement: cvc5 refutes what Z3 has proved.
    """
    alone = conceal_given(machine, (), limit, progress, confirmed=confirmed)
    if alone.status == "proved" or not (machine.always or machine.lemmas):
        return alone
    # What must be refuted, and how all ends, takes time, and nothing here can rely on it.
    provable = attrs.evolve(machine, refuted=(), ending=None)
    kept = prove(provable, limit, progress, confirmed=confirmed, searched=False).kept
    return conceal_given(machine, kept, limit, progress, confirmed=confirmed)


class _Decision(Generic[S]):
    def __init__(
        self,
        machine: Machine[S],
        kept: Collection[str],
        limit: Limit,
        progress: Tell,
    ) -> None:
        self.machine = machine
        self.kept = kept
        self.limit = limit
        self.progress = progress
        self.copies = Copies(machine, Symbolic(machine), kept)

    def run(self, confirmed: bool) -> Concealment[S]:
        started = time.perf_counter()
        groups = [self.copies.fitting(), self.copies.start()]
        for act in self.machine.actions:
            groups += [self.copies.step(act), self.copies.refusal(act)]
        found = [o for group in groups for o in self._decided(group)]
        seconds = time.perf_counter() - started
        result = Concealment(
            self.machine,
            [*self._free(), *found],
            seconds,
            tuple(self.kept),
            vacuous=self._vacuous(),
            never=self.possible.impossible,
        )
        if not confirmed:
            return result
        proved = {(o.action, o.what) for o in found if o.status == "proved"}
        asked = [q for q in questions(map(_hard, groups)) if (q.action, q.property) in proved]
        return attrs.evolve(result, answers=confirm(asked, self.limit, self.progress))

    def _vacuous(self) -> str:
        secrecy = self.copies.secrecy
        if not self.copies.fields:
            return "no field shows"
        if not secrecy.private and set(untouched(self.machine)) == set(secrecy.secret):
            return "no action reads or writes what is secret"
        return self.possible.nothing

    @cached_property
    def possible(self) -> Possible[S]:
        """What happens at all of which something is proved here."""
        return witnesses(self.machine, dict.fromkeys(self.kept, True), self.limit, self.progress)

    def _decided(self, group: Group[S]) -> Iterator[Alike[S]]:
        solver = z3.Solver(ctx=self.copies.symbolic.context)
        solver.add(*group.facts)
        for what, goal in group.goals.items():
            if z3.is_true(goal):  # what is secret does not occur in it
                yield Alike(group.label, what, "proved", 0.0)
                continue
            self.progress(f"{group.label}: {what}")
            started = time.perf_counter()
            solver.push()
            solver.add(z3.Not(goal))
            status, leak = self._status(solver, group, what)
            solver.pop()
            yield Alike(group.label, what, status, time.perf_counter() - started, leak)

    def _status(
        self, solver: z3.Solver, group: Group[S], what: str
    ) -> tuple[Status, Leak[S] | None]:
        answer = self._check(solver, self.limit.first)
        if answer == z3.unsat:
            return "proved", None
        # A leak is hard to find at any size, and quick to find at a small one.
        leak = self._leak(group, what)
        if leak:
            return "broken", leak
        if answer == z3.unknown:
            answer = self._check(solver, self.limit)
        return "proved" if answer == z3.unsat else "undecided", None

    def _check(self, solver: z3.Solver, limit: Limit) -> z3.CheckSatResult:
        limit.bind(solver)
        return z3_answer(solver)

    def _leak(self, group: Group[S], what: str) -> Leak[S] | None:
        for small in small_instances(self.machine, self.limit):
            found = Pairs(small, self.kept).leak(group.action, what)
            if found:
                return found
        return None

    def _free(self) -> Iterator[Alike[S]]:
        """Of a secret in which no two runs that look alike can differ, nothing would be proved."""
        started = time.perf_counter()
        secrecy = self.copies.secrecy
        secrets = [*secrecy.secret, *(parameter(act, name) for act, name in secrecy.private)]
        differ: set[str] = set()
        for small in small_instances(self.machine, self.limit):
            if not set(secrets) <= differ:
                differ = Pairs(small, self.kept).differing(differ)
        seconds = (time.perf_counter() - started) / max(1, len(secrets))
        for name in secrets:
            yield Alike(
                INIT, can_differ(name), "proved" if name in differ else "undecided", seconds
            )


def _hard(group: Group[S]) -> Group[S]:
    """What takes a proof."""
    hard = {what: goal for what, goal in group.goals.items() if not z3.is_true(goal)}
    return attrs.evolve(group, goals=hard)
