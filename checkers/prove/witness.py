"""The search for witnesses: of the start, of each action and of each premise that it is possible.

Those of the project's machines are kept as data; what no longer fits, or was never kept, is
searched for with Z3 at small sizes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Generic, TypeVar

import z3

from checkers.host.telling import Tell, silent
from checkers.prove.archive import kept_witnesses
from checkers.prove.disagreement import Disagreement
from checkers.prove.instance import Instance, own_scopes, small_scopes
from checkers.prove.limits import Limit, z3_answer
from checkers.prove.possible import (
    ASSUMPTIONS,
    ON_THE_WAY,
    START,
    Possible,
    Proved,
    Witness,
    possibly,
)
from spec.notation.calls import Premise
from spec.notation.machine import Action, Machine
from spec.notation.symbolic import Formula, State, Symbolic

S = TypeVar("S")


def witnesses(
    machine: Machine[S],
    proved: Proved,
    limit: Limit | None = None,
    progress: Tell = silent,
    kept: Mapping[str, Witness[S]] | None = None,
) -> Possible[S]:
    """Show of the start and of each action that it is possible where all that was proved holds.

    Args:
        machine: the machine.
        proved: the properties that were proved.
        limit: the most that one question to Z3 may take.
        progress: called before each search.
        kept: witnesses from before, which are looked at first; else those in the archive.

    Raises:
        Disagreement: a property is lost that is proved to be kept.
    """
    kept = kept_witnesses(machine) if kept is None else kept
    known = {name: w for name, w in kept.items() if w.fits(machine, proved)}
    search = _Search(machine, proved, limit or Limit(), progress)
    wanted = {name: act for name, act in possibly(machine).items() if name not in known}
    # What is dormant by design is asked of every size at once, before small ones are searched.
    dormant = {act.name: act for act, _ in machine.dormant if act.name in wanted}
    asleep = search.impossible(dormant)
    fresh = search.run({name: act for name, act in wanted.items() if name not in asleep})
    missing = {n: act for n, act in wanted.items() if n not in {*fresh, *dormant}}
    impossible = list(dict.fromkeys([*asleep, *search.impossible(missing)]))
    undecided = [name for name in wanted if name not in {*fresh, *impossible}]
    unmet = _unmet(machine, _supposed(machine, proved), {**known, **fresh})
    free = (name for name in map(_premises, count(1)) if name not in known)
    meeting = dict(zip(free, search.meeting(unmet), strict=False))
    unmet, fresh = _unmet(machine, unmet, meeting), fresh | meeting
    never = search.never(unmet)
    in_none = {premise: premise in never for premise in unmet}
    return Possible(machine, known | fresh, impossible, undecided, list(fresh), in_none)


def _premises(number: int) -> str:
    """What a witness of premises is called."""
    return f"premises {number}"


def _supposed(machine: Machine[S], proved: Proved) -> list[Premise]:
    """What the claims that were proved suppose, and the ending."""
    premises: list[Premise] = [
        (text.__name__, calls)
        for text in machine.always
        if text.__name__ in proved
        for calls in machine.read_predicate(text)[0].premises()
    ]
    if machine.ending and machine.ending.ranking:
        premises.append(ON_THE_WAY)
    return premises


def _unmet(
    machine: Machine[S], premises: Sequence[Premise], found: Mapping[str, Witness[S]]
) -> list[Premise]:
    """The premises that no witness shows to hold anywhere."""
    unmet = list(premises)
    for witness in found.values():
        met = witness.met(machine, unmet)
        unmet = [premise for premise in unmet if premise not in met]
    return unmet


class _Search(Generic[S]):
    """Looks for witnesses with Z3: at small sizes, and whether there can be none at any."""

    def __init__(self, machine: Machine[S], proved: Proved, limit: Limit, progress: Tell) -> None:
        self.machine = machine
        self.proved = proved
        self.limit = limit
        self.progress = progress
        self.texts = machine.named

    def run(self, wanted: Mapping[str, Action[S]]) -> dict[str, Witness[S]]:
        """A witness for each action that has one at some small size, or at the machine's own."""
        found: dict[str, Witness[S]] = {}
        for scope in (*small_scopes(self.machine), *own_scopes(self.machine)):
            left = {name: act for name, act in wanted.items() if name not in found}
            if left:
                found |= self._at(Instance(self.machine, scope, self.limit), left)
        return found

    def _at(self, small: Instance[S], wanted: Mapping[str, Action[S]]) -> dict[str, Witness[S]]:
        found: dict[str, Witness[S]] = {}
        for name, before in self._asked(small.symbolic, small.solver, wanted):
            if z3_answer(small.solver) == z3.sat:
                act = wanted[name]
                args = small.arguments(act, small.symbolic.parameters(act))
                found[name] = Witness(small.scope, act, small.state(before), args)
        for name, witness in found.items():
            if not witness.fits(self.machine, self.proved):
                raise Disagreement(
                    f"{self.machine.name}: z3 finds a state in which {name} is possible, and on "
                    "plain values it is not; trust neither"
                )
        return found

    def meeting(self, premises: Collection[Premise]) -> Iterator[Witness[S]]:
        """States for premises, each for as many as go together, at the first size that has any."""
        wanted = list(premises)
        for scope in (*small_scopes(self.machine), *own_scopes(self.machine)) if wanted else ():
            small = Instance(self.machine, scope, self.limit)
            for witness in self._meeting_at(small, wanted):
                met = witness.met(self.machine, wanted)
                if not met or not witness.fits(self.machine, self.proved):
                    raise Disagreement(
                        f"{self.machine.name}: z3 finds a state in which what an implication "
                        "supposes holds, and on plain values it does not; trust neither"
                    )
                wanted = [premise for premise in wanted if premise not in met]
                yield witness

    def _meeting_at(
        self, small: Instance[S], premises: Collection[Premise]
    ) -> Iterator[Witness[S]]:
        state = small.symbolic.constants()
        small.solver.add(*small.symbolic.typed(state), *self._holding(small.symbolic, state))
        pending = self._supposed(small.symbolic, state, premises)
        while pending:
            together = [p for p, holds in pending.items() if _can_hold_too(small.solver, holds)]
            if together:
                z3_answer(small.solver)
                yield Witness(small.scope, None, small.state(state), ())
            small.solver.pop(len(together))
            pending = {p: pending[p] for p in pending if together and p not in together}

    def never(self, premises: Collection[Premise]) -> set[Premise]:
        """The premises that hold nowhere, at any size."""
        if not premises:
            return set()
        symbolic, solver = self._at_any_size()
        state = symbolic.constants()
        solver.add(*symbolic.typed(state), *self._holding(symbolic, state))
        never = set()
        for premise, holds in self._supposed(symbolic, state, premises).items():
            solver.push()
            solver.add(holds)
            never |= {premise} if z3_answer(solver) == z3.unsat else set()
            solver.pop()
        return never

    def _supposed(
        self, symbolic: Symbolic[S], state: State, premises: Collection[Premise]
    ) -> dict[Premise, Formula]:
        """What some implications suppose of a state."""
        names = dict.fromkeys(name for name, _ in premises)
        supposed: dict[Premise, Formula] = {
            (name, calls): holds
            for name in names
            if name in self.texts
            for calls, holds in symbolic.premises(self.texts[name], state).items()
            if (name, calls) in premises
        }
        if self.machine.ending and ON_THE_WAY in premises:
            supposed[ON_THE_WAY] = z3.Not(symbolic.predicate(self.machine.ending.reached, state))
        return supposed

    def _holding(self, symbolic: Symbolic[S], state: State) -> list[Formula]:
        """That all that was proved holds in a state."""
        return [symbolic.predicate(self.texts[name], state) for name in self.proved]

    def _asked(
        self, symbolic: Symbolic[S], solver: z3.Solver, wanted: Mapping[str, Action[S]]
    ) -> Iterator[tuple[str, State]]:
        """Makes the solver ask of each action in turn whether it is possible, and in which state.

        The start is first, before anything is said of the states after it.
        """
        state = symbolic.constants()
        holds = self._holding(symbolic, state)
        for name, act in wanted.items():
            self.progress(f"whether {name} is possible")
            solver.push()
            before = symbolic.before_start() if name == START else state
            solver.add(*symbolic.typed(before), *symbolic.transition(act, before).conditions)
            if name != START:
                solver.add(*holds)
            yield name, before
            solver.pop()

    def impossible(self, wanted: Mapping[str, Action[S]]) -> list[str]:
        """What cannot be at any size: the assumptions, or else some of the actions."""
        if not wanted:
            return []
        symbolic, solver = self._at_any_size()
        if z3_answer(solver) == z3.unsat:
            return [ASSUMPTIONS]
        asked = self._asked(symbolic, solver, wanted)
        return [name for name, _ in asked if z3_answer(solver) == z3.unsat]

    def _at_any_size(self) -> tuple[Symbolic[S], z3.Solver]:
        """The machine as terms, and a solver that holds what is so at every size."""
        symbolic = Symbolic(self.machine)
        solver = z3.Solver(ctx=symbolic.context)
        self.limit.bind(solver)
        solver.add(*symbolic.background())
        return symbolic, solver


def _can_hold_too(solver: z3.Solver, formula: Formula) -> bool:
    """Whether a formula can hold with what a solver holds, to which it is then added."""
    solver.push()
    solver.add(formula)
    if z3_answer(solver) == z3.sat:
        return True
    solver.pop()
    return False
