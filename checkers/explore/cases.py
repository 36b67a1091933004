"""What a passing verdict rests on: cases.

A property can hold because nothing happens that it is about. So every action must be possible in
some state that was visited, but for those that a machine names as dormant, of which none may be;
and every premise that a property makes must hold in some state, for some elements.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Generic, TypeVar

import attrs

from checkers.explore.exploration import Exploration, Violation
from checkers.explore.explorer import Explorer
from spec.notation.batch import Batch, Mask, Step, Words
from spec.notation.machine import Action, Machine

S = TypeVar("S")
K = TypeVar("K", bound=Hashable)


@attrs.frozen
class Cases(Generic[S]):
    """What the states of an exploration show, and do not.

    Attributes:
        claimed: whether there was anything to find out.
        possible: the actions that some state allows, by name.
        dormant: actions that are never to be taken, by name, with why.
        roused: of these, those that some state allows, each with a shortest run that takes it.
        vacuous: per property that must hold, where its implications stand whose premise held in
            no state for any elements, if there are any.
    """

    machine: Machine[S]
    claimed: bool
    possible: Sequence[str]
    dormant: Mapping[str, str]
    roused: Sequence[Violation[S]]
    vacuous: Mapping[str, Sequence[str]]

    @property
    def never(self) -> list[str]:
        """The actions that no state allows, though they are meant to be taken."""
        names = [act.name for act in self.machine.actions]
        return [n for n in names if n not in self.possible and n not in self.dormant]


def is_claimed(batch: Batch[S]) -> bool:
    """Whether runs at a size can be found to be wrong, or wanting, or else nothing is checked."""
    machine = batch.machine
    claims = (*machine.always, *machine.refuted, *machine.sometimes, *machine.dormant)
    may_fall = any(check.kind == "low" for step in batch.steps for check in step.checks)
    return bool(claims or machine.ending or may_fall)


def unclaimed(machine: str) -> str:
    """What is said where there is nothing to find out of a machine."""
    return f"nothing is claimed of {machine}: nothing was checked"


def without_premise(places: Sequence[str]) -> str:
    """What is said of a property that is about nothing, with where its implications stand."""
    return f"in no state that was seen does what it supposes hold ({', '.join(places)})"


def dormant(machine: Machine[S]) -> Mapping[str, str]:
    """The actions of a machine that are never to be taken, by name, with why."""
    return {act.name: why for act, why in machine.dormant}


def unexercised(machine: Machine[S], taken: Collection[str]) -> list[str]:
    """What is wrong with the actions that were taken, by name: one was not that is not dormant, or
    one that is was; a line for each."""
    asleep = dormant(machine)
    names = [act.name for act in machine.actions]
    never = [f"{n} is never taken" for n in names if n not in taken and n not in asleep]
    return never + [f"{n} is taken, and said to be dormant" for n in asleep if n in taken]


def cases(explorer: Explorer[S], found: Exploration[S]) -> Cases[S]:
    """Look through the states that an exploration has visited.

    A premise is looked for if all of them are visited, else it may hold in one to come.
    """
    machine = explorer.machine
    actions = {act.name: partial(_allow, _steps(explorer, act)) for act in machine.actions}
    possible = _shown(explorer, actions)
    premises = {
        (text.__name__, number, place): partial(_hold, holds)
        for text in ((*machine.always, *machine.refuted) if found.complete else ())
        for number, (place, holds) in enumerate(explorer.batch.premises(text))
    }
    vacuous: dict[str, list[str]] = {}
    for name, _, place in sorted(premises.keys() - _shown(explorer, premises)):
        vacuous.setdefault(name, []).append(place)
    roused = [_roused(explorer, act) for act, _ in machine.dormant if act.name in possible]
    claimed = is_claimed(explorer.batch)
    return Cases(machine, claimed, possible, dormant(machine), roused, vacuous)


def _steps(explorer: Explorer[S], act: Action[S]) -> list[Step[S]]:
    return [step for step in explorer.batch.steps if step.action.name == act.name]


def _allow(steps: Sequence[Step[S]], words: Words) -> bool:
    """Whether some of the states allow some of the steps."""
    return any(step.allowed(words).any() for step in steps)


def _hold(holds: Callable[[Words], Mask], words: Words) -> bool:
    return bool(holds(words).any())


def _shown(explorer: Explorer[S], wanted: Mapping[K, Callable[[Words], bool]]) -> list[K]:
    """What some states show, in the order of what is wanted."""
    pending = dict(wanted)
    for words in _spread(explorer):
        pending = {name: shows for name, shows in pending.items() if not shows(words)}
        if not pending:
            break
    return [name for name in wanted if name not in pending]


def _spread(explorer: Explorer[S]) -> Iterator[Words]:
    """Every state, some of each level first: what is shown at all is mostly shown there."""
    for chunks in zip_longest(*map(explorer.visited.chunks, explorer.levels)):
        yield from (words for words in chunks if words is not None)


def _roused(explorer: Explorer[S], act: Action[S]) -> Violation[S]:
    """A shortest run that takes a dormant action, which some state allows."""
    for number, level in enumerate(explorer.levels):
        for words in explorer.visited.chunks(level):
            for step in _steps(explorer, act):
                before = words[:, step.allowed(words)]
                if before.shape[1]:
                    trace = explorer.visited.way(number, before[:, :1], step)
                    return Violation(f"{act.name} is dormant", trace)
    raise AssertionError("some state allows the action")
