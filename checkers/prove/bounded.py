"""Bounded model checking: does some run of at most so many steps refute a property?

Beside what the machine claims, no number may fall below zero; a step that would carry one past its
size is cut, and said to be.

The machine is read at a size, and its steps are laid end to end in Z3. A run that is found is run
again in the concrete domain before anyone sees it. To find none is a bound, not a proof.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

import z3

from checkers.explore.cases import by_property
from checkers.host.telling import Tell, silent
from checkers.prove.bound import Bounded
from checkers.prove.disagreement import Disagreement
from checkers.prove.instance import Instance
from checkers.prove.limits import Limit, z3_answer
from checkers.prove.obligations import any_step, failing, in_step, same, state_at, took
from checkers.traces.trace import Trace, natural, replay
from spec.notation import MachineError, OutOfRange, Refused, Scope
from spec.notation.arguments import checked
from spec.notation.calls import Premise
from spec.notation.errors import where
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value
from spec.notation.symbolic import Formula, State

S = TypeVar("S")


@checked
def bound(
    machine: Machine[S],
    scope: Scope | None = None,
    depth: int = 10,
    limit: Limit | None = None,
    progress: Tell = silent,
) -> Bounded[S]:
    """Look for runs of up to `depth` steps that refute what always holds.

    Args:
        machine: the machine.
        scope: a size for each of its sorts; its own sizes unless given.
        depth: steps.
        limit: the most that one question may take; past it, the bound is what was reached before.
        progress: called before each depth.
    """
    return _Unrolling(machine, scope or machine.scope(), limit or Limit()).run(depth, progress)


class _Unrolling(Generic[S]):
    """Runs of a machine, one step longer at a time."""

    def __init__(self, machine: Machine[S], scope: Scope, limit: Limit) -> None:
        self.machine = machine
        self.scope = scope
        self.instance = Instance(machine, scope, limit)
        self.symbolic = self.instance.symbolic
        self.solver = self.instance.solver
        conditions, start = self.symbolic.initial()
        self.states: list[State] = [state_at(self.symbolic, 0)]
        self.solver.add(*conditions, same(self.symbolic, start, self.states[0]))
        self.pending = {text.__name__: text for text in (*machine.always, *machine.refuted)}
        self.naturals = {
            natural(act.name): act
            for act in machine.actions
            if failing(self.symbolic.transition(act, self.states[0]), "low")
        }
        self.looked_for = [*self.pending, *self.naturals]
        self.uncut = list(machine.actions)
        self.unmet = {
            (text.__name__, calls)
            for text in self.pending.values()
            for calls in machine.read_predicate(text, scope)[0].premises()
        }
        self.violations: dict[str, Trace[S]] = {}

    def _check_natural_start(self) -> None:
        """Refuse a machine that may start below zero, as an exploration does."""
        symbolic, init = self.symbolic, self.machine.init
        before = symbolic.before_start()
        below = failing(symbolic.start(before), "low")
        solver = z3.Solver(ctx=symbolic.context)
        solver.add(*symbolic.background(), *symbolic.typed(before))
        solver.add(z3.Or(*below, z3.BoolVal(False, symbolic.context)))
        if below and z3_answer(solver) != z3.unsat:
            what = f"{self.machine.name}.{init.__name__} takes a number below zero"
            raise MachineError(what, where(init))

    def _check_start(self) -> None:
        self._check_natural_start()
        if z3_answer(self.solver) == z3.unsat:
            raise MachineError(
                f"{self.machine.name} cannot start at this size: no state meets all that init "
                "requires and the assumptions say"
            )

    def run(self, depth: int, progress: Tell) -> Bounded[S]:
        started = time.perf_counter()
        self._check_start()
        reached = -1
        while reached < depth and (self.pending or self.naturals):
            progress(f"depth {reached + 1} of {depth}: {len(self.pending)} properties")
            if reached >= 0:
                self._lengthen()
            known = [self._look_at(name) for name in list(self.pending)]
            known += [self._look_for_premises(name) for name in list(self.pending)]
            if reached + 1 < depth:  # where no step is taken, none falls below zero or is cut
                known += [self._look_below(name) for name in list(self.naturals)]
                known += [self._look_past(act) for act in list(self.uncut)]
            if not all(known):
                break
            reached += 1
        seconds = time.perf_counter() - started
        complete = reached == depth or not (self.pending or self.naturals)
        cut = [act.name for act in self.machine.actions if act not in self.uncut]
        return Bounded(
            self.machine,
            self.scope,
            self.looked_for,
            reached,
            complete,
            seconds,
            self.violations,
            self.symbolic.left_out,
            cut,
            self._vacuous(),
        )

    def _vacuous(self) -> Mapping[str, Sequence[str]]:
        unmet = sorted((name, str(calls[0])) for name, calls in self.unmet)
        return by_property((name, place) for name, place in unmet if name in self.pending)

    def _lengthen(self) -> None:
        number = len(self.states)
        after = state_at(self.symbolic, number)
        self.solver.add(any_step(self.symbolic, self.states[-1], after, number - 1))
        self.states.append(after)

    def _look_at(self, name: str) -> bool:
        """Whether it is known if a property holds in the last state of every run."""
        text = self.pending[name]
        with self._asking(z3.Not(self.symbolic.predicate(text, self.states[-1]))) as answer:
            if answer == z3.sat:
                self.violations[name] = trace = self._replayed()
                del self.pending[name]
                if self.machine.holds(text, trace.states[-1], self.scope):
                    raise Disagreement(
                        f"{self.machine.name}: z3 has a run that refutes {name}, and on plain "
                        "values it holds; trust neither"
                    )
            return bool(answer != z3.unknown)

    def _look_for_premises(self, name: str) -> bool:
        """Whether it is known which premises of a property hold in the last state of some run."""
        unmet = [premise for premise in self.unmet if premise[0] == name]
        if not unmet:
            return True
        holds = self.symbolic.premises(self.pending[name], self.states[-1])
        return all(self._look_for_premise(premise, holds[premise[1]]) for premise in unmet)

    def _look_for_premise(self, premise: Premise, holds: Formula) -> bool:
        with self._asking(holds) as answer:
            if answer == z3.sat:
                self.unmet.remove(premise)
            return bool(answer != z3.unknown)

    def _look_below(self, name: str) -> bool:
        """Whether it is known if an action takes a number below zero in the last state."""
        act = self.naturals[name]
        with self._asking(self._stopped(act, "low")) as answer:
            if answer == z3.sat:
                self.violations[name] = trace = self._replayed()
                del self.naturals[name]
                number = len(self.states) - 1
                parameters = in_step(self.symbolic, act, number).parameters(act)
                if not self._falls(act, self.instance.arguments(act, parameters), trace):
                    raise Disagreement(
                        f"{self.machine.name}: z3 has a run to where {name} fails, and on plain "
                        "values it holds; trust neither"
                    )
            return bool(answer != z3.unknown)

    def _falls(self, act: Action[S], args: tuple[Value, ...], trace: Trace[S]) -> bool:
        try:
            state = self.machine.copy(trace.states[-1])
            self.machine.apply(act, state, args, self.scope)
        except OutOfRange as outside:
            return outside.low
        except Refused:
            return False
        return False

    def _look_past(self, act: Action[S]) -> bool:
        """Whether it is known if an action takes a number past its size in the last state."""
        with self._asking(self._stopped(act, "high")) as answer:
            if answer == z3.sat:
                self.uncut.remove(act)
            return bool(answer != z3.unknown)

    def _stopped(self, act: Action[S], kind: str) -> Formula:
        """A check of some kind is the first that an action fails in the last state."""
        here = in_step(self.symbolic, act, len(self.states) - 1)
        ways = failing(here.transition(act, self.states[-1]), kind)
        return z3.Or(*ways, z3.BoolVal(False, self.symbolic.context))

    @contextmanager
    def _asking(self, formula: Formula) -> Iterator[z3.CheckSatResult]:
        """What the solver answers if a formula holds too; its model lasts as long as the block."""
        self.solver.push()
        self.solver.add(formula)
        yield z3_answer(self.solver)
        self.solver.pop()

    def _replayed(self) -> Trace[S]:
        start = self.instance.state(self.states[0])
        steps = [self._step(number) for number in range(len(self.states) - 1)]
        return replay(self.machine, self.scope, start, steps)

    def _step(self, number: int) -> tuple[Action[S], tuple[Value, ...]]:
        model = self.solver.model()
        act = next(
            act
            for act in self.machine.actions
            if z3.is_true(model[took(self.symbolic, act, number)])
        )
        parameters = in_step(self.symbolic, act, number).parameters(act)
        return act, self.instance.arguments(act, parameters)
