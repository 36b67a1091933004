"""Effects: each assignment of a machine, and steps by which one sees whether it is made.

A step shows an effect if the state after it would be another without it. It shows nothing where
what is written stands there already: so an effect is shown once something else that writes the same
field comes before. Ways that do are made of known ones, with steps put in between; and what shows
something is known from then on.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Generic, TypeAlias, TypeVar

import attrs

from checkers.host.telling import Tell, silent
from checkers.lockstep.run import BELOW_ZERO, OUTSIDE, Lockstep, Run, Step
from checkers.lockstep.shrink import shortened
from checkers.mutate.mutants import changes
from spec.notation import MachineError, OutOfRange, Refused
from spec.notation.machine import Action
from spec.notation.sorts import Fun

S = TypeVar("S")

End: TypeAlias = tuple[Sequence[Step[S]], int]
"""A place on a way: the way, and how many of its steps lead there."""

_MANY = 60  # instances of an action that are looked at
_NEAR = 6  # steps before an effect's action, at most, after which others are put in
_PUT_IN = 3  # actions that are put in, at most
_DOUBLED = 5  # times that the times are doubled that an action is put in, at most
_STRETCHES = 1 / 2  # of these come with what led to them elsewhere
_LONG = 10  # steps of that, at most
_WRITES = 2 / 3  # of the actions that are put in write what the effect does


@attrs.frozen(eq=False)
class Effect(Generic[S]):
    """An assignment of an action; that of a helper is one of each action that calls it.

    Attributes:
        action: whose it is.
        line: of the source file.
        said: the assignment.
        fields: what it names of the state; first what it writes.
        without: the action without it.
    """

    action: Action[S]
    line: int
    said: str
    fields: Sequence[str]
    without: Action[S]


@attrs.frozen
class Found(Generic[S]):
    """A step that shows effects: the steps before, the step, and what it shows."""

    way: Sequence[Step[S]]
    step: Step[S]
    shown: Sequence[Effect[S]]


class Effects(Generic[S]):
    """The effects of a machine, and ways that show them.

    An action whose source cannot be compiled again has none.

    Args:
        lockstep: the machine, at the sizes at which steps are taken.
        seed: of the choices; equal seeds find the same.
        dormant: the names of actions that are never accepted, of which no effect counts.

    Attributes:
        unshown: by the names of the actions, those that no way has shown so far.
    """

    def __init__(self, lockstep: Lockstep[S], seed: int = 0, dormant: Collection[str] = ()) -> None:
        self.lockstep = lockstep
        self.random = random.Random(seed)
        self.unshown = {act.name: list(_effects(lockstep, act)) for act in lockstep.actions}
        self.unshown |= {name: [] for name in dormant}
        self._writers: dict[str, list[Action[S]]] = {}
        for effect in self.left:
            writers = self._writers.setdefault(effect.fields[0], [])
            writers += [effect.action] if effect.action not in writers else []
        fields = lockstep.machine.fields.items()
        self._fields = [name for name, field in fields if field.kind is not Fun]
        self._known: list[Sequence[Step[S]]] = []
        self._ends = {act.name: list[End[S]]() for act in lockstep.actions}
        self._instances = {a.name: a.instances(lockstep.scope) for a in lockstep.actions}

    @property
    def left(self) -> list[Effect[S]]:
        """Those that no way has shown so far."""
        return [effect for effects in self.unshown.values() for effect in effects]

    def follow(self, way: Sequence[Step[S]]) -> None:
        """Take a way, as far as it goes, and know it: what it shows is unshown no more."""
        self._known.append(way)
        with self.lockstep.alone() as run:
            for end, step in enumerate(way, 1):
                said, shown = self._take(run, step)
                if said in (OUTSIDE, BELOW_ZERO):
                    return
                name = step[0].name
                self.unshown[name] = [each for each in self.unshown[name] if each not in shown]
                if said is None:
                    self._ends[name].append((way, end))

    def _take(self, run: Run[S], step: Step[S]) -> tuple[str | None, Sequence[Effect[S]]]:
        """Take a step in the specification; what that says, and the effects that it shows."""
        unshown = self.unshown[step[0].name]
        before = self.lockstep.machine.copy(run.spec) if unshown else run.spec
        said = run.attempt(step)
        if said is not None:
            return said, ()
        return None, [each for each in unshown if self._is_missed(each, before, step, run.spec)]

    def _is_missed(self, effect: Effect[S], before: S, step: Step[S], after: S) -> bool:
        """Whether a step leads elsewhere without an effect."""
        other = self.lockstep.machine.copy(before)
        try:
            effect.without.text(other, *step[1])
        except (Refused, OutOfRange):
            return True
        return any(getattr(other, name) != getattr(after, name) for name in self._fields)

    # Ways that show more

    def seek(self, rounds: int, progress: Tell = silent) -> Iterator[Sequence[Step[S]]]:
        """Short ways to what no way has shown so far.

        Args:
            rounds: how many ways are made of those that were followed.
            progress: called now and then with a line that says how far it is.
        """
        for number in range(rounds):
            if not ((left := self.left) and self._known):
                return
            progress(f"{number:,} of {rounds:,} ways, {len(left)} effects that none shows")
            # First a field: else what many actions write, and none shows, would take all rounds.
            field = self.random.choice([*dict.fromkeys(effect.fields[0] for effect in left)])
            of_field = [effect for effect in left if effect.fields[0] == field]
            if found := self._made(self.random.choice(of_field)):
                way = self._shortened(found)
                self.follow(way)
                yield way

    def _made(self, effect: Effect[S]) -> Found[S] | None:
        """A way to the first step that shows anything, made of a known one, if one is."""
        way, end = self._taking(effect.action)
        start = max(0, end - self.random.randint(1, self.random.choice([_NEAR, len(way)])))
        with self.lockstep.alone() as run:
            made = [step for step in way[:start] if run.attempt(step) is None]
            for step in self._put_in(run, effect, way[start:end]):
                said, shown = self._take(run, step)
                if shown:
                    return Found(made, step, shown)
                if said is None:
                    made.append(step)
        return None

    def _taking(self, act: Action[S]) -> End[S]:
        """A known way on which an action is taken, up to that; else any, if none is known."""
        if ends := self._ends[act.name]:
            return self.random.choice(ends)
        tried = [way for way in self._known if way[-1][0] is act]
        way = self.random.choice(tried or self._known)
        return way, len(way)

    def _put_in(self, run: Run[S], effect: Effect[S], rest: Sequence[Step[S]]) -> Iterator[Step[S]]:
        """Steps that may matter to an effect, then the rest of a way, then the effect's action."""
        for _ in range(self.random.randint(1, _PUT_IN)):
            writers = self._writers.get(self.random.choice(effect.fields), ())
            acts = writers if self.random.random() < _WRITES else self.lockstep.actions
            some = self.random.sample(acts, len(acts))
            if some and self.random.random() < _STRETCHES:
                way, end = self._taking(some[0])
                yield from way[max(0, end - self.random.randint(1, _LONG)) : end]
            for step in self._accepted(run, some):
                yield from [step] * 2 ** self.random.randint(0, _DOUBLED)
        yield from rest
        yield from self._accepted(run, [effect.action])

    def _accepted(self, run: Run[S], acts: Sequence[Action[S]]) -> list[Step[S]]:
        """A step of the first of some actions of which one is found that is accepted now."""
        for act in acts:
            instances = self._instances[act.name]
            for args in self.random.sample(instances, min(len(instances), _MANY)):
                if run.would((act, args)) is None:
                    return [(act, args)]
        return []

    def _shortened(self, found: Found[S]) -> Sequence[Step[S]]:
        """As short a way as trying shows to be enough to the same step, which shows as much."""

        def is_enough(way: Sequence[Step[S]]) -> bool:
            with self.lockstep.alone() as run:
                if any(run.attempt(step) is not None for step in way):
                    return False
                return set(found.shown) <= set(self._take(run, found.step)[1])

        return [*shortened(found.way, is_enough), found.step]


def _effects(lockstep: Lockstep[S], act: Action[S]) -> Iterator[Effect[S]]:
    with suppress(MachineError):
        for edit, without in changes(lockstep.machine, act, ["effect dropped"]):
            yield Effect(act, edit.line, edit.said.removeprefix("drop "), edit.fields, without)
