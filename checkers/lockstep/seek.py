"""Seeking: a run for each reason for which a step can be refused, by the specification alone.

A walk takes what was seldom taken, and sets out from somewhere on the way of a story, if there are
any. Of what it finds the step with the fewest faults is best: of a single one nothing else tells
whether the guard is there. Then the runs are shortened, and refusals on the way of another's run
become part of it.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

import attrs

from checkers.host.telling import Tell, silent
from checkers.lockstep.run import BELOW_ZERO, OUTSIDE, Lockstep, Run, Step
from checkers.lockstep.shrink import shortened
from checkers.lockstep.stories import Story
from checkers.lockstep.trial import Trial
from spec.notation import MachineError
from spec.notation.sorts import Value

S = TypeVar("S")

Refusal: TypeAlias = tuple[str, str]
"""An action by name, and why it is refused."""

_WALKS = 100
_MANY = 60  # instances of an action that are looked at
_FAR = 12  # steps that a walk takes from where it sets out
_ODD = 1 / 3  # of the steps that are taken, those that are just any


Order: TypeAlias = tuple[str, str, str]
"""An action by name, why it is refused, and the next guard that is against it."""


@attrs.frozen
class Found(Generic[S]):
    """A refusal: the steps before, the step that is refused, and why: the guards against it."""

    way: Sequence[Step[S]]
    step: Step[S]
    faults: Sequence[str]


class Seeker(Generic[S]):
    """Looks for refusals.

    Args:
        lockstep: the machine, at the sizes and with the values with which it is driven.
        stories: runs to set out from, each as far as it goes.
        seed: of the choices; equal seeds find the same.
        ordered: look also for steps that several guards are against, which fix the order of the
            first two.

    Attributes:
        found: the best of each refusal that was found so far.
        orders: the best of those that several guards are against: the fewest.
        accepted: a way to where each action is accepted that was, the action included.
    """

    def __init__(
        self,
        lockstep: Lockstep[S],
        stories: Sequence[Story] = (),
        seed: int = 0,
        *,
        ordered: bool = False,
    ) -> None:
        self.lockstep = lockstep
        self.stories = stories
        self.random = random.Random(seed)
        self.ordered = ordered
        self.found: dict[Refusal, Found[S]] = {}
        self.orders: dict[Order, Found[S]] = {}
        self.accepted: dict[str, Sequence[Step[S]]] = {}
        self._taken: Counter[str] = Counter()
        self._seen: set[tuple[tuple[str, tuple[Value, ...]], ...]] = set()

    def run(self, walks: int = _WALKS, progress: Tell = silent) -> list[Trial[S]]:
        """Look along every story, and on so many walks; what was found, in few and short runs."""
        self.look(walks, progress)
        self.shorten(progress)
        return list(self._trials())

    # Looking

    def look(self, walks: int = _WALKS, progress: Tell = silent) -> None:
        """Look along every story, and on so many walks."""
        ways = [self.told(story) for story in self.stories]
        for number, way in enumerate(ways):
            progress(f"{number:,} of {len(ways):,} stories, {len(self.found)} refusals")
            self._look_along(way)
        for number in range(walks):
            progress(f"{number:,} of {walks:,} walks, {len(self.found)} refusals")
            self._wander(self._somewhere(ways))

    def look_on(self, trial: Trial[S]) -> None:
        """Look at what is refused in a trial, as far as it can be taken."""
        way: list[Step[S]] = []
        with self.lockstep.alone() as run:
            for step, _ in trial:
                said = run.attempt(step)
                if said in (OUTSIDE, BELOW_ZERO):
                    return
                if said is None:
                    way.append(step)
                else:
                    self._note(run, way, step, said)

    def told(self, story: Story) -> list[Step[S]]:
        """The steps of a story, up to the first that cannot be taken."""
        way: list[Step[S]] = []
        with self.lockstep.alone() as run:
            for name, *args in story:
                try:
                    step = self.lockstep.machine.action(str(name)), tuple(args)
                except MachineError:
                    break
                if step[0] not in self.lockstep.actions or run.attempt(step) is not None:
                    break
                way.append(step)
        return way

    def _look_along(self, way: Sequence[Step[S]]) -> None:
        """Look at each place on a way that no other has led to."""
        with self.lockstep.alone() as run:
            for number in range(len(way) + 1):
                here = tuple((act.name, args) for act, args in way[:number])
                if here not in self._seen:
                    self._seen.add(here)
                    self._look(run, way[:number])
                if number < len(way):
                    run.attempt(way[number])

    def _somewhere(self, ways: Sequence[Sequence[Step[S]]]) -> Sequence[Step[S]]:
        """Where a walk sets out: on the way of a story, or where a refusal was found."""
        known = [*ways, *(found.way for found in self.found.values())]
        way = self.random.choice(known) if known else ()
        return way[: self.random.randint(0, len(way))]

    def _wander(self, start: Sequence[Step[S]]) -> None:
        with self.lockstep.alone() as run:
            way = list(start)
            for step in start:
                run.attempt(step)
            while len(way) < len(start) + _FAR and (next_one := self._next(self._look(run, way))):
                self._taken[next_one[0].name] += 1
                run.attempt(next_one)
                way.append(next_one)

    def _next(self, accepted: Mapping[str, Sequence[Step[S]]]) -> Step[S] | None:
        """A step of the action that was seldom taken; now and then, of any."""
        if not accepted:
            return None
        names = sorted(accepted, key=lambda name: self._taken[name])
        odd = self.random.random() < _ODD
        return self.random.choice(accepted[self.random.choice(names) if odd else names[0]])

    def _look(self, run: Run[S], way: Sequence[Step[S]]) -> Mapping[str, Sequence[Step[S]]]:
        """Note what is refused now; what is accepted, by the action's name."""
        accepted: dict[str, list[Step[S]]] = {}
        for step, said in self._attempts(run):
            if said is None:
                accepted.setdefault(step[0].name, []).append(step)
                self.accepted.setdefault(step[0].name, [*way, step])
            else:
                self._note(run, way, step, said)
        return accepted

    def _attempts(self, run: Run[S]) -> Iterator[tuple[Step[S], str | None]]:
        """Steps of every action, and what the specification says of each."""
        for act in self.lockstep.actions:
            instances = act.instances(self.lockstep.scope)
            for args in self.random.sample(instances, min(len(instances), _MANY)):
                said = run.would((act, args))
                if said not in (OUTSIDE, BELOW_ZERO):
                    yield (act, args), said

    def _note(self, run: Run[S], way: Sequence[Step[S]], step: Step[S], reason: str) -> None:
        name = step[0].name
        known = self.found.get((name, reason))
        is_best = known is not None and len(known.faults) == 1
        if is_best and not self.ordered:
            return
        found = Found(list(way), step, run.faults(step))
        if not is_best and (not known or len(found.faults) < len(known.faults)):
            self.found[name, reason] = found
        if self.ordered and len(found.faults) > 1:
            first, second, *_ = found.faults
            best = self.orders.setdefault((name, first, second), found)
            if len(found.faults) < len(best.faults):
                self.orders[name, first, second] = found

    # Few and short runs

    def shorten(self, progress: Tell = silent) -> None:
        """Find a shorter way to each refusal."""
        for refusal, found in self.found.items():
            progress(f"the shortest way to where {refusal[0]} is refused: {refusal[1]}")
            self.found[refusal] = self._shortened(found)
        for order, found in self.orders.items():
            progress(f"the shortest way to where {order[0]} is refused: {order[1]}")
            self.orders[order] = self._shortened(found, exactly=True)

    def _shortened(self, found: Found[S], *, exactly: bool = False) -> Found[S]:
        """The same refusal after as few steps as trying to leave out parts shows to be enough.

        As many guards are against it, or fewer; or exactly the same.
        """
        best = found

        def is_enough(way: Sequence[Step[S]]) -> bool:
            nonlocal best
            faults = self.refused_after(way, found.step)
            if faults == best.faults or (not exactly and self._is_better(faults, best)):
                best = Found(way, found.step, faults)
                return True
            return False

        shortened(found.way, is_enough)
        return best

    def refused_after(self, way: Sequence[Step[S]], step: Step[S]) -> list[str]:
        """The guards that are against a step after some others; none if these cannot be taken."""
        with self.lockstep.alone() as run:
            if any(run.attempt(before) is not None for before in way):
                return []
            return run.faults(step)

    @staticmethod
    def _is_better(faults: Sequence[str], found: Found[S]) -> bool:
        return faults[:1] == found.faults[:1] and len(faults) <= len(found.faults)

    def _trials(self) -> Iterator[Trial[S]]:
        """Runs in which all that was found comes about."""
        left = dict(self.found)
        for refusal, found in sorted(left.items(), key=lambda item: -len(item[1].way)):
            if refusal in left:
                yield self._trial(left, refusal, found)

    def _trial(self, left: dict[Refusal, Found[S]], refusal: Refusal, last: Found[S]) -> Trial[S]:
        """A run to a refusal, and those that are left and come about on the way, which then are
        left no more."""
        trial: list[tuple[Step[S], str | None]] = []
        with self.lockstep.alone() as run:
            steps: list[Step[S] | None] = [*last.way, None]
            for step in steps:
                for attempt, said in list(self._attempts(run)):
                    best = said and left.get((attempt[0].name, said))
                    if best and said and len(run.faults(attempt)) <= len(best.faults):
                        del left[attempt[0].name, said]
                        trial.append((attempt, said))
                if step:
                    run.attempt(step)
                    trial.append((step, None))
        if refusal in left:  # of many instances only some are looked at
            del left[refusal]
            trial.append((last.step, refusal[1]))
        return trial
