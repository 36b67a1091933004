"""Gathering vectors: from refusals and runs that are known, and from some that are drawn."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from checkers.conform.effects import Effects
from checkers.conform.stage import Stage
from checkers.conform.vectors import NOTHING, Pair, Tag, Taken, Vector, Vectors, Writer
from checkers.host.telling import Tell, silent
from checkers.lockstep.driver import Setup, nobody
from checkers.lockstep.run import BELOW_ZERO, OUTSIDE, Lockstep, Run, Step
from checkers.lockstep.seek import Found, Seeker
from checkers.lockstep.stories import Story
from checkers.lockstep.trial import kept_trials

S = TypeVar("S")

_LENGTH = 40
"""Steps of a run that is drawn, at most."""
_MANY = 60  # instances of an action that are looked at
_ACCEPTED = 2 / 3  # of the steps of a run that is drawn


@attrs.frozen
class Sources:
    """Where vectors of a machine come from.

    Attributes:
        stories: runs that somebody wrote down, with the values of the setup.
        unreached: what is never refused for which reason, with why.
        dormant: actions that are never accepted, with why.
        walks: how many runs are drawn.
        seeks: on how many more refusals are looked for.
        made: how many are made of others, to see effects that these do not show.
    """

    stories: Sequence[Story] = ()
    unreached: Mapping[tuple[str, str], str] = attrs.field(factory=dict)
    dormant: Mapping[str, str] = attrs.field(factory=dict)
    walks: int = 20
    seeks: int = 100
    made: int = 1000


class Gatherer(Generic[S]):
    """Gathers the vectors of a machine.

    Args:
        stage: the machine at a size.
        sources: where they come from.
        seed: of what is drawn; equal seeds gather the same.
    """

    def __init__(self, stage: Stage[S], sources: Sources, seed: int = 0) -> None:
        self.stage = stage
        self.sources = sources
        self.lockstep = Lockstep(stage.machine, stage.setup(Setup(nobody)))
        self.writer = Writer(stage, self.lockstep)
        self.seed = seed
        self.random = random.Random(seed)
        self._taken: Counter[Pair] = Counter()

    def gather(self, progress: Tell = silent) -> Vectors:
        """All vectors: refusals, the order of reasons, stories, and walks."""
        stories = [self.stage.numbered(story) for story in self.sources.stories]
        seeker = Seeker(self.lockstep, stories, ordered=True)
        for trial in kept_trials(self.lockstep):
            seeker.look_on(trial)
        seeker.look(self.sources.seeks, progress)
        seeker.shorten(progress)
        runs: list[tuple[Tag, Sequence[Step[S]]]] = [
            *((_tag(found), [*found.way, found.step]) for found in seeker.found.values()),
            *(("order", [*found.way, found.step]) for found in seeker.orders.values()),
            *(("story", seeker.told(story)) for story in stories),
            *(("walk", way) for way in seeker.accepted.values()),
            *(("walk", self._drawn()) for _ in range(self.sources.walks)),
        ]
        runs += [("walk", way) for way in self._showing([way for _, way in runs], progress)]
        vectors = [self.writer.vector(tag, steps) for tag, steps in runs if steps]
        return Vectors(
            self.stage.opening,
            self.writer.states,
            list(_distinct(vectors)),
            [*self._unreached(seeker)],
            [*self._dormant(vectors)],
        )

    def _showing(
        self, ways: Sequence[Sequence[Step[S]]], progress: Tell
    ) -> Iterator[Sequence[Step[S]]]:
        """Ways that show the effects that others do not."""
        effects = Effects(self.lockstep, self.seed, self.sources.dormant)
        for way in filter(None, ways):
            effects.follow(way)
        yield from effects.seek(self.sources.made, progress)

    def _unreached(self, seeker: Seeker[S]) -> Iterator[tuple[str, str, str]]:
        """The refusals that were not found, each with why there is none, if anybody knows."""
        for name, reasons in self.lockstep.reasons.items():
            for reason in dict.fromkeys(reasons):
                if (name, reason) not in seeker.found:
                    why = self.sources.unreached.get((name, reason), NOTHING)
                    yield name, reason, why

    def _dormant(self, vectors: Iterable[Vector]) -> Iterator[tuple[str, str]]:
        """The actions that are never accepted, each with why, if anybody knows."""
        accepted = {s.action for vector in vectors for s in vector.steps if s.refused is None}
        for act in self.lockstep.actions:
            if act.name not in accepted:
                yield act.name, self.sources.dormant.get(act.name, NOTHING)

    def _drawn(self) -> list[Step[S]]:
        """A run in which what was seldom seen is likely: an action with what came of it."""
        steps: list[Step[S]] = []
        with self.lockstep.alone() as run:
            while len(steps) < _LENGTH and (some := self._possible(run)):
                step, said = min(some, key=lambda one: self._taken[one[0][0].name, one[1]])
                self._taken[step[0].name, said] += 1
                run.attempt(step)
                steps.append(step)
        return steps

    def _possible(self, run: Run[S]) -> list[tuple[Step[S], str | None]]:
        """A step of each action, and mostly one that is accepted; and what is said of each."""
        found: list[tuple[Step[S], str | None]] = []
        for act in self.lockstep.actions:
            instances = act.instances(self.lockstep.scope)
            chosen = self.random.sample(instances, min(len(instances), _MANY))
            said = [(step, run.would(step)) for step in ((act, args) for args in chosen)]
            known = [one for one in said if one[1] not in (OUTSIDE, BELOW_ZERO)]
            found += [one for one in known if one[1] is None][:1] or known[:1]
        accepted = [one for one in found if one[1] is None]
        self.random.shuffle(accepted)
        return accepted if self.random.random() < _ACCEPTED else found


def _tag(found: Found[Any]) -> Tag:  # Any: of any machine
    return "refusal" if len(found.faults) == 1 else "order"


def _distinct(vectors: Iterable[Vector]) -> Iterator[Vector]:
    """Each vector once, and none that is how another begins, unless it ends in a refusal."""
    seen: set[Sequence[Taken]] = set()
    for vector in sorted(vectors, key=lambda one: -len(one.steps)):
        steps = vector.steps
        if steps not in seen:
            yield vector
        begun = (end for end, step in enumerate(steps, 1) if step.refused is None)
        seen |= {steps, *(steps[:end] for end in begun)}
