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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

import attrs
import z3

from checkers.prove.archive import kept_witnesses
from checkers.prove.copies import Copies, can_differ, parameter, secrecy_of
from checkers.prove.counterexample import small_instances
from checkers.prove.leak import Leak, Pairs
from checkers.prove.limits import Limit
from checkers.prove.obligations import INIT, Group
from checkers.prove.opinion import Answer, confirm, questions
from checkers.prove.prover import Status, prove
from checkers.prove.witness import Possible, witnesses
from spec.notation.batch import fields_read
from spec.notation.machine import Machine, Refusals
from spec.notation.reader import TermMap
from spec.notation.sorts import Field, Fun, Value
from spec.notation.symbolic import Symbolic
from spec.notation.term import Term
from spec.notation.words import reading

S = TypeVar("S")

REFUSALS: Mapping[Refusals, str] = {
    "unseen": "attempts that are refused are taken to be unseen",
    "seen": "that an attempt is refused is taken to be seen, and why it is refused is not",
    "reasons": "that an attempt is refused is taken to be seen, and why it is refused",
}
"""What a verdict rests on: whether an onlooker sees attempts that are refused, in words."""


@attrs.frozen
class Alike(Generic[S]):
    """One thing to prove of an action: that it can be taken alike, or leaves a field alike."""

    action: str
    what: str
    status: Status
    seconds: float
    leak: Leak[S] | None = None


@attrs.frozen
class Concealment(Generic[S]):
    """What was proved of a machine's secrets, for any number of elements of its sorts.

    Attributes:
        kept: properties of each copy that were relied on; they are proved.
        vacuous: why there is nothing that could leak, or nowhere to, if that is so.
        answers: what cvc5 says of each obligation that took a proof, by action and `what`.
        never: what is never possible, so that it says nothing to prove something of it.
    """

    machine: Machine[S]
    obligations: Sequence[Alike[S]]
    seconds: float
    kept: Sequence[str] = ()
    answers: Mapping[tuple[str, str], Answer] = attrs.field(factory=dict)
    vacuous: str = ""
    never: Sequence[str] = ()

    def actions(self, status: Status) -> list[str]:
        """The actions of which some obligation has a status, in the order of the machine."""
        return list(dict.fromkeys(o.action for o in self.obligations if o.status == status))

    @property
    def status(self) -> Status:
        """Proved, if whatever must be is, and what must be found to leak is found to."""
        secrecy = secrecy_of(self.machine)
        broken = set(self.actions("broken"))
        if self.vacuous or broken != {act.name for act in secrecy.leaks}:
            return "broken"
        undecided = set(self.actions("undecided")) - broken
        return "undecided" if undecided else "proved"


def untouched(machine: Machine[S]) -> list[str]:
    """The secrets that no action reads or writes, and that nothing depends on at the start."""
    touched: set[str] = set()
    for act in (machine.start_action, *machine.actions):
        read = machine.read(act)
        values: list[Value] = [check.condition for check in read.checks]
        with reading(read.reader):
            for name, field in machine.fields.items():
                if field.kind is not Fun:
                    written = list(_written(getattr(read.after, name), field))
                    values += written
                    touched |= {name} if written and act.name != machine.init.__name__ else set()
        touched |= {field.name for field in fields_read(values)}
    return [name for name in secrecy_of(machine).secret if name not in touched]


def _written(content: Value, field: Field) -> Iterator[Value]:
    """What an action writes to a field, with the keys."""
    if not isinstance(content, TermMap):
        untouched = isinstance(content, Term) and content.op == "read" and content.args == (field,)
        yield from () if untouched else (content,)
        return
    for key, value in content.writes:
        yield from (*key, value)
    if content.content:
        yield content.content(tuple(map(content.reader.fresh, field.keys)))


def conceal(
    machine: Machine[S],
    kept: Collection[str] = (),
    limit: Limit | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    confirmed: bool = False,
) -> Concealment[S]:
    """Decide of every action of a machine whether it gives away what is secret.

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
    progress = progress or (lambda line: None)
    return _Decision(machine, kept, limit or Limit(), progress).run(confirmed)


def concealed(
    machine: Machine[S],
    limit: Limit | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    confirmed: bool = False,
) -> Concealment[S]:
    """Decide the same as `conceal`, with all that can be proved of the machine where that helps."""
    alone = conceal(machine, (), limit, progress, confirmed=confirmed)
    if alone.status == "proved" or not (machine.always or machine.lemmas):
        return alone
    kept = prove(machine, limit, progress, confirmed=confirmed, witnessed=False).kept
    return conceal(machine, kept, limit, progress, confirmed=confirmed)


class _Decision(Generic[S]):
    def __init__(
        self,
        machine: Machine[S],
        kept: Collection[str],
        limit: Limit,
        progress: Callable[[str], None],
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
        kept = kept_witnesses(self.machine)
        return witnesses(self.machine, {}, self.limit, self.progress, kept)

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
        return solver.check()

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
