"""Witnesses: for the start and for each action a state that shows that it is possible.

Where no state is initial, where assumptions contradict each other, or where no action is ever
possible, whatever is claimed holds, and says nothing; so does an implication whose premise holds
nowhere. So beside a proof stand states in which the assumptions, what was proved, and the guards of
an action, or a premise, hold together, as plain values that the concrete domain takes the action
in. Those of the project's machines are kept as data; what no longer fits, or was never kept, is
searched for with Z3 at small sizes.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Generic, TypeAlias, TypeVar

import attrs
import z3

from checkers.prove.counterexample import own_scopes, small_scopes
from checkers.prove.disagreement import Disagreement
from checkers.prove.instance import Instance
from checkers.prove.limits import Limit
from spec.notation import OutOfRange, Refused, Scope
from spec.notation.calls import Premise
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value
from spec.notation.symbolic import Formula, State, Symbolic

S = TypeVar("S")

Proved: TypeAlias = Mapping[str, bool]
"""The properties that were proved, by name, and whether every single step keeps each."""

START = "the start"
ASSUMPTIONS = "the assumptions"
ON_THE_WAY: Premise = "the ending", ()
"""What an ending is about: states in which its goal is not reached."""


@attrs.frozen
class Witness(Generic[S]):
    """Where an action is possible, how the machine starts, or where premises hold.

    Attributes:
        scope: the size.
        action: what is taken; for the start, `init` read as an action; None for premises.
        before: the state before; for the start, what the fields held that it leaves alone.
    """

    scope: Scope
    action: Action[S] | None
    before: S
    args: tuple[Value, ...]

    def starts(self, machine: Machine[S]) -> bool:
        """Whether it is how the machine starts, so that what was before need not be a state."""
        return self.action is not None and self.action.text is machine.init

    def fits(self, machine: Machine[S], proved: Proved) -> bool:
        """Whether the assumptions and all that was proved hold, and the action is taken.

        Raises:
            Disagreement: it is taken, and a property is lost that is proved to be kept.
        """
        texts = {text.__name__: text for text in machine.predicates}
        starts = self.starts(machine)
        needed = [*machine.assumptions, *(texts[n] for n in proved if not starts)]
        if not all(machine.holds(text, self.before, self.scope) for text in needed):
            return False
        if self.action is None:
            return True
        after = machine.copy(self.before)
        try:
            machine.apply(self.action, after, self.args, self.scope)
        except (Refused, OutOfRange):
            return False
        for text in (texts[name] for name, in_a_step in proved.items() if starts or in_a_step):
            if not machine.holds(text, after, self.scope):
                raise Disagreement(
                    f"{machine.name}: z3 says that {self.action.name} keeps {text.__name__}, and "
                    "in a state that was found it does not; trust neither"
                )
        return True

    def met(self, machine: Machine[S], premises: Collection[Premise]) -> set[Premise]:
        """The premises that hold in the state."""
        if self.starts(machine):
            return set()
        names = {name for name, _ in premises}
        holding: set[Premise] = {
            (text.__name__, calls)
            for text in machine.always
            if text.__name__ in names
            for calls in machine.supposed(text, self.before, self.scope)
        }
        ending = machine.ending
        if ending and not machine.holds(ending.reached, self.before, self.scope):
            holding.add(ON_THE_WAY)
        return holding & set(premises)


@attrs.frozen
class Possible(Generic[S]):
    """What is possible of all that was proved something of.

    Attributes:
        found: a witness for the start, for each action that has one, by name, and for the premises
            that hold in none of those.
        impossible: what Z3 shows to be impossible, at any size: actions, the start, or the
            assumptions together.
        undecided: actions, or the start, of which neither is known.
        fresh: of what was found, what had to be searched for.
        unmet: premises of claims that hold in no state that was found; true where Z3 shows that
            they hold in none at all, at any size.
    """

    machine: Machine[S]
    found: Mapping[str, Witness[S]]
    impossible: Sequence[str]
    undecided: Sequence[str]
    fresh: Sequence[str]
    unmet: Mapping[Premise, bool]

    @property
    def is_of_nothing(self) -> bool:
        """Whether there is no state in which a run could start."""
        return bool({START, ASSUMPTIONS} & {*self.impossible})

    @property
    def nothing(self) -> str:
        """Why nothing ever happens, if nothing does."""
        if ASSUMPTIONS in self.impossible:
            return "the assumptions contradict each other"
        if START in self.impossible:
            return "no state is initial"
        if set(self.impossible) == {act.name for act in self.machine.actions}:
            return "no action is ever possible"
        return ""

    @property
    def vacuous(self) -> list[str]:
        """Why what was proved says nothing, a line for each reason; none where it does."""
        nothing = [f"{self.nothing}: nothing is proved"] if self.nothing else []
        if self.is_of_nothing:
            return nothing
        never = "is never possible where all that was proved holds"
        lines = [f"{name} {never}" for name in self.impossible if name not in self._dormant]
        lines += nothing if self.machine.actions else ()
        lines += [
            f"{_told(premise)} never holds where all that was proved does"
            for premise, never in self.unmet.items()
            if never
        ]
        return lines

    @property
    def unseen(self) -> list[str]:
        """What may be impossible, and is not named as dormant, a line for each."""
        if self.is_of_nothing:
            return []
        unseen = [f"{name} is possible" for name in self.undecided if name not in self._dormant]
        unseen += [f"{_told(premise)} holds" for premise, never in self.unmet.items() if not never]
        return [
            f"no state was found in which {what}; whether there is one is undecided"
            for what in unseen
        ]

    @property
    def _dormant(self) -> set[str]:
        """The actions that need not be possible; an ending that rests on one needs it to be."""
        ending = self.machine.ending
        fair = {act.name for act in ending.fair} if ending else set()
        return {act.name for act, _ in self.machine.dormant} - fair


def witnesses(
    machine: Machine[S],
    proved: Proved,
    limit: Limit | None = None,
    progress: Callable[[str], None] | None = None,
    kept: Mapping[str, Witness[S]] | None = None,
) -> Possible[S]:
    """Show of the start and of each action that it is possible where all that was proved holds.

    Args:
        machine: the machine.
        proved: the properties that were proved.
        limit: the most that one question to Z3 may take.
        progress: called before each search.
        kept: witnesses from before, which are looked at first.

    Raises:
        Disagreement: a property is lost that is proved to be kept.
    """
    known = {name: w for name, w in (kept or {}).items() if w.fits(machine, proved)}
    search = _Search(machine, proved, limit or Limit(), progress or (lambda line: None))
    wanted = {name: act for name, act in possibly(machine).items() if name not in known}
    fresh = search.run(wanted)
    missing = {name: act for name, act in wanted.items() if name not in fresh}
    impossible = search.impossible(missing)
    undecided = [name for name in missing if name not in impossible]
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


def _told(premise: Premise) -> str:
    """A premise in words, with the property that has it."""
    name, calls = premise
    return f"what {name} supposes ({calls[0] if calls else 'its goal is not reached'})"


def possibly(machine: Machine[S]) -> dict[str, Action[S]]:
    """What has to be possible: the start, read as an action, and each action."""
    return {START: machine.start_action, **{act.name: act for act in machine.actions}}


class _Search(Generic[S]):
    """Looks for witnesses with Z3: at small sizes, and whether there can be none at any."""

    def __init__(
        self, machine: Machine[S], proved: Proved, limit: Limit, progress: Callable[[str], None]
    ) -> None:
        self.machine = machine
        self.proved = proved
        self.limit = limit
        self.progress = progress
        self.texts = {text.__name__: text for text in machine.predicates}

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
            if small.solver.check() == z3.sat:
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
                small.solver.check()
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
            never |= {premise} if solver.check() == z3.unsat else set()
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
        if solver.check() == z3.unsat:
            return [ASSUMPTIONS]
        asked = self._asked(symbolic, solver, wanted)
        return [name for name, _ in asked if solver.check() == z3.unsat]

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
    if solver.check() == z3.sat:
        return True
    solver.pop()
    return False
