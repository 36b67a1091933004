"""What is possible, and the witnesses that show it: a state for the start and for each action.

Where no state is initial, where assumptions contradict each other, or where no action is ever
possible, whatever is claimed holds, and says nothing; so does an implication whose premise holds
nowhere. So beside a proof stand states in which the assumptions, what was proved, and the guards of
an action, or a premise, hold together, as plain values that the concrete domain takes the action
in.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

import attrs

from checkers.prove.disagreement import Disagreement
from spec.notation import OutOfRange, Refused, Scope
from spec.notation.calls import Premise
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value

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
        texts = machine.named
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


def _told(premise: Premise) -> str:
    """A premise in words, with the property that has it."""
    name, calls = premise
    return f"what {name} supposes ({calls[0] if calls else 'its goal is not reached'})"


def possibly(machine: Machine[S]) -> dict[str, Action[S]]:
    """What has to be possible: the start, read as an action, and each action."""
    return {START: machine.start_action, **{act.name: act for act in machine.actions}}
