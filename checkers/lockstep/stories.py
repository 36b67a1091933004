"""Stories: runs that are written down, for what steps chosen at random seldom come to."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

import attrs

from checkers.explore.explorer import explore
from checkers.lockstep.driver import Setup
from checkers.lockstep.run import RESTART, Divergence, Lockstep, Run
from spec.notation import Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value

S = TypeVar("S")

Story: TypeAlias = Sequence[tuple[Value, ...]]
"""Actions by name, each with its parameters."""


@attrs.frozen
class Rehearsal(Generic[S]):
    """Stories that begin alike, and are told beside one implementation.

    Attributes:
        setup: how the implementation is driven.
        stories: by name.
        variants: stories that are worth telling only for the actions that are taken in them.
        beginning: the protocol, from where the stories begin.
    """

    setup: Setup
    stories: Mapping[str, Story]
    variants: Mapping[str, Story] = attrs.field(factory=dict)
    beginning: Callable[[Machine[S]], Machine[S]] = lambda machine: machine

    @property
    def taken(self) -> set[str]:
        """The actions that are taken in some story."""
        return {str(name) for story in self.stories.values() for name, *_ in story}


_LOOKED_AT = 1 << 18  # states in which an action is looked for
_MANY, _FEW = 40, 4  # instances of an action: looked at, and refused for the same reason


def taken(
    machine: Machine[S], scopes: Sequence[Scope], rehearsals: Sequence[Rehearsal[S]] = ()
) -> set[str]:
    """The actions that are taken at some sizes; without any, in its stories."""
    found = set[str]().union(*(rehearsal.taken for rehearsal in rehearsals if not scopes))
    for scope in scopes:
        cases = explore(machine.bare, scope, limit_states=_LOOKED_AT).cases
        assert cases  # it always looks
        found |= set(cases.possible)
    return found


def rehearse(
    rehearsals: Sequence[Rehearsal[S]], machine: Machine[S], action: str
) -> Divergence | None:
    """Tell all stories of a protocol, and provoke an action at the end of each.

    Those in which it is taken come first. Returns the first divergence.
    """
    told: list[tuple[Lockstep[S], Story]] = []
    for rehearsal in rehearsals:
        lockstep = Lockstep(rehearsal.beginning(machine), rehearsal.setup)
        variants = (story for story in rehearsal.variants.values() if _takes(story, action))
        told += [(lockstep, story) for story in (*rehearsal.stories.values(), *variants)]
    for lockstep, story in sorted(told, key=lambda one: not _takes(one[1], action)):
        try:
            audition(lockstep, story, [action])
        except Divergence as divergence:
            return divergence
    return None


def _takes(story: Story, action: str) -> bool:
    return any(name == action for name, *_ in story)


def audition(lockstep: Lockstep[S], story: Story, actions: Sequence[str] = ()) -> None:
    """Tell a story in lockstep, and provoke refusals at its end.

    Args:
        actions: of which refusals are provoked, and with which the story goes on; without names,
            refusals of all, and it ends there.

    Raises Divergence.
    """
    named = [act for act in lockstep.actions if act.name in actions]
    with lockstep.run() as run:
        tell(run, story)
        provoke(run, named or lockstep.actions, random.Random(0))
        go_on(run, named, random.Random(0))
        run.take((RESTART, ()))


def tell(run: Run[S], story: Story) -> None:
    """Take the steps of a story. Raises Divergence, also where both sides refuse one."""
    for name, *args in story:
        step = run.lockstep.machine.action(str(name)), tuple(args)
        reason = run.take(step)
        if reason is not None:
            run.diverge(f"the story does not go on: {name} is refused: {reason}")


def provoke(run: Run[S], actions: Sequence[Action[S]], chance: random.Random) -> None:
    """Take actions that are refused now, a few for each reason that is found. Raises Divergence."""
    for act in actions:
        instances = act.instances(run.lockstep.scope)
        reasons: Counter[str | None] = Counter()
        for args in chance.sample(instances, min(len(instances), _MANY)):
            reason = run.would((act, args))
            reasons[reason] += 1
            if reason and reasons[reason] <= _FEW:
                run.take((act, args))


def go_on(run: Run[S], actions: Sequence[Action[S]], chance: random.Random) -> None:
    """Take each action a few times, as long as it is accepted. Raises Divergence."""
    for act in actions:
        instances = act.instances(run.lockstep.scope)
        taken = 0
        for args in chance.sample(instances, min(len(instances), _MANY)):
            if taken < _FEW and run.attempt((act, args)) is None:
                run.follow((act, args), None)
                taken += 1
